# heap: a binary heap of packed keys (clock, index of a core), least first.
#
# The low bits of a key are the core's index, so that equal clocks go by the
# core's number; the rest is the clock in ticks (2**51 of them are 21 days of the
# device). keys[0] is all ones while the heap is empty, so that one comparison
# tells whether a core is ahead of all others.
from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint32_t, uint64_t

cdef enum:
    INDEX_BITS = 13
    INDEX_MASK = (1 << 13) - 1
    MAXIMUM_CORES = 1 << 13


cdef inline uint64_t make_key(int64_t clock, uint32_t index) noexcept nogil:
    return (<uint64_t>clock << INDEX_BITS) | index


cdef inline int32_t key_index(uint64_t key) noexcept nogil:
    return <int32_t>(key & INDEX_MASK)


cdef inline void heap_clear(uint64_t *keys, int32_t *count) noexcept nogil:
    keys[0] = UINT64_MAX
    count[0] = 0


cdef inline void heap_push(uint64_t *keys, int32_t *count, uint64_t key) noexcept nogil:
    """The array has room for one key more than there are cores."""
    cdef int32_t place = count[0]
    cdef int32_t parent
    count[0] = place + 1
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] <= key:
            break
        keys[place] = keys[parent]
        place = parent
    keys[place] = key


cdef inline void sift_down(uint64_t *keys, int32_t count, int32_t place, uint64_t key) noexcept nogil:
    """Puts `key` at a place, or below it where smaller keys have to go up."""
    cdef int32_t child = 2 * place + 1
    while child < count:
        child += <int32_t>(child + 1 < count and keys[child + 1] < keys[child])
        if keys[child] >= key:
            break
        keys[place] = keys[child]
        place = child
        child = 2 * place + 1
    keys[place] = key


cdef inline void heap_replace_least(uint64_t *keys, int32_t count, uint64_t key) noexcept nogil:
    """Takes the least key away and puts `key` in, at the price of one walk. There must be one at least."""
    sift_down(keys, count, 0, key)


cdef inline void heap_drop(uint64_t *keys, int32_t *count, int32_t place) noexcept nogil:
    """Takes the key at a place of the array away."""
    cdef uint64_t last = keys[count[0] - 1]
    cdef int32_t parent
    count[0] -= 1
    if place == count[0]:
        if place == 0:
            keys[0] = UINT64_MAX
        return
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] <= last:
            break
        keys[place] = keys[parent]
        place = parent
    sift_down(keys, count[0], place, last)


cdef inline void heap_drop_least(uint64_t *keys, int32_t *count) noexcept nogil:
    """Takes the least key away. There must be one at least."""
    cdef int32_t left = count[0] - 1
    count[0] = left
    if left == 0:
        keys[0] = UINT64_MAX
    else:
        heap_replace_least(keys, left, keys[left])
