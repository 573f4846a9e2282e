# ways: what a core takes for messages to others on its chip, where links are watched (watched_links.pxd).
#
# A way goes along a row and then along a column. Each core notes which lines these are (lines.pxd), or which links
# where these are taken one by one, so that a single value need not look for them.
from libc.stdint cimport int32_t, int64_t
from .contention cimport begin_again
from .core_record cimport ep_core_record
from .links cimport ONE_LINK, ONLY_LINKS, known_way, link, link_table
from .watched_links cimport take_free, watch_free_link


cdef int32_t ways_each(const link_table *table) noexcept nogil
cdef void find_ways(ep_core_record *core) noexcept nogil
cdef int64_t walk_watched(ep_core_record *core, ep_core_record *to, int64_t departs) noexcept nogil
cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil
cdef int64_t watch_on(ep_core_record *runs, ep_core_record *core, ep_core_record *to, int64_t departs, link *one,
                      int32_t steps, bint turned) noexcept nogil


cdef inline known_way *way_to(ep_core_record *core, const ep_core_record *to) noexcept nogil:
    """Where a core notes its way to another, besides that to some others."""
    return <known_way *>(<char *>core.ways + to.way)


cdef inline int64_t watch_links_of(const known_way *way, int64_t departs, ep_core_record *runs, ep_core_record *core,
                                   ep_core_record *to) noexcept nogil:
    """`watch_word` for any way that is noted and whose links are taken one by one."""
    cdef int32_t left = way.steps
    cdef link *one = take_free(way.along.first, way.stride, &left, departs + way.phase, way.usual)
    if one != NULL:
        return watch_on(runs, core, to, departs, one, left, False)
    left = way.then_steps
    if left > 0:
        one = take_free(way.then.first, way.then_stride, &left, departs + way.then_phase, way.usual)
        if one != NULL:
            return watch_on(runs, core, to, departs, one, left, True)
    return departs + way.whole


cdef inline int64_t watch_word(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                               int64_t departs) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `departs`.

    If they might have to wait the machine ends here, in the core that `runs`. Here stands what is frequent:
    nobody has the links of the way later.
    """
    cdef const known_way *way = way_to(core, to)
    cdef int64_t phase
    if way.leads == <size_t>to + ONE_LINK:  # most often they are neighbours
        phase = departs + way.phase
        if way.along.first.free_from <= phase:
            watch_free_link(way.along.first, phase, phase + way.usual)
            return departs + way.whole
    elif way.leads != <size_t>to + ONLY_LINKS:
        return watch_any(runs, core, to, departs)
    return watch_links_of(way, departs, runs, core, to)
