# concurrency: arrays that other cores may use where they lie: expose and access.
#
# `expose` sends a reference to an array over the channel to another core, `access`
# takes it there. All cores that have it use one and the same array. From the moment
# it is exposed each use of it, by its owner too, happens when its core has the
# smallest clock of all that can run, so that who sees what is settled by the clocks
# alone. Its owner pays what it always does; others pay a write or a read over the
# mesh, of one word, or of the whole array or slice where that is what is used. A
# write takes effect when it has arrived, and its core goes on then; a read looks at
# the array half-way through.
#
# An exposed array stays in its owner's memory until the owner frees it.
from libc.stdint cimport int32_t, uint32_t
from .core_record cimport ep_machine
from .eptrans_rt cimport ep_array, ep_core, ep_runtime


# Whose an exposed array is.
cdef struct exposure:
    const ep_array *array
    int32_t owner       # index of the core


# `struct ep_exposures` of core_record.h: a hash table without chains.
cdef struct exposure_table:
    exposure *entries
    uint32_t mask
    uint32_t count
    uint32_t lock       # while several threads run cores


cdef void concurrency_fill_entries(ep_runtime *runtime) noexcept nogil
cdef void concurrency_destroy(ep_machine *machine) noexcept nogil
cdef void check_owner(ep_core *base, const ep_array *array) noexcept nogil
