# output: printed lines, from the core that prints them to the file they go to.
#
# A line is stamped with the clock at which it was completed; lines are released
# in the order of (clock, core number), and only when no core can print an
# earlier one, which the caller knows. Nothing here switches fibers.
from libc.stdint cimport int32_t, int64_t, uint64_t
from .core_record cimport ep_core_record, ep_machine

cdef enum:
    PREFIX_ROOM = 32


cdef struct printed_line:
    printed_line *next
    int64_t clock   # ticks
    int64_t bytes   # of the text, which follows; it ends with a newline or is a part of a line
    bint whole


# `struct ep_output` of core_record.h.
cdef struct core_output:
    printed_line *first     # not yet released
    printed_line *last
    int64_t pending         # bytes of those
    char *part              # the line that has no end yet
    int64_t part_bytes
    int64_t part_room
    int64_t prefix_bytes
    char prefix[PREFIX_ROOM]    # "[device 3] "


# `struct ep_outlet` of core_record.h.
cdef struct machine_outlet:
    core_output *cores      # by index
    uint64_t *lines         # heap: key of the first line of each core that has any
    int32_t line_count
    int64_t pending         # bytes not yet released
    int output_fd
    bint capture            # the buffer is the result, nothing is written
    bint inside_line        # the last text written was a part of a line
    int error               # errno of a write that failed
    char *buffer            # released text
    int64_t used
    int64_t room
    int input_fd
    bint input_ended
    char *input             # read, not yet taken: from input_taken to input_used
    int64_t input_taken
    int64_t input_used
    int64_t input_room
    bint keeps_input        # what is taken stays there
    int64_t written         # bytes, to the file
    int64_t repeated        # bytes that stand in the file already: what is written next begins with them


# What a run leaves behind that begins again.
cdef struct outlet_past:
    int64_t written
    bint input_ended
    char *input             # all that was read
    int64_t input_used
    int64_t input_room


cdef bint output_create(ep_machine *machine, int output_fd, int input_fd, bint capture) noexcept nogil
cdef void output_keep(ep_machine *machine, outlet_past *past) noexcept nogil
cdef void output_goes_on(ep_machine *machine, outlet_past *past) noexcept nogil
cdef void output_destroy(ep_machine *machine) noexcept nogil
cdef void output_add(ep_core_record *core, const char *text, int64_t bytes) noexcept nogil
cdef void output_end_core(ep_core_record *core) noexcept nogil
cdef void output_release(ep_machine *machine, uint64_t bound) noexcept nogil
cdef void output_show_part(ep_core_record *core) noexcept nogil


cdef inline machine_outlet *outlet_of(ep_machine *machine) noexcept nogil:
    return <machine_outlet *>machine.outlet


cdef inline core_output *output_of(ep_core_record *core) noexcept nogil:
    return <core_output *>core.output
