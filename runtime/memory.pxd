# memory: a core's local memory and its share of shared memory, as the device
# would account for them, and the host blocks behind its arrays and strings.
#
# Emulated sizes (in bytes; a word is 4 or 8): an array takes 2 words, one more
# for each dimension past the first, and one for each element; a string takes 2
# words and its text rounded up to words. The machine's program must be known
# before memory_create.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .eptrans_rt cimport EP_FREED, ep_array, ep_core, ep_runtime, ep_string, ep_value


cdef enum:
    SIZE_CLASSES = 32       # small blocks: up to 256 bytes in steps of 16, then 4 sizes an octave
    LARGEST_CLASS = 4096    # bytes; larger blocks come from the C library, one by one
    LARGE_BLOCK = 255       # the "size class" of those


# Before every block given out. 8 bytes, so that an array's elements start at a multiple of 16.
cdef struct block_header:
    uint32_t size_class
    uint32_t padding


cdef struct free_block:
    free_block *next


cdef struct chunk:
    chunk *next
    int64_t bytes


# Before a large block; `raw` is what the C library gave.
cdef struct large_block:
    large_block *next
    large_block *previous
    void *raw
    block_header header


cdef struct region:  # bytes
    int64_t size
    int64_t used
    int64_t peak


# `struct ep_memory` of core_record.h.
cdef struct core_memory:
    free_block *free_lists[SIZE_CLASSES]
    char *bump      # unused rest of the newest chunk
    char *bump_end
    chunk *chunks
    large_block *large
    region local
    region shared
    int64_t other_parts  # bytes of local memory beside `local`; -1: arrays may not lie there
    int64_t word    # bytes
    char *scratch   # a text buffer in use, given back here if the program ends meanwhile


# `other_parts`: bytes of local memory that code, data and stack take; -1: arrays may not lie there.
cdef void memory_create(ep_core *core, int64_t local_bytes, int64_t shared_bytes, int64_t other_parts) noexcept nogil
cdef void memory_destroy(ep_core *core) noexcept nogil
cdef core_memory *memory_of(ep_core *core) noexcept nogil
cdef void memory_fill_entries(ep_runtime *runtime) noexcept nogil

# Host blocks, not accounted; zeroed where `zeroed`.
cdef void *block_new(core_memory *memory, int64_t bytes, bint zeroed) noexcept nogil
cdef void block_free(core_memory *memory, void *block) noexcept nogil
cdef void blocks_free_all(core_memory *memory) noexcept nogil

# Arrays and strings. Results are owned, counts start at 1.
cdef ep_array *array_new(ep_core *core, int32_t kind, int32_t dimensions, const int64_t *shape,
                         int32_t flags, bint zeroed) noexcept nogil
cdef ep_array *new_array(ep_core *core, int32_t kind, int32_t dimensions, const int64_t *shape,
                         int32_t flags) noexcept nogil
cdef ep_string *string_new(ep_core *core, const char *text, int64_t bytes, int64_t characters) noexcept nogil
cdef void release_array(ep_core *core, ep_array *array) noexcept nogil
cdef void release_string(ep_core *core, ep_string *string) noexcept nogil
cdef void release_value(ep_core *core, ep_value value) noexcept nogil
cdef void array_give_back(ep_core *core, ep_array *array) noexcept nogil
cdef void array_resize(ep_core *core, ep_array *array, int64_t length) noexcept nogil
cdef void array_shrink_header(ep_core *core, ep_array *array, int64_t words) noexcept nogil
cdef void fault_freed(ep_core *core) noexcept nogil

# Deep copies into another core's memory (or the same core's): messages, tasks.
cdef ep_array *copy_array_into(ep_core *receiver, const ep_array *array) noexcept nogil
cdef ep_value copy_value_into(ep_core *receiver, ep_value value) noexcept nogil
cdef ep_array *received_array(ep_core *receiver, int32_t kind, int32_t dimensions, const int64_t *shape,
                              int32_t flags) noexcept nogil

# What it takes to read what lies in shared memory, in ticks, besides what is done with it.
cdef int64_t reading_string(ep_core *core, const ep_string *string, int64_t bytes) noexcept nogil
cdef int64_t reading_value(ep_core *core, ep_value value) noexcept nogil


# What a report tells: local used, local peak, shared used, shared peak, in bytes.
cdef void memory_figures(ep_core *core, int64_t *figures) noexcept nogil


cdef inline void check_live(ep_core *core, const ep_array *array) noexcept nogil:
    if array.flags & EP_FREED:
        fault_freed(core)
