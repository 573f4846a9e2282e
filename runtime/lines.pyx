# lines: see lines.pxd.
from libc.stdint cimport INT64_MAX, uint8_t, uint64_t
from libc.string cimport memcpy
from .core_record cimport EP_INSIDE
from .links cimport LINE_PLACES, NORTH, SOUTH, SPLIT, WHOLE, WRITES, known_way, line_or_link, link, links_here
from .watched_links cimport forget_until, take_watched, to_phase, watch_free_link, watch_link

cdef enum:
    FEW_LATER = 6       # entries that may be later than a message which comes late, or beside it: less than half of all
    LATE_OF = 8         # a line is split where more than one in so many messages comes late

# What becomes of a message that comes late.
cdef enum late_message:
    FITS_IN
    MEETS_ANOTHER
    SPLITS_LINE


# ---- places -----------------------------------------------------------------------------------------

cdef uint16_t make_stretch(int64_t first, int64_t last) noexcept nogil:
    """The places from one to another, in any order, whose links a message takes."""
    return <uint16_t>(first | last << 6 if first <= last else last | first << 6)


cdef inline int64_t first_place(uint32_t entry) noexcept nogil:
    return entry & 63


cdef inline int64_t last_place(uint32_t entry) noexcept nogil:
    return entry >> 6 & 63


cdef inline bint share_links(uint32_t one, uint32_t other) noexcept nogil:
    """Whether the stretches of two entries have a link in common."""
    return first_place(one) <= last_place(other) and first_place(other) <= last_place(one)


cdef void note_taken(int64_t *taken, uint16_t stretch, int64_t end) noexcept nogil:
    """Notes that links of a stretch have been taken until `end`, if that is later than what is noted."""
    cdef int64_t at
    for at in range(first_place(stretch), last_place(stretch) + 1):
        if taken[at] < end:
            taken[at] = end


# ---- lines ------------------------------------------------------------------------------------------

