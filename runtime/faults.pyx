# faults: see faults.pxd.
from libc.stdio cimport snprintf
from .core_record cimport (
    EP_FAULT, EP_FAULT_TEXT, ep_fault_entry, ep_fault_index_entry, ep_fault_kind_entry, ep_record,
)
from .eptrans_rt cimport (
    EP_ARRAY, EP_BOOL, EP_FREED, EP_FUNCTION, EP_INT, EP_NONE, EP_REAL, EP_STRING, ep_array,
    ep_program, ep_site,
)
from .scheduler cimport end_machine, wait_turn
from .sharing cimport take_hold


cdef void fault(ep_core *base, const char *message) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    take_hold(core)  # it may have been computing
    wait_turn(core)
    core.machine.fault_core = core
    snprintf(core.machine.fault_text, EP_FAULT_TEXT, b"%s", message)
    end_machine(core, EP_FAULT)


cdef void fault_number(ep_core_record *core, const char *form, int64_t number) noexcept nogil:
    """A fault whose text has one number in it (`form` holds one %lld)."""
    cdef char text[TEXT_ROOM]
    snprintf(text, TEXT_ROOM, form, <long long>number)
    fault(&core.base, text)


# Said where a loop has most likely gone one too far.
cdef const char *INCLUSIVE_RANGE = (
    b"; the range of the module util includes its end: for i in range(len(a)-1), or for x in a")


cdef void fault_index(ep_core *core, const ep_array *array, int64_t index, int64_t size,
                      int32_t dimension) noexcept nogil:
    """`dimension` counts from 0."""
    cdef char text[TEXT_ROOM]
    cdef const char *hint = b""
    if array != NULL and array.flags & EP_FREED:
        fault(core, b"the array was freed")
    if array != NULL and array.dimensions > 1:
        snprintf(text, TEXT_ROOM, b"index %lld is out of range for size %lld of dimension %d of %d",
                 <long long>index, <long long>size, dimension + 1, <int>array.dimensions)
    else:
        if index == size and ep_record(core).machine.program.inclusive_range:
            hint = INCLUSIVE_RANGE
        snprintf(text, TEXT_ROOM, b"index %lld is out of range for size %lld%s", <long long>index, <long long>size,
                 hint)
    fault(core, text)


cdef void stack_grows(ep_core *base, const uint32_t *end) noexcept nogil:
    """A call whose frame ends past the part of the stack in local memory, if not past all of it.

    The function stores the registers that it uses there and loads them when it returns, 8 bytes at a time: what
    lies in shared memory of its frame is paid for, both ways, now.
    """
    cdef ep_core_record *core = ep_record(base)
    cdef const ep_program *program = core.machine.program
    cdef char text[TEXT_ROOM]
    cdef const uint32_t *start
    if end - core.stack > core.machine.stack_words:
        snprintf(text, TEXT_ROOM, b"stack overflow: the calls need more than the stack's %lld words",
                 <long long>core.machine.stack_words)
        fault(base, text)
    start = base.frame + program.frames[program.sites[base.frame[0]].function].words
    if start < base.stack_limit:
        start = base.stack_limit
    base.clock += ((end - start) * (program.word // 8) + 7) // 8 * (
        core.machine.costs.shared_write + core.machine.costs.shared_read)


cdef void fault_unset(ep_core *core, const char *name) noexcept nogil:
    cdef char text[TEXT_ROOM]
    snprintf(text, TEXT_ROOM, b"name '%s' is used before it is assigned", name)
    fault(core, text)


cdef const char *kind_name(ep_value value) noexcept nogil:
    """A value's kind with its article, as messages name it."""
    if value.tag == EP_NONE:
        return b"none"
    if value.tag == EP_BOOL:
        return b"a bool"
    if value.tag == EP_INT:
        return b"an int"
    if value.tag == EP_REAL:
        return b"a real"
    if value.tag == EP_STRING:
        return b"a string"
    if value.tag == EP_FUNCTION:
        return b"a function"
    if value.tag == EP_ARRAY:
        return b"an array"
    return b"a name without a value"


cdef int32_t place_text(ep_machine *machine, uint32_t site, char *text, int32_t room) noexcept nogil:
    """Writes "file:line" of a site and returns its length; an empty text where there is no place."""
    cdef const ep_program *program = machine.program
    cdef const ep_site *place
    text[0] = 0
    if site == 0 or site >= program.site_count:
        return 0
    place = program.sites + site
    if place.line == 0:
        return 0
    return snprintf(text, room, b"%s:%u", program.files[place.file], place.line)


cdef void fault_kind(ep_core *core, ep_value value, const char *wanted) noexcept nogil:
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    if place_text(ep_record(core).machine, value.origin, place, PLACE_ROOM) > 0:
        snprintf(text, TEXT_ROOM, b"%s is needed here, not %s; the value was sent at %s",
                 wanted, kind_name(value), place)
    else:
        snprintf(text, TEXT_ROOM, b"%s is needed here, not %s", wanted, kind_name(value))
    fault(core, text)


cdef int32_t numbers_text(ep_machine *machine, char *text, int32_t room) noexcept nogil:
    """Writes the numbers of all cores as "core 3" or "cores 0-3, 7" and returns its length.

    What does not fit is left out with "...".
    """
    cdef int32_t used = snprintf(text, room, b"core")
    cdef int32_t first = 0
    cdef int32_t last
    cdef const char *separator = b" "
    if machine.count > 1:
        used += snprintf(text + used, room - used, b"s")
    while first < machine.count:
        last = first
        while last + 1 < machine.count and machine.cores[last + 1].base.id == machine.cores[last].base.id + 1:
            last += 1
        if used > room - 40:
            return used + snprintf(text + used, room - used, b", ...")
        used += snprintf(text + used, room - used, b"%s%d", separator, machine.cores[first].base.id)
        if last > first:
            used += snprintf(text + used, room - used, b"-%d", machine.cores[last].base.id)
        separator = b", "
        first = last + 1
    return used


cdef int32_t checked_peer(ep_core_record *core, int64_t number, const char *operation) noexcept nogil:
    """`peer_of` where the number cannot be a peer's: the fault that says why."""
    cdef char text[TEXT_ROOM]
    cdef char cores[PLACE_ROOM]
    if number == core.base.id:
        snprintf(text, TEXT_ROOM, b"%s core %lld: a core cannot exchange messages with itself, it would wait for "
                 b"ever", operation, <long long>number)
    else:
        numbers_text(core.machine, cores, PLACE_ROOM)
        snprintf(text, TEXT_ROOM, b"%s core %lld: core %lld does not exist, the program runs on %s",
                 operation, <long long>number, <long long>number, cores)
    fault(&core.base, text)
    return -1


cdef void faults_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.fault = <ep_fault_entry>fault
    runtime.fault_index = <ep_fault_index_entry>fault_index
    runtime.stack_grows = stack_grows
    runtime.fault_unset = <ep_fault_entry>fault_unset
    runtime.fault_kind = <ep_fault_kind_entry>fault_kind
