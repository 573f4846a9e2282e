# watched_links: see watched_links.pxd.
from libc.stdint cimport uint32_t
from libc.string cimport memset
from .links cimport LAST_TIMES, link_run, link_table

cdef extern from "<stdint.h>" nogil:
    # Marks the start of a time whose length is noted.
    const int64_t OTHER_LENGTH "INT64_MIN"


cdef inline int64_t *start_at(link *one, uint8_t at) noexcept nogil:
    return <int64_t *>(<char *>one.times.last.start + at)


cdef inline int64_t *length_at(link *one, uint8_t at) noexcept nogil:
    return <int64_t *>(<char *>one.times.last.length + at)


cdef inline void note_time(link *one, uint8_t at, int64_t start, int64_t length, int64_t usual) noexcept nogil:
    if length == usual:
        start_at(one, at)[0] = start
    else:
        start_at(one, at)[0] = start | OTHER_LENGTH
        length_at(one, at)[0] = length


cdef inline bint fit_in(link *one, int64_t phase, int64_t length, int64_t usual) noexcept nogil:
    """`watch_link`; `usual`: the length that is not noted."""
    cdef uint8_t at = <uint8_t>one.seen
    cdef uint8_t newest = at
    cdef uint8_t earlier
    cdef int64_t start
    cdef int32_t moved
    for moved in range(LAST_TIMES - 1):  # later times make room
        earlier = at - ONE_START
        start = start_at(one, earlier)[0]
        if start + usual <= phase:  # as for every one that is marked
            if start >= 0 or (start & ~OTHER_LENGTH) + length_at(one, earlier)[0] <= phase:
                break
            length_at(one, at)[0] = length_at(one, earlier)[0]
        start_at(one, at)[0] = start
        at = earlier
    else:
        return False  # what was before all these is forgotten
    if at == newest:
        one.free_from = phase + length
    elif phase + length > start_at(one, at + ONE_START)[0] & ~OTHER_LENGTH:
        return False
    note_time(one, at, phase, length, usual)
    one.seen += ONE_START
    return True


cdef bint watch_link(link *one, int64_t phase, int64_t length, const ep_network *network) noexcept nogil:
    """Takes a link that is watched for that very time. False: perhaps somebody else has it then."""
    return fit_in(one, phase, length, network.wire[EP_INSIDE])


cdef inline bint take_links(link *one, int64_t stride, int32_t steps, int64_t phase, int64_t usual) noexcept nogil:
    """`take_watched`."""
    while steps > 0:
        one = take_free(one, stride, &steps, phase, usual)
        if one == NULL:
            break
        if not fit_in(one, phase, usual, usual):
            return False
        one = <link *>(<char *>one + stride)
        steps -= 1
    return True


cdef bint take_watched(link *one, int64_t stride, int32_t steps, int64_t phase, int64_t usual) noexcept nogil:
    """Takes so many links of a line, for the usual length. False: perhaps somebody else has one then."""
    return take_links(one, stride, steps, phase, usual)


cdef bint take_watched_way(const known_way *way, int64_t departs, link *one, int32_t steps, bint turned) noexcept nogil:
    """The same for what is left of a way that has only links: so many from one on in its first part, or in the
    second if it has `turned`."""
    if not turned:
        if not take_links(one, way.stride, steps, departs + way.phase, way.usual):
            return False
        one, steps = way.then.first, way.then_steps
    return take_links(one, way.then_stride, steps, departs + way.then_phase, way.usual)


cdef void forget_until(link *one, int64_t phase) noexcept nogil:
    """From now on a link is taken for all phases before that one."""
    memset(&one.times.last, 0, sizeof(one.times.last))
    one.seen &= ~<int64_t>0xff
    note_time(one, 0, 0, phase, 0)
    one.seen += ONE_START
    one.free_from = phase


cdef void begin_to_watch(link *one, int64_t phase, int64_t now, int64_t usual) noexcept nogil:
    """From its times ahead makes what a link remembers, as far as it can; before `now` it is not to be taken.

    `phase`: see `to_phase`.
    """
    cdef link_run runs[LAST_TIMES - 1]
    cdef const link_run *ahead = one.more if one.more != NULL else one.times.ahead
    cdef uint32_t count = one.count if one.count > 0 else 1
    cdef uint32_t first = count - (LAST_TIMES - 2) if count > LAST_TIMES - 2 else 0
    cdef uint32_t index
    runs[0].start = 0
    runs[0].end = now
    if first > 0 and ahead[first - 1].end > now:
        runs[0].end = ahead[first - 1].end
    count -= first
    for index in range(count):
        runs[index + 1] = ahead[first + index]
    if one.count == 0:
        runs[1].end = one.free_from
    memset(&one.times.last, 0, sizeof(one.times.last))
    for index in range(count + 1):
        note_time(one, <uint8_t>(index * ONE_START), runs[index].start + phase,
                  runs[index].end - runs[index].start, usual)
    one.seen = (count + 1) * ONE_START
    one.messages -= count + 1
    one.free_from += phase


cdef void watch_links(ep_network *network, int64_t now) noexcept nogil:
    """From now on links are only watched: nobody takes one for a time before `now` any more.

    What is known of times ahead is kept, as long as it is not too much to be remembered: of that the link is
    taken without a gap, and so it is before `now`, of which all is forgotten.
    """
    cdef link_table *table = <link_table *>network.links
    cdef place where
    cdef int32_t index, towards
    table.watched = True
    for index in range(table.count):
        if table.links[index].messages == 0:
            continue
        towards = index % 4
        where.column = index // 4 % table.columns
        where.row = index // 4 % table.places // table.columns
        begin_to_watch(table.links + index, to_phase(network, where, towards), now, network.wire[EP_INSIDE])
