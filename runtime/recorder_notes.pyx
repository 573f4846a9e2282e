# recorder_notes: see recorder_notes.pxd.
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint32_t
from .eptrans_rt cimport ep_block_line, ep_site
from .core_record cimport EP_INSIDE
from .program_texts cimport program_files, program_names, program_sites
from .recorder cimport (
    binding_wait, channel, message_row, recorder, recorder_of, slice_row, trail,
)

from eptrans.record_options import RunNotes

# As CHANNEL in eptrans/recorded_run.py.
cdef struct channel_row:
    int64_t sender
    int64_t receiver
    int64_t messages
    int64_t bytes
    int64_t units


cdef bytes bytes_at(const void *place, int64_t count, size_t size):
    return (<const char *>place)[:count * <int64_t>size] if count > 0 else b""


cdef bytes waits_of(recorder *notes, const trail *own):
    """The waits in a core's ring, oldest first."""
    cdef int64_t room = notes.ring_mask + 1
    cdef int64_t start = own.wait_count & notes.ring_mask
    if own.wait_count <= room:
        return bytes_at(own.waits, own.wait_count, sizeof(binding_wait))
    return (bytes_at(own.waits + start, room - start, sizeof(binding_wait))
            + bytes_at(own.waits, start, sizeof(binding_wait)))


cdef bytes channel_rows(const recorder *notes):
    cdef channel_row row
    cdef const channel *one
    cdef int64_t place
    rows = []
    for place in range(notes.channel_mask + 1):
        one = notes.channels[place]
        if one != NULL and one.messages > 0:
            row.sender = one.sender
            row.receiver = one.receiver
            row.messages = one.messages
            row.bytes = one.bytes
            row.units = one.units
            rows.append(bytes_at(&row, 1, sizeof(channel_row)))
    return b"".join(rows)


cdef list line_rows(ep_machine *machine, const recorder *notes):
    """(file, line, ticks, executions) of each line that took time; a line may have several rows.

    A block's line has run as often as the block: rows of one function's blocks are not added up here.
    """
    cdef const ep_block_line *one
    cdef const ep_site *site
    cdef uint32_t index
    rows = []
    if notes.block_runs == NULL:
        return rows
    for index in range(machine.program.block_line_count):
        one = machine.program.block_lines + index
        runs = notes.block_runs[one.block]
        if runs:
            rows.append((one.file, one.line, runs * one.ticks, runs))
    for index in range(machine.program.site_count):
        site = machine.program.sites + index
        if notes.site_ticks[index]:
            rows.append((site.file, site.line, notes.site_ticks[index], 0))
    return rows


cdef object read_notes(ep_machine *machine):
    cdef recorder *notes = recorder_of(machine)
    cdef int64_t room = notes.ring_mask + 1
    cdef int index
    cores = range(machine.count)
    return RunNotes(
        slices=bytes_at(notes.slices, notes.slice_count, sizeof(slice_row)),
        messages=bytes_at(notes.messages, notes.message_count, sizeof(message_row)),
        channels=channel_rows(notes),
        waits=tuple([waits_of(notes, notes.trails + index) for index in cores]),
        waits_lost=tuple([notes.trails[index].wait_count > room for index in cores]),
        rows=tuple([machine.cores[index].row for index in cores]),
        columns=tuple([machine.cores[index].column for index in cores]),
        link_ticks=machine.network.wire[EP_INSIDE],
        names=tuple(program_names(machine.program)),
        sites=tuple(program_sites(machine.program)),
        files=tuple(program_files(machine.program)),
        lines=line_rows(machine, notes),
        lost=notes.lost,
        trace_error=notes.sink.error,
        trace_lost=notes.sink.lost,
        trace_bytes=notes.sink.bytes,
    )
