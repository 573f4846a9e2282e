# memory: see memory.pxd for what is accounted and how.
#
# The host side is a size-class allocator for each core: small blocks are cut
# from chunks that grow from 1 to 64 KiB and go back to the free list of their
# class; large ones come from the C library and are linked, so that the end of
# a program finds them. Nothing here takes the GIL or a lock.
from libc.stdint cimport INT64_MAX, UINT32_MAX, uint64_t, uintptr_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset
from .eptrans_rt cimport (
    EP_ARRAY, EP_FREED, EP_IMMORTAL, EP_LIST, EP_MOVED, EP_SHARED, EP_STRING,
)
from .services cimport costs_of, ep_memory, ep_record, fault, word_bytes

cdef extern from *:
    int __builtin_clzll(unsigned long long) noexcept nogil

cdef enum:
    FIRST_CHUNK = 1024
    LARGEST_CHUNK = 65536
    CHUNK_HEADER = 16
    ARRAY_HEADER = 48       # sizeof(struct ep_array) without its shape
    STRING_HEADER = 16      # sizeof(struct ep_string) without its text
    DATA_ALIGNMENT = 64     # of large blocks: a cache line
    MEGABYTE = 1024 * 1024
    LARGEST_LOCAL = MEGABYTE  # what the address map has for a core
    LARGEST_SHARED = 1024 * MEGABYTE  # what it makes sense to ask a user for


# ---- host blocks ---------------------------------------------------------------------------------

cdef inline uint32_t class_of(int64_t total) noexcept nogil:
    cdef uint64_t last = <uint64_t>(total - 1)
    cdef int octave
    if total <= 256:
        return <uint32_t>(last >> 4)
    octave = 63 - __builtin_clzll(last)
    return <uint32_t>(16 + (octave - 8) * 4 + ((last >> (octave - 2)) & 3))


cdef inline int64_t class_bytes(uint32_t size_class) noexcept nogil:
    cdef uint32_t octave
    if size_class < 16:
        return (<int64_t>size_class + 1) * 16
    octave = 8 + (size_class - 16) // 4
    return (<int64_t>1 << octave) + (<int64_t>((size_class - 16) % 4 + 1) << (octave - 2))


cdef char *block_from_chunk(core_memory *memory, int64_t bytes) noexcept nogil:
    cdef int64_t size = FIRST_CHUNK
    cdef chunk *fresh
    if memory.chunks != NULL:
        size = memory.chunks.bytes * 2
        if size > LARGEST_CHUNK:
            size = LARGEST_CHUNK
    while size < bytes + CHUNK_HEADER:
        size *= 2
    fresh = <chunk *>malloc(<size_t>size)
    if fresh == NULL:
        return NULL
    fresh.next = memory.chunks
    fresh.bytes = size
    memory.chunks = fresh
    memory.bump = <char *>fresh + CHUNK_HEADER + bytes
    memory.bump_end = <char *>fresh + size
    return <char *>fresh + CHUNK_HEADER


cdef void *large_new(core_memory *memory, int64_t bytes, bint zeroed) noexcept nogil:
    cdef size_t total = <size_t>bytes + sizeof(large_block) + DATA_ALIGNMENT
    cdef void *raw = calloc(1, total) if zeroed else malloc(total)
    cdef uintptr_t place
    cdef large_block *block
    if raw == NULL:
        return NULL
    place = (<uintptr_t>raw + sizeof(large_block) + DATA_ALIGNMENT - 1) & ~<uintptr_t>(DATA_ALIGNMENT - 1)
    block = <large_block *>(place - sizeof(large_block))
    block.raw = raw
    block.header.size_class = LARGE_BLOCK
    block.previous = NULL
    block.next = memory.large
    if memory.large != NULL:
        memory.large.previous = block
    memory.large = block
    return <void *>place


cdef void large_free(core_memory *memory, void *place) noexcept nogil:
    cdef large_block *block = <large_block *>(<char *>place - sizeof(large_block))
    if block.previous == NULL:
        memory.large = block.next
    else:
        block.previous.next = block.next
    if block.next != NULL:
        block.next.previous = block.previous
    free(block.raw)


