# flight: see flight.pxd.
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from .core_record cimport EP_NO_HOST_MEMORY, ep_flights
from .eptrans_rt cimport EP_IMMORTAL, EP_MOVED, ep_array, ep_string
from .host_threads cimport ep_lock, ep_unlock
from .memory cimport block_free, block_new, blocks_free_all
from .scheduler cimport end_machine

cdef enum:
    FIRST_CHAINS = 64


cdef inline flight_table *table_of(ep_machine *machine) noexcept nogil:
    return <flight_table *>machine.flights


cdef inline uint32_t pair_of(uint32_t sender, uint32_t receiver) noexcept nogil:
    return sender << 16 | receiver


cdef inline uint32_t chain_of(uint32_t pair, uint32_t mask) noexcept nogil:
    return ((pair * <uint32_t>2654435769) >> 12) & mask


cdef bint flights_create(ep_machine *machine) noexcept nogil:
    """False: no memory."""
    cdef flight_table *table = <flight_table *>calloc(1, sizeof(flight_table))
    machine.flights = <ep_flights *>table
    if table == NULL:
        return False
    table.mask = FIRST_CHAINS - 1
    table.chains = <flight **>calloc(FIRST_CHAINS, sizeof(flight *))
    return table.chains != NULL


cdef void flights_destroy(ep_machine *machine) noexcept nogil:
    cdef flight_table *table = table_of(machine)
    cdef flight *one
    cdef flight *following
    cdef uint32_t chain
    if table == NULL:
        return
    if table.chains != NULL:
        for chain in range(table.mask + 1):
            one = table.chains[chain]
            while one != NULL:
                following = one.next
                free(one)
                one = following
    blocks_free_all(&table.blocks)
    free(table.chains)
    free(table)
    machine.flights = NULL


cdef flight *flight_find(ep_machine *machine, uint32_t sender, uint32_t receiver) noexcept nogil:
    """The pair's message, taken or not, or NULL if there never was one."""
    cdef flight_table *table = table_of(machine)
    cdef uint32_t pair = pair_of(sender, receiver)
    cdef flight *one = table.chains[chain_of(pair, table.mask)]
    while one != NULL and one.pair != pair:
        one = one.next
    return one


cdef void grow(flight_table *table) noexcept nogil:
    """Twice as many chains; without memory for them the old ones do."""
    cdef uint32_t mask = 2 * table.mask + 1
    cdef flight **chains = <flight **>calloc(<size_t>mask + 1, sizeof(flight *))
    cdef flight *one
    cdef flight *following
    cdef uint32_t chain
    cdef uint32_t place
    if chains == NULL:
        return
    for chain in range(table.mask + 1):
        one = table.chains[chain]
        while one != NULL:
            following = one.next
            place = chain_of(one.pair, mask)
            one.next = chains[place]
            chains[place] = one
            one = following
    free(table.chains)
    table.chains = chains
    table.mask = mask


cdef flight *flight_add(ep_core_record *sender, uint32_t receiver) noexcept nogil:
    """A new entry, marked as taken, for a pair that has none."""
    cdef flight_table *table = table_of(sender.machine)
    cdef flight *one = <flight *>calloc(1, sizeof(flight))
    cdef uint32_t place
    if one == NULL:
        end_machine(sender, EP_NO_HOST_MEMORY)
    if table.count > table.mask:
        grow(table)
    one.pair = pair_of(sender.index, receiver)
    one.taken = True
    place = chain_of(one.pair, table.mask)
    one.next = table.chains[place]
    table.chains[place] = one
    table.count += 1
    return one


# ---- copies -------------------------------------------------------------------------------------

cdef void *carrier_new(ep_core_record *core, int64_t bytes) noexcept nogil:
    """A block for what is with no core; `carrier_drop` ends it. `core` only tells the machine."""
    cdef void *carrier = block_new(&table_of(core.machine).blocks, bytes, False)
    if carrier == NULL:
        end_machine(core, EP_NO_HOST_MEMORY)
    return carrier


cdef void carrier_drop(ep_machine *machine, void *carrier) noexcept nogil:
    if machine.shared:  # it may be called with no more than a thread's own lock held
        ep_lock(&table_of(machine).lock)
    block_free(&table_of(machine).blocks, carrier)
    if machine.shared:
        ep_unlock(&table_of(machine).lock)


cdef ep_value carry(ep_core_record *core, ep_value value) noexcept nogil:
    """A deep copy in no core's memory; `drop_carried` ends it. `core` only tells the machine."""
    cdef ep_value copy = value
    cdef int64_t head
    cdef int64_t data
    if value.tag == EP_STRING and value.payload.string.references != EP_IMMORTAL:
        data = <int64_t>sizeof(ep_string) + value.payload.string.bytes + 1
        copy.payload.string = <ep_string *>carrier_new(core, data)
        memcpy(copy.payload.string, value.payload.string, <size_t>data)
        copy.payload.string.references = 1
    elif value.tag == EP_ARRAY:
        head = <int64_t>sizeof(ep_array) + 8 * <int64_t>value.payload.array.dimensions
        data = value.payload.array.length * (core.machine.program.word // 8)
        copy.payload.array = <ep_array *>carrier_new(core, head + data)
        memcpy(copy.payload.array, value.payload.array, <size_t>head)
        copy.payload.array.data = <char *>copy.payload.array + head
        memcpy(copy.payload.array.data, value.payload.array.data, <size_t>data)
        copy.payload.array.references = 1
        copy.payload.array.capacity = value.payload.array.length
        copy.payload.array.flags &= <unsigned char>~EP_MOVED
    return copy


cdef void drop_carried(ep_machine *machine, ep_value value) noexcept nogil:
    if value.tag == EP_STRING and value.payload.string.references != EP_IMMORTAL:
        carrier_drop(machine, value.payload.string)
    elif value.tag == EP_ARRAY:
        carrier_drop(machine, value.payload.array)