cdef line *line_at(ep_network *network, place where, int32_t towards) noexcept nogil:
    cdef link_table *table = <link_table *>network.links
    if towards <= WEST:
        return table.lines + 2 * (where.row * table.chip_columns + network.column_chip[where.column]) + towards
    # Those of the columns come after those of all rows.
    return (table.lines + 2 * (table.places // table.columns * table.chip_columns)
            + 2 * (where.column * table.chip_rows + network.row_chip[where.row]) + towards - SOUTH)


cdef inline link *link_of(line *one, int64_t at) noexcept nogil:
    return <link *>(<char *>one.links + at * one.stride)


cdef line *line_of(ep_network *network, place where, int32_t towards) noexcept nogil:
    """The line at a place, for ways that lead through it."""
    cdef link_table *table = <link_table *>network.links
    cdef line *one = line_at(network, where, towards)
    if one.links == NULL:
        if towards <= WEST:
            where.column = 0
            one.stride = 4 * <int64_t>sizeof(link)
        else:
            where.row = 0
            one.stride = 4 * <int64_t>sizeof(link) * table.columns
        one.links = links_here(network, WRITES, where, towards)
        one.taken = table.taken + (one - table.lines) * LINE_PLACES
        one.free_from = INT64_MAX
    return one


cdef void make_whole(line *one, int64_t places) noexcept nogil:
    """From now on messages take a line as a whole. Until now they have taken its links one by one."""
    cdef int64_t at
    for at in range(places):
        if link_of(one, at).free_from > one.begun:
            one.begun = link_of(one, at).free_from
    one.free_from = one.begun
    one.state = WHOLE


cdef inline uint32_t *entry_before(line *one, int64_t back) noexcept nogil:
    """The entry so many messages ago, or with 0 where the next one goes."""
    return one.last + ((one.seen - back) & (LAST_ENTRIES - 1))


cdef inline int64_t entries_of(const line *one) noexcept nogil:
    """How many entries count."""
    return one.seen - one.first if one.seen - one.first < LAST_ENTRIES else LAST_ENTRIES


cdef inline int64_t phase_of(uint32_t entry, int64_t next_phase) noexcept nogil:
    """The phase of an entry, before which there is nothing but what is before that of the next one."""
    return next_phase - ((next_phase - (entry >> STRETCH_BITS)) & (2 * LONG_AGO - 1))


cdef late_message fit_late(line *one, uint16_t stretch, int64_t phase, int64_t usual) noexcept nogil:
    """Takes a stretch of a line that is not split for a message that comes late; nothing where it splits the line."""
    cdef int64_t later = 0  # messages that come later than this one
    cdef int64_t other = one.free_from - usual
    cdef int64_t back
    for back in range(1, entries_of(one) + 1):
        other = phase_of(entry_before(one, back)[0], other)
        if other + usual <= phase:
            break
        if back > FEW_LATER:
            return SPLITS_LINE
        if other < phase + usual and share_links(entry_before(one, back)[0], stretch):
            return MEETS_ANOTHER
        later += other > phase
    one.late += 1
    if phase < one.begun or LATE_OF * one.late > one.seen + LATE_OF * LAST_ENTRIES:
        return SPLITS_LINE
    for back in range(later):
        entry_before(one, back)[0] = entry_before(one, back + 1)[0]
    entry_before(one, later)[0] = make_entry(phase, stretch)
    one.seen += 1
    if phase + usual > one.free_from:
        one.free_from = phase + usual
    return FITS_IN


cdef late_message fit_in_line(line *one, uint16_t stretch, int64_t phase, int64_t usual) noexcept nogil:
    """Takes a stretch of a line that is not split; nothing where it splits the line."""
    if phase - one.free_from >= LONG_AGO:
        # Entries tell how long ago they were only up to that: they count no more.
        one.begun = one.free_from
        one.first = one.seen
        one.free_from = phase
    if take_line(one, stretch, phase, usual):
        return FITS_IN
    return fit_late(one, stretch, phase, usual)


cdef inline void note_part_taken(line *one, int64_t *taken, line_or_link part, int32_t steps, uint16_t stretch,
                                 int64_t end) noexcept nogil:
    if steps == 0 and part.all == one:
        note_taken(taken, stretch, end)


cdef void note_ways_taken(link_table *table, line *one, int64_t *taken) noexcept nogil:
    """`note_taken` for all ways that are noted and lead through a line."""
    cdef const known_way *found
    cdef int32_t index
    for index in range(table.ways_noted):
        found = table.ways + table.noted[index]
        note_part_taken(one, taken, found.along, found.steps, found.stretch,
                        found.last + found.phase + found.usual)
        if found.then.all != NULL:
            note_part_taken(one, taken, found.then, found.then_steps, found.then_stretch,
                            found.last + found.then_phase + found.usual)


cdef void tell_link(line *one, int64_t at, int64_t taken, int64_t usual) noexcept nogil:
    """Tells the link at a place what its line knows of it; `taken`: the end of its last phase."""
    cdef int64_t phases[LAST_ENTRIES + 1]
    cdef link *its = link_of(one, at)
    cdef int64_t count = entries_of(one)
    cdef int64_t back
    cdef uint32_t entry
    phases[0] = one.free_from - usual
    for back in range(count):
        phases[back + 1] = phase_of(entry_before(one, back + 1)[0], phases[back])
    if one.seen > count:
        # Of a way that was taken since the oldest entry it is not known when it was taken before.
        forget_until(its, taken if taken < phases[count] + usual else phases[count] + usual)
    for back in range(count, 0, -1):
        entry = entry_before(one, back)[0]
        if first_place(entry) <= at <= last_place(entry):
            watch_free_link(its, phases[back], phases[back] + usual)


cdef void split_line(ep_network *network, line *one) noexcept nogil:
    """From now on the links of a line are taken by themselves."""
    cdef link_table *table = <link_table *>network.links
    cdef int64_t taken[LINE_PLACES]
    cdef int64_t at
    memcpy(taken, one.taken, sizeof(taken))
    note_ways_taken(table, one, taken)
    for at in range(LINE_PLACES):
        if taken[at] > 0:
            tell_link(one, at, taken[at], network.wire[EP_INSIDE])
    one.state = SPLIT
    one.free_from = INT64_MAX


# ---- taking links ---------------------------------------------------------------------------------

cdef bint watch_much(link *one, int64_t stride, int32_t steps, int64_t phase, int64_t bytes,
                     const ep_network *network) noexcept nogil:
    """`take_watched` for any number of bytes."""
    cdef int64_t usual = network.wire[EP_INSIDE]
    cdef int64_t length = usual * ((bytes + 7) // 8) if bytes > 8 else usual
    while steps > 0:
        one.more_bytes += bytes - 8
        one.more_busy += length - usual
        if not watch_link(one, phase, length, network):
            return False
        one = <link *>(<char *>one + stride)
        steps -= 1
    return True


cdef bint watch_stretch(ep_network *network, network_kind kind, place where, int32_t towards, int32_t steps,
                        int64_t time, int64_t bytes) noexcept nogil:
    """Takes so many links of a line for a message that comes to the first at `time`. False: see `watch_inside`."""
    cdef line *one = line_at(network, where, towards)
    cdef int64_t usual = network.wire[EP_INSIDE]
    cdef int64_t phase = time + to_phase(network, where, towards)
    cdef int64_t here = where.column if towards <= WEST else where.row
    cdef int64_t onwards = 1 if towards == EAST or towards == SOUTH else -1
    cdef int64_t stride = onwards * (4 if towards <= WEST else 4 * (<link_table *>network.links).columns)
    cdef late_message late
    cdef uint16_t stretch
    if kind == WRITES and one.state == WHOLE:
        if bytes == 8:
            stretch = make_stretch(here, here + onwards * (steps - 1))
            late = fit_in_line(one, stretch, phase, usual)
            if late == MEETS_ANOTHER:
                return False
            if late == FITS_IN:
                note_taken(one.taken, stretch, phase + usual)
                return True
        split_line(network, one)
    stride *= <int64_t>sizeof(link)
    if bytes == 8:
        return take_watched(links_here(network, kind, where, towards), stride, steps, phase, usual)
    return watch_much(links_here(network, kind, where, towards), stride, steps, phase, bytes, network)


cdef bint watch_inside(ep_network *network, network_kind kind, place start, place end, int64_t time,
                       int64_t bytes) noexcept nogil:
    """Takes the links on one chip for a message that comes to the first at `time`.

    False: perhaps somebody else has one when the message comes to it.
    """
    cdef int32_t columns = end.column - start.column
    cdef int32_t rows = end.row - start.row
    if columns != 0:
        if not watch_stretch(network, kind, start, EAST if columns > 0 else WEST,
                             columns if columns > 0 else -columns, time, bytes):
            return False
        time += (columns if columns > 0 else -columns) * network.hop
        start.column = end.column
    return rows == 0 or watch_stretch(network, kind, start, SOUTH if rows > 0 else NORTH,
                                      rows if rows > 0 else -rows, time, bytes)