cdef void *block_new(core_memory *memory, int64_t bytes, bint zeroed) noexcept nogil:
    """A block of the host's memory, NULL if the host has none left."""
    cdef int64_t total = bytes + <int64_t>sizeof(block_header)
    cdef uint32_t size_class
    cdef char *place
    if total > LARGEST_CLASS:
        return large_new(memory, bytes, zeroed)
    size_class = class_of(total)
    place = <char *>memory.free_lists[size_class]
    if place != NULL:
        memory.free_lists[size_class] = (<free_block *>place).next
    else:
        total = class_bytes(size_class)
        place = memory.bump
        if memory.bump_end - place >= total:
            memory.bump = place + total
        else:
            place = block_from_chunk(memory, total)
            if place == NULL:
                return NULL
    (<block_header *>place).size_class = size_class
    place += sizeof(block_header)
    if zeroed:
        memset(place, 0, <size_t>bytes)
    return place


cdef void block_free(core_memory *memory, void *block) noexcept nogil:
    cdef char *place = <char *>block - sizeof(block_header)
    cdef uint32_t size_class = (<block_header *>place).size_class
    if size_class == LARGE_BLOCK:
        large_free(memory, block)
        return
    (<free_block *>place).next = memory.free_lists[size_class]
    memory.free_lists[size_class] = <free_block *>place


cdef void blocks_free_all(core_memory *memory) noexcept nogil:
    """Gives them back to the host, whoever still uses them."""
    cdef chunk *old
    while memory.large != NULL:
        large_free(memory, <char *>memory.large + sizeof(large_block))
    while memory.chunks != NULL:
        old = memory.chunks
        memory.chunks = old.next
        free(old)


# ---- a core's memory as a whole ------------------------------------------------------------------

cdef void memory_create(ep_core *core, int64_t local_bytes, int64_t shared_bytes, int64_t other_parts) noexcept nogil:
    """Gives the core an empty memory of these sizes; `memory` stays NULL if the host has none left."""
    cdef core_memory *memory = <core_memory *>calloc(1, sizeof(core_memory))
    ep_record(core).memory = <ep_memory *>memory
    if memory == NULL:
        return
    memory.local.size = local_bytes if local_bytes > 0 else 0
    memory.shared.size = shared_bytes if shared_bytes > 0 else 0
    memory.other_parts = other_parts
    memory.word = word_bytes(core)


cdef void memory_destroy(ep_core *core) noexcept nogil:
    """Gives all of it back to the host, whatever still lies in it."""
    cdef core_memory *memory = memory_of(core)
    if memory == NULL:
        return
    blocks_free_all(memory)
    free(memory.scratch)
    free(memory)
    ep_record(core).memory = NULL


cdef core_memory *memory_of(ep_core *core) noexcept nogil:
    return <core_memory *>ep_record(core).memory


cdef void memory_figures(ep_core *core, int64_t *figures) noexcept nogil:
    cdef core_memory *memory = memory_of(core)
    figures[0] = memory.local.used
    figures[1] = memory.local.peak
    figures[2] = memory.shared.used
    figures[3] = memory.shared.peak


# ---- accounting ----------------------------------------------------------------------------------

cdef inline region *region_of(core_memory *memory, uint32_t flags) noexcept nogil:
    return &memory.shared if flags & EP_SHARED else &memory.local


cdef inline bint take(region *place, int64_t bytes) noexcept nogil:
    if bytes > place.size - place.used:
        return False
    place.used += bytes
    if place.used > place.peak:
        place.peak = place.used
    return True


