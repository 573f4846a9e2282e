# concurrency: see concurrency.pxd.
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free
from .core_record cimport EP_NO_HOST_MEMORY, ep_core_record, ep_exposures, ep_network, ep_record
from .eptrans_rt cimport EP_ALL_ELEMENTS, EP_EXPOSED, EP_FREED
from .host_threads cimport ep_lock, ep_unlock
from .faults cimport TEXT_ROOM, fault, peer_of
from .contention cimport begin_again, watch_if_time
from .links cimport READS, WRITES, network_kind, place, place_of, read_time, take_route
from .mesh cimport post, take_reference
from .offers cimport send_reference
from .scheduler cimport end_machine, wait_turn
from .sharing cimport let_go_since

cdef enum:
    FIRST_ENTRIES = 64
    KEPT = 1 << 30
    PAY_ONLY = 2    # what `order` is told by generated code, see eptrans_rt.h


# ---- whose it is ------------------------------------------------------------------------------------

cdef inline void lock(exposure_table *table, const ep_machine *machine) noexcept nogil:
    """`check_owner` is called by cores that hold nothing, while others make the table larger."""
    if machine.shared:
        ep_lock(&table.lock)


cdef inline void unlock(exposure_table *table, const ep_machine *machine) noexcept nogil:
    if machine.shared:
        ep_unlock(&table.lock)


cdef inline exposure *entry_of(exposure_table *table, const ep_array *array) noexcept nogil:
    """The array's entry, or the empty one where it would be."""
    cdef uint32_t at = <uint32_t>((<uint64_t><uintptr_t>array * <uint64_t>0x9E3779B97F4A7C15) >> 32) & table.mask
    while table.entries[at].array != NULL and table.entries[at].array != array:
        at = (at + 1) & table.mask
    return table.entries + at


cdef bint make_room(exposure_table *table) noexcept nogil:
    """Room for one more, with a third of the entries empty at least. False: no memory."""
    cdef exposure_table larger
    cdef uint32_t at
    if table.entries != NULL and 3 * (table.count + 1) <= 2 * table.mask:
        return True
    larger.mask = FIRST_ENTRIES - 1 if table.entries == NULL else 2 * table.mask + 1
    larger.entries = <exposure *>calloc(<size_t>larger.mask + 1, sizeof(exposure))
    if larger.entries == NULL:
        return False
    if table.entries != NULL:
        for at in range(table.mask + 1):
            if table.entries[at].array != NULL:
                entry_of(&larger, table.entries[at].array)[0] = table.entries[at]
        free(table.entries)
    table.entries = larger.entries
    table.mask = larger.mask
    return True


cdef void note_owner(ep_core_record *core, ep_array *array) noexcept nogil:
    """The array is exposed from now on. References that are never given back keep it where it is: so many
    that those which several host threads count at once do not matter."""
    cdef exposure_table *table = <exposure_table *>core.machine.exposures
    cdef exposure *entry
    cdef bint has_room
    if table == NULL:
        table = <exposure_table *>calloc(1, sizeof(exposure_table))
        core.machine.exposures = <ep_exposures *>table
    if table == NULL:
        end_machine(core, EP_NO_HOST_MEMORY)
    lock(table, core.machine)
    has_room = make_room(table)
    if has_room:
        entry = entry_of(table, array)
        entry.array = array
        entry.owner = core.index
        table.count += 1
    unlock(table, core.machine)
    if not has_room:
        end_machine(core, EP_NO_HOST_MEMORY)
    array.references += KEPT
    array.flags |= EP_EXPOSED


cdef inline ep_core_record *owner_of(ep_core_record *core, const ep_array *array) noexcept nogil:
    cdef exposure_table *table = <exposure_table *>core.machine.exposures
    cdef int32_t owner
    lock(table, core.machine)
    owner = entry_of(table, array).owner
    unlock(table, core.machine)
    return core.machine.cores + owner


cdef void check_owner(ep_core *base, const ep_array *array) noexcept nogil:
    """A fault where an array that lies on another core would be freed, made longer or of another shape."""
    cdef ep_core_record *owner
    cdef char text[TEXT_ROOM]
    if not array.flags & EP_EXPOSED:
        return
    owner = owner_of(ep_record(base), array)
    if owner != ep_record(base):
        snprintf(text, TEXT_ROOM, b"the array lies on core %d: only that core can free it, write past its end or "
                 b"change its shape", owner.base.id)
        fault(base, text)


