# collectives: bcast, reduce and sync, done by the cores' records directly. Their
# times are those of the messages of a tree over the mesh (trees.pxd): up to the
# first core and down again for sync and reduce, down from the root for bcast.
#
# Where links are taken, those of a sync or reduce are once the last core has come,
# those of a bcast when its root posts it.
#
# The root of a bcast waits until all have taken the value, so that one of its
# bcasts at most is under way. A sync or a reduce ends when all cores of the
# machine have come to the same one; each reduction is a meeting of its own, so
# that cores in different ones wait for each other and the deadlock is told.
from libc.stdint cimport int32_t, int64_t
from .core_record cimport ep_machine
from .eptrans_rt cimport ep_runtime, ep_value
from .trees cimport tree


# What a bcast is to one of its cores.
cdef struct coming:
    int64_t arrival     # ticks
    int64_t held        # ticks of it for which the messages on its way waited for links
    bint taken


# `struct ep_broadcast` of core_record.h: made at a core's first bcast as the root.
cdef struct broadcast:
    int32_t left        # cores that have not taken it; 0: none is under way
    int64_t posted      # ticks
    int64_t known       # when the root knows of all that were taken so far
    tree *line          # the way to all cores
    coming *cores       # by index


# `struct ep_reduce` of core_record.h: an array that not all cores have copied.
cdef struct reduce_result:
    int32_t left
    ep_value value


cdef void collectives_fill_entries(ep_runtime *runtime) noexcept nogil
cdef void collectives_destroy(ep_machine *machine) noexcept nogil
cdef const char *reduction_name(int32_t reduction) noexcept nogil
