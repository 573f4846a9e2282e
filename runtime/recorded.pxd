# recorded: the table of entries of a run that is recorded.
#
# Each entry that may wait notes the clock, calls the plain entry, and then works
# out from what both cores have noted who ended the wait. Nothing of what the
# plain entries do changes by it, and a run that is not recorded does not see it.
from .core_record cimport ep_services
from .eptrans_rt cimport ep_runtime


cdef void recorded_fill_entries(ep_runtime *recorded, const ep_runtime *entries) noexcept nogil
cdef void recorded_fill_services(ep_services *services) noexcept nogil