cdef int32_t add_size(char *text, int32_t room, const char *form, int64_t bytes, int64_t most) noexcept nogil:
    """Writes the next power of two as an option takes it, "64K" or "64M"; nothing past `most`. Its length."""
    cdef int64_t size = 1024
    while size < bytes and size <= most:
        size *= 2
    if size > most:
        return 0
    if size % MEGABYTE == 0:
        return snprintf(text, room, form, <long long>(size // MEGABYTE), c"M")
    return snprintf(text, room, form, <long long>(size // 1024), c"K")


cdef void add_advice(ep_core *core, int64_t bytes, char *text, int32_t room) noexcept nogil:
    """Writes which options would make room for so many bytes more, if any can."""
    cdef core_memory *memory = memory_of(core)
    cdef int64_t share = memory.shared.used + bytes
    cdef int32_t length = 0
    text[0] = 0
    if bytes > LARGEST_SHARED:
        return
    if memory.other_parts >= 0:
        length = add_size(text, room, b": try --local-memory %lld%c",
                          memory.other_parts + memory.local.used + bytes, LARGEST_LOCAL)
    length += add_size(text + length, room - length,
                       b" or --shared-memory %lld%c" if length else b": try --shared-memory %lld%c",
                       share * core.count, LARGEST_SHARED)
    if core.count > 1 and length:
        snprintf(text + length, room - length, b" (%d cores share it)", core.count)


cdef void fault_full(ep_core *core, const char *what, int64_t bytes) noexcept nogil:
    cdef core_memory *memory = memory_of(core)
    cdef char advice[128]
    cdef char message[400]
    add_advice(core, bytes, advice, sizeof(advice))
    snprintf(
        message, sizeof(message),
        b"out of memory: %s of %s%lld bytes does not fit; "
        b"local memory has %lld of %lld bytes free, this core's share of shared memory %lld of %lld%s",
        what, b"more than " if bytes == INT64_MAX else b"", <long long>bytes,
        <long long>(memory.local.size - memory.local.used), <long long>memory.local.size,
        <long long>(memory.shared.size - memory.shared.used), <long long>memory.shared.size, advice)
    fault(core, message)


cdef inline uint32_t place_block(ep_core *core, int64_t bytes, uint32_t flags,
                                 const char *what) noexcept nogil:
    """Takes the bytes from local memory, else (or where the flags say so) from shared: EP_SHARED or 0."""
    cdef core_memory *memory = memory_of(core)
    if not flags & EP_SHARED and take(&memory.local, bytes):
        return 0
    if not take(&memory.shared, bytes):
        fault_full(core, what, bytes)
    return EP_SHARED


cdef void fault_host(ep_core *core) noexcept nogil:
    fault(core, b"the computer that runs the emulation has no memory left")


cdef void fault_freed(ep_core *core) noexcept nogil:
    fault(core, b"the array was freed")


cdef inline int64_t array_bytes(int64_t word, int64_t dimensions, int64_t length) noexcept nogil:
    return (1 + dimensions + length) * word


cdef inline int64_t string_bytes(int64_t word, int64_t bytes) noexcept nogil:
    return 2 * word + ((bytes + word - 1) & ~(word - 1))


# ---- arrays --------------------------------------------------------------------------------------

cdef int64_t length_of_shape(ep_core *core, int32_t dimensions, const int64_t *shape) noexcept nogil:
    """The product of the sizes; INT64_MAX // 16 if there are more elements than any memory holds."""
    cdef int64_t most = INT64_MAX // 16, length = 1
    cdef bint too_many = False
    cdef char message[96]
    cdef int32_t i
    for i in range(dimensions):
        if shape[i] < 0:
            snprintf(message, sizeof(message), b"array size %lld is negative", <long long>shape[i])
            fault(core, message)
        if shape[i] == 0:
            length = 0
        elif length > most // shape[i]:
            too_many = True
            length = most if length else 0
        else:
            length *= shape[i]
    return most if too_many and length else length


cdef inline void price_accesses(ep_core *core, ep_array *array) noexcept nogil:
    """What an access costs, by where the array lies now; called whenever that or its length has changed."""
    cdef bint shared = array.flags & EP_SHARED
    array.direct = 0 if shared else array.length
    array.read_price = <int32_t>costs_of(core).shared_read if shared else 0
    array.write_price = <int32_t>costs_of(core).shared_write if shared else 0


cdef ep_array *array_new(ep_core *core, int32_t kind, int32_t dimensions, const int64_t *shape,
                         int32_t flags, bint zeroed) noexcept nogil:
    """A new array, counted once; its elements are left as they come unless `zeroed`. Costs no time."""
    cdef core_memory *memory = memory_of(core)
    cdef int64_t word = memory.word, length = shape[0], bytes, data_bytes
    cdef int64_t head = ARRAY_HEADER + 8 * <int64_t>dimensions
    cdef uint32_t place
    cdef ep_array *array
    cdef int32_t i
    if dimensions != 1 or length < 0 or length >= INT64_MAX // 16:
        length = length_of_shape(core, dimensions, shape)
    bytes = INT64_MAX if length >= INT64_MAX // 16 else array_bytes(word, dimensions, length)
    place = place_block(core, bytes, flags, b"an array")
    data_bytes = length * word
    if head + data_bytes <= LARGEST_CLASS - <int64_t>sizeof(block_header):
        array = <ep_array *>block_new(memory, head + data_bytes, False)
        if array == NULL:
            fault_host(core)
        array.flags = <unsigned char>((flags & EP_LIST) | place)
        array.data = <char *>array + head
        if zeroed:
            memset(array.data, 0, <size_t>data_bytes)
    else:
        array = <ep_array *>block_new(memory, head, False)
        if array == NULL:
            fault_host(core)
        array.flags = <unsigned char>((flags & EP_LIST) | place | EP_MOVED)
        array.data = block_new(memory, data_bytes, zeroed)
        if array.data == NULL:
            fault_host(core)
    array.references = 1
    array.kind = <unsigned char>kind
    array.dimensions = <unsigned short>dimensions
    array.length = length
    array.capacity = length
    price_accesses(core, array)
    for i in range(dimensions):
        array.shape[i] = shape[i]
    return array


cdef ep_array *new_array(ep_core *core, int32_t kind, int32_t dimensions, const int64_t *shape,
                         int32_t flags) noexcept nogil:
    """The entry: a zeroed array, at the price of the allocation and of a store a word."""
    cdef ep_array *array = array_new(core, kind, dimensions, shape, flags, True)
    core.clock += costs_of(core).allocate + array.length * (costs_of(core).copy_word + array.write_price)
    return array


cdef void release_array(ep_core *core, ep_array *array) noexcept nogil:
    """Nothing refers to the array any more: its memory comes back at once."""
    cdef core_memory *memory = memory_of(core)
    region_of(memory, array.flags).used -= array_bytes(memory.word, array.dimensions, array.length)
    core.clock += costs_of(core).release
    if array.flags & EP_MOVED:
        block_free(memory, array.data)
    block_free(memory, array)


cdef void array_give_back(ep_core *core, ep_array *array) noexcept nogil:
    """free(x): the elements' memory comes back now; the header stays until nothing refers to it."""
    cdef core_memory *memory = memory_of(core)
    cdef int32_t i
    region_of(memory, array.flags).used -= array.length * memory.word
    if array.flags & EP_MOVED:
        block_free(memory, array.data)
    for i in range(array.dimensions):
        array.shape[i] = 0
    array.data = &array.shape[0]
    array.length = 0
    array.direct = 0
    array.capacity = 0
    array.flags = <unsigned char>((array.flags & ~(EP_MOVED | EP_LIST)) | EP_FREED)


cdef void array_shrink_header(ep_core *core, ep_array *array, int64_t words) noexcept nogil:
    """The header needs so many words less from now on (its dimensions became one)."""
    cdef core_memory *memory = memory_of(core)
    region_of(memory, array.flags).used -= words * memory.word


cdef bint account_growth(ep_core *core, ep_array *array, int64_t length) noexcept nogil:
    """Takes the bytes that the array needs more; it moves to shared memory if it has to.

    False, with nothing changed, where neither memory holds it.
    """
    cdef core_memory *memory = memory_of(core)
    cdef int64_t old = array_bytes(memory.word, array.dimensions, array.length)
    cdef int64_t more = (length - array.length) * memory.word
    if take(region_of(memory, array.flags), more):
        return True
    if array.flags & EP_SHARED or not take(&memory.shared, old + more):
        return False
    memory.local.used -= old
    array.flags |= EP_SHARED
    return True


cdef void array_resize(ep_core *core, ep_array *array, int64_t length) noexcept nogil:
    """Makes a one-dimensional array longer; new elements are 0. On the host the cost is amortised."""
    cdef core_memory *memory = memory_of(core)
    cdef int64_t word = memory.word, capacity
    cdef void *data
    if length >= INT64_MAX // 16:
        fault_full(core, b"a list", INT64_MAX)
    if not account_growth(core, array, length):
        fault_full(core, b"a list", array_bytes(word, array.dimensions, length))
    if length > array.capacity:
        capacity = array.capacity + array.capacity // 2 + 4
        if capacity < length:
            capacity = length
        data = block_new(memory, capacity * word, False)
        if data == NULL:
            fault_host(core)
        memcpy(data, array.data, <size_t>(array.length * word))
        if array.flags & EP_MOVED:
            block_free(memory, array.data)
        array.data = data
        array.capacity = capacity
        array.flags |= EP_MOVED
    memset(<char *>array.data + array.length * word, 0, <size_t>((length - array.length) * word))
    array.length = length
    array.shape[0] = length
    price_accesses(core, array)


# ---- strings and values --------------------------------------------------------------------------

cdef int64_t reading_string(ep_core *core, const ep_string *string, int64_t bytes) noexcept nogil:
    """Ticks to read so many bytes of a string besides what is done with them: 0 where it lies in local memory."""
    cdef int64_t word = word_bytes(core)
    if string.flags & EP_SHARED:
        return (bytes + word - 1) // word * costs_of(core).shared_read
    return 0


cdef int64_t reading_value(ep_core *core, ep_value value) noexcept nogil:
    """Ticks to read all of a value that does not lie in local memory; 0 for all else."""
    if value.tag == EP_ARRAY:
        return value.payload.array.length * value.payload.array.read_price
    if value.tag == EP_STRING:
        return reading_string(core, value.payload.string, value.payload.string.bytes)
    return 0


cdef ep_string *string_new(ep_core *core, const char *text, int64_t bytes, int64_t characters) noexcept nogil:
    """A new string, counted once. `text` may be NULL: the caller writes it. Costs what shared memory takes."""
    cdef core_memory *memory = memory_of(core)
    cdef int64_t emulated = string_bytes(memory.word, bytes)
    cdef uint32_t place
    cdef ep_string *string
    if bytes >= <int64_t>UINT32_MAX:
        fault_full(core, b"a string", emulated)
    place = place_block(core, emulated, 0, b"a string")
    string = <ep_string *>block_new(memory, STRING_HEADER + bytes + 1, False)
    if string == NULL:
        fault_host(core)
    string.references = 1
    string.flags = place
    string.bytes = <uint32_t>bytes
    string.characters = <uint32_t>characters
    if place & EP_SHARED:
        core.clock += (bytes + memory.word - 1) // memory.word * costs_of(core).shared_write
    if text != NULL:
        memcpy(&string.text[0], text, <size_t>bytes)
    (&string.text[0])[bytes] = 0
    return string


cdef void release_string(ep_core *core, ep_string *string) noexcept nogil:
    cdef core_memory *memory = memory_of(core)
    region_of(memory, string.flags).used -= string_bytes(memory.word, string.bytes)
    core.clock += costs_of(core).release
    block_free(memory, string)


cdef void release_value(ep_core *core, ep_value value) noexcept nogil:
    """One reference less; the last one gives the memory back. Scalars need nothing."""
    if value.tag == EP_ARRAY:
        value.payload.array.references -= 1
        if value.payload.array.references == 0:
            release_array(core, value.payload.array)
    elif value.tag == EP_STRING and value.payload.string.references != EP_IMMORTAL:
        value.payload.string.references -= 1
        if value.payload.string.references == 0:
            release_string(core, value.payload.string)


cdef ep_array *received_array(ep_core *receiver, int32_t kind, int32_t dimensions, const int64_t *shape,
                              int32_t flags) noexcept nogil:
    """An array that a message fills: at the price of the allocation alone.

    The sender, or its DMA engine, writes the elements to where they stay (the chip's cores write into each
    other's memory): they are paid for as the message. What of them lies in shared memory is written dearer.
    """
    cdef ep_array *array = array_new(receiver, kind, dimensions, shape, flags, False)
    receiver.clock += costs_of(receiver).allocate + array.length * array.write_price
    return array


cdef ep_array *copy_array_into(ep_core *receiver, const ep_array *array) noexcept nogil:
    """A copy in the receiver's memory, owned there: what has come with a message."""
    cdef ep_array *copy
    check_live(receiver, array)
    copy = received_array(receiver, array.kind, array.dimensions, &array.shape[0], array.flags & EP_LIST)
    memcpy(copy.data, array.data, <size_t>(array.length * memory_of(receiver).word))
    return copy


cdef ep_value copy_value_into(ep_core *receiver, ep_value value) noexcept nogil:
    """A value that the receiver owns: scalars as they are, strings and arrays copied; the origin is kept."""
    cdef ep_string *string
    if value.tag == EP_ARRAY:
        value.payload.array = copy_array_into(receiver, value.payload.array)
    elif value.tag == EP_STRING:
        string = value.payload.string
        value.payload.string = string_new(receiver, &string.text[0], string.bytes, string.characters)
        receiver.clock += costs_of(receiver).allocate
    return value


cdef void memory_fill_entries(ep_runtime *runtime) noexcept nogil:
    """Puts this module's entries into the table (`arrays` has the other entries on arrays)."""
    runtime.new_array = new_array
    runtime.release_array = release_array
    runtime.release_string = release_string