# ---- using it ---------------------------------------------------------------------------------------

cdef inline void held_up(ep_core_record *core, int64_t waited) noexcept nogil:
    """The core waits for links from now on."""
    core.waited += waited
    core.waited_link += waited
    if core.machine.recorder != NULL:
        core.machine.services.links_awaited(core, core.base.clock, waited)


cdef void hold(ep_core_record *core, network_kind kind, place start, place end, int64_t bytes) noexcept nogil:
    """Waits for the core's turn, and for the links of something that it needs before it goes on."""
    cdef int64_t waited
    if core.machine.ordered:
        wait_turn(core)
        watch_if_time(core)
    waited = take_route(&core.machine.network, kind, start, end, core.base.clock, bytes)
    if waited and not core.machine.ordered:
        begin_again(core)
    held_up(core, waited)
    core.base.clock += waited


cdef int64_t read_remotely(ep_core_record *core, ep_core_record *owner, int64_t bytes, bint look) noexcept nogil:
    """Pays for a read of another core's memory; `look`: waits for the core's turn half-way through.

    Gives the time of that: what is there then is what it reads.
    """
    cdef ep_network *network = &core.machine.network
    cdef place here = place_of(core)
    cdef place there = place_of(owner)
    cdef int64_t time = read_time(network, here, there, bytes)
    cdef int64_t first = time // 2
    cdef int64_t looks_at
    if not core.machine.direct:
        hold(core, READS, here, there, 8)
    core.base.clock += first
    if look:
        wait_turn(core)
    looks_at = core.base.clock
    if not core.machine.direct:
        hold(core, WRITES, there, here, bytes)
    core.base.clock += time - first
    return looks_at


cdef void write_remotely(ep_core_record *core, ep_core_record *owner, int64_t bytes) noexcept nogil:
    """Pays for a write into another core's memory, until it is there."""
    cdef int64_t arrival = post(core, owner, bytes)
    held_up(core, core.held)
    core.base.clock = arrival
    wait_turn(core)


cdef void order(ep_core *base, const ep_array *array, int64_t elements, int32_t use) noexcept nogil:
    """Before an exposed array is used: waits for the core's turn, and pays for what lies on another core.

    The use follows when the core has let go of the machine, and belongs to that turn: until it is over no core
    with a later one may change the array.
    """
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *owner = owner_of(core, array)
    cdef int64_t bytes
    cdef int64_t turn
    cdef char text[TEXT_ROOM]
    if elements == EP_ALL_ELEMENTS:
        wait_turn(core)  # its owner may be about to make it longer
        elements = array.length
    bytes = elements * (core.machine.program.word // 8)
    if owner == core or bytes == 0:
        wait_turn(core)
        turn = base.clock
    elif use == 1:
        write_remotely(core, owner, bytes)
        turn = base.clock
    else:
        turn = read_remotely(core, owner, bytes, use != PAY_ONLY)
    if array.flags & EP_FREED and owner != core:
        snprintf(text, TEXT_ROOM, b"the array was freed by core %d, on which it lay", owner.base.id)
        fault(base, text)
    let_go_since(core, turn)


# ---- entries ------------------------------------------------------------------------------------------

cdef void expose(ep_core *base, ep_array *array, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = core.machine.cores + peer_of(core, to, b"expose to")
    cdef char text[TEXT_ROOM]
    if array.flags & EP_FREED:
        fault(base, b"the array was freed")
    if not array.flags & EP_EXPOSED:
        note_owner(core, array)
    elif owner_of(core, array) != core:
        snprintf(text, TEXT_ROOM, b"the array lies on core %d: only that core can expose it to others",
                 owner_of(core, array).base.id)
        fault(base, text)
    send_reference(core, receiver, array)


cdef ep_array *access(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *owner = core.machine.cores + peer_of(core, origin, b"access from")
    cdef ep_array *array = take_reference(core, owner)
    array.references += 1
    return array


cdef void concurrency_destroy(ep_machine *machine) noexcept nogil:
    cdef exposure_table *table = <exposure_table *>machine.exposures
    if table != NULL:
        free(table.entries)
        free(table)
    machine.exposures = NULL


cdef void concurrency_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.expose = expose
    runtime.access = access
    runtime.order = order
