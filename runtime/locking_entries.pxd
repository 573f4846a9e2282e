# locking_entries: the entries of the runtime while several host threads share a machine.
from .eptrans_rt cimport ep_runtime


cdef void locking_entries_fill(const ep_runtime *plain, ep_runtime *table) noexcept nogil
