# taskfarm: remote procedure calls: calls through a value, and the farm's
# protocol between one master and its workers.
#
# Each worker has one slot: empty, given a task, running it, or holding its
# result. The master fills it and fetches the result, the worker does the rest.
# Arguments and results travel as copies that are in no core's memory. The slot
# belongs to the farm alone, so that a task may send and receive freely.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_machine
from .eptrans_rt cimport ep_runtime, ep_value


cdef enum slot_state:
    SLOT_EMPTY
    SLOT_GIVEN
    SLOT_RUNNING
    SLOT_DONE


# `struct ep_farm` of core_record.h.
cdef struct farm_part:
    int32_t master          # index of the core that this one takes as its master, or -1
    int32_t giver           # index of the master that gave the task
    slot_state slot
    bint released           # the master has shut the farm down; ends one call of worker()
    int64_t arrival         # of the task or the result: ticks
    int64_t held            # ticks for which that waited for links
    int64_t released_at     # when the release arrives
    uint32_t function       # in the code table
    uint32_t given_at       # the site of execFunction
    int32_t count           # of arguments
    ep_value *arguments     # carried copies
    ep_value result         # a carried copy


cdef void taskfarm_fill_entries(ep_runtime *runtime) noexcept nogil
cdef void taskfarm_destroy(ep_machine *machine) noexcept nogil


cdef inline farm_part *farm_of(ep_core_record *core) noexcept nogil:
    """The core's part in the farm, or NULL before its first use."""
    return <farm_part *>core.farm
