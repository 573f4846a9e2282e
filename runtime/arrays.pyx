# arrays: operations on whole arrays.
#
# Slots are one word whatever the kind, so that copies do not look at kinds and
# an array can change from ints to reals in place. Prices are by the word copied,
# dearer where the array lies in shared memory.
from libc.stdint cimport int64_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy
from .eptrans_rt cimport (
    EP_ARRAY, EP_BOOL, EP_FREED, EP_FUNCTION, EP_INT, EP_LIST, EP_REAL, EP_STRING,
)
from .memory cimport (
    array_give_back, array_new, array_resize, array_shrink_header, block_free, block_new, check_live,
    memory_of,
)
from .numbers cimport real_to_word_int
from .services cimport check_owner, costs_of, fault, fault_kind, is_word64, word_bytes

cdef enum:
    SORTED_RUN = 16  # elements sorted by insertion before runs are merged


cdef inline int64_t copy_price(ep_core *core, const ep_array *source, const ep_array *target) noexcept nogil:
    """Ticks to copy one element."""
    return costs_of(core).copy_word + source.read_price + target.write_price


# ---- elements ------------------------------------------------------------------------------------

cdef ep_value array_element(ep_core *core, const ep_array *array, int64_t index) noexcept nogil:
    cdef ep_value value
    value.tag = array.kind
    value.origin = 0
    if array.kind == EP_REAL:
        value.payload.real = (<double *>array.data)[index] if is_word64(core) else (
            (<float *>array.data)[index])
    else:
        value.payload.integer = (<int64_t *>array.data)[index] if is_word64(core) else (
            (<int32_t *>array.data)[index])
    return value


cdef bint arrays_equal(ep_core *core, const ep_array *left, const ep_array *right) noexcept nogil:
    """Same shape, and elements that are equal as numbers (a function only equals itself)."""
    cdef int64_t i
    cdef ep_value a, b
    check_live(core, left)
    check_live(core, right)
    if left.dimensions != right.dimensions:
        return False
    for i in range(left.dimensions):
        if left.shape[i] != right.shape[i]:
            return False
    if left.length and (left.kind == EP_FUNCTION) != (right.kind == EP_FUNCTION):
        return False
    core.clock += left.length * (costs_of(core).copy_word + left.read_price + right.read_price)
    for i in range(left.length):
        a = array_element(core, left, i)
        b = array_element(core, right, i)
        if a.tag == EP_REAL or b.tag == EP_REAL:
            if (a.payload.real if a.tag == EP_REAL else <double>a.payload.integer) != (
                    b.payload.real if b.tag == EP_REAL else <double>b.payload.integer):
                return False
        elif a.payload.integer != b.payload.integer:
            return False
    return True


# ---- kinds ---------------------------------------------------------------------------------------

cdef void ints_to_reals(ep_core *core, ep_array *array) noexcept nogil:
    cdef int64_t i
    cdef int64_t *long_ints = <int64_t *>array.data
    cdef double *doubles = <double *>array.data
    cdef int32_t *ints = <int32_t *>array.data
    cdef float *floats = <float *>array.data
    if is_word64(core):
        for i in range(array.length):
            doubles[i] = <double>long_ints[i]
    else:
        for i in range(array.length):
            floats[i] = <float>ints[i]


cdef void reals_to_ints(ep_core *core, ep_array *array) noexcept nogil:
    cdef int64_t i
    cdef int64_t *long_ints = <int64_t *>array.data
    cdef double *doubles = <double *>array.data
    cdef int32_t *ints = <int32_t *>array.data
    cdef float *floats = <float *>array.data
    if is_word64(core):
        for i in range(array.length):
            long_ints[i] = real_to_word_int(doubles[i], True)
    else:
        for i in range(array.length):
            ints[i] = <int32_t>real_to_word_int(floats[i], False)


cdef void convert_array(ep_core *core, ep_array *array, int32_t kind) noexcept nogil:
    """Makes the elements of another kind, in place, seen through every alias."""
    cdef ep_value value
    if array.kind == kind:
        return
    check_live(core, array)
    if array.length and (kind == EP_FUNCTION or array.kind == EP_FUNCTION):
        value.tag = EP_ARRAY
        value.origin = 0
        value.payload.array = array
        fault_kind(core, value, b"an array of functions" if kind == EP_FUNCTION else b"an array of numbers")
    core.clock += array.length * copy_price(core, array, array)
    if kind == EP_REAL:
        ints_to_reals(core, array)
    elif array.kind == EP_REAL:
        reals_to_ints(core, array)
    array.kind = <unsigned char>kind


# ---- copies --------------------------------------------------------------------------------------

cdef ep_array *copy_array(ep_core *core, const ep_array *array) noexcept nogil:
    cdef ep_array *copy
    check_live(core, array)
    copy = array_new(core, array.kind, array.dimensions, &array.shape[0], array.flags & EP_LIST, False)
    memcpy(copy.data, array.data, <size_t>(array.length * word_bytes(core)))
    core.clock += costs_of(core).allocate + array.length * copy_price(core, array, copy)
    return copy


cdef ep_array *slice_array(ep_core *core, const ep_array *array, int64_t start, int64_t stop,
                           int64_t step) noexcept nogil:
    """The elements start, start + step, ... before stop, as a new array of the same kind.

    The bounds are as Python's slice.indices gives them: in range, negative ones resolved.
    """
    cdef int64_t count = 0, i
    cdef ep_array *slice
    cdef int64_t *long_from = <int64_t *>array.data
    cdef int32_t *from_ = <int32_t *>array.data
    check_live(core, array)
    if array.dimensions != 1:
        fault(core, b"an array of several dimensions cannot be sliced; flatten it first")
    if step == 0:
        fault(core, b"the step of a slice cannot be 0")
    if step > 0 and start < stop:
        count = (stop - start - 1) // step + 1
    elif step < 0 and start > stop:
        count = (start - stop - 1) // (-step) + 1
    slice = array_new(core, array.kind, 1, &count, array.flags & EP_LIST, False)
    if is_word64(core):
        for i in range(count):
            (<int64_t *>slice.data)[i] = long_from[start + i * step]
    else:
        for i in range(count):
            (<int32_t *>slice.data)[i] = from_[start + i * step]
    core.clock += costs_of(core).allocate + count * copy_price(core, array, slice)
    return slice


cdef ep_array *array_repeat(ep_core *core, const ep_array *array, int64_t times) noexcept nogil:
    """A list with the elements so many times over."""
    cdef int64_t count, i
    cdef int64_t bytes = array.length * word_bytes(core)
    cdef int64_t sizes[2]
    cdef ep_array *list_
    check_live(core, array)
    if array.dimensions != 1:
        fault(core, b"an array of several dimensions cannot be repeated")
    count = times if times > 0 else 0
    sizes[0] = count if array.length else 0
    sizes[1] = array.length
    # a product of sizes that cannot overflow: array_new faults where it is too large
    list_ = array_new(core, array.kind, 2, sizes, EP_LIST, False)
    array_shrink_header(core, list_, 1)
    list_.dimensions = 1
    list_.shape[0] = list_.length
    if bytes:
        for i in range(count):
            memcpy(<char *>list_.data + i * bytes, array.data, <size_t>bytes)
    core.clock += costs_of(core).allocate + list_.length * copy_price(core, array, list_)
    return list_


cdef void array_copy(ep_core *core, ep_array *target, const ep_array *source) noexcept nogil:
    """arraycopy(target, source): all elements; the target becomes real where the source is."""
    cdef char message[128]
    check_live(core, target)
    check_live(core, source)
    if target.length != source.length:
        snprintf(message, sizeof(message), b"arraycopy: the target has %lld elements and the source %lld",
                 <long long>target.length, <long long>source.length)
        fault(core, message)
    if target == source:
        return
    core.clock += source.length * copy_price(core, source, target)
    if target.kind != source.kind and (target.kind == EP_FUNCTION or source.kind == EP_FUNCTION):
        convert_array(core, target, source.kind)  # faults, unless both are empty
    if target.kind == EP_REAL and source.kind != EP_REAL:
        memcpy(target.data, source.data, <size_t>(source.length * word_bytes(core)))
        ints_to_reals(core, target)
        return
    if source.kind == EP_REAL or target.kind == EP_BOOL:
        target.kind = source.kind
    memcpy(target.data, source.data, <size_t>(source.length * word_bytes(core)))


# ---- shape, growth, the end ----------------------------------------------------------------------

cdef void grow_list(ep_core *core, ep_array *array, int64_t length) noexcept nogil:
    """A list written past its end gets longer; new elements are 0."""
    cdef int64_t old = array.length
    check_live(core, array)
    check_owner(core, array)
    if length <= old:
        return
    array_resize(core, array, length)
    core.clock += costs_of(core).allocate + (length - old) * (
        costs_of(core).copy_word + array.write_price)


cdef void flatten(ep_core *core, ep_array *array) noexcept nogil:
    """One dimension from now on; the further ones' words of the header come back."""
    check_live(core, array)
    check_owner(core, array)
    if array.dimensions > 1:
        array_shrink_header(core, array, array.dimensions - 1)
        array.dimensions = 1
    array.shape[0] = array.length


cdef ep_array *shape(ep_core *core, const ep_array *array) noexcept nogil:
    """The sizes of the dimensions, as an array of ints."""
    cdef int64_t count = array.dimensions, i
    cdef ep_array *sizes
    check_live(core, array)
    sizes = array_new(core, EP_INT, 1, &count, 0, False)
    for i in range(count):
        if is_word64(core):
            (<int64_t *>sizes.data)[i] = array.shape[i]
        else:
            (<int32_t *>sizes.data)[i] = <int32_t>array.shape[i]
    core.clock += costs_of(core).allocate + count * (costs_of(core).copy_word + sizes.write_price)
    return sizes


cdef void free_value(ep_core *core, ep_value value) noexcept nogil:
    """free(x), freearray(x): every later use of the array is an error."""
    if value.tag == EP_STRING:
        return  # strings cannot change: nothing can tell whether one was given back early
    if value.tag != EP_ARRAY:
        fault_kind(core, value, b"an array")
    if value.payload.array.flags & EP_FREED:
        fault(core, b"the array was freed already")
    check_owner(core, value.payload.array)
    array_give_back(core, value.payload.array)
    core.clock += costs_of(core).release


cdef void collect(ep_core *core) noexcept nogil:
    core.clock += costs_of(core).collect


# ---- sorting -------------------------------------------------------------------------------------
# oddSort names the odd-even transposition sort, and that is what it costs: n passes over pairs of
# neighbours. The result of any stable sort is the same, so the host merges. nan comes last.

ctypedef fused slot:
    int32_t
    int64_t
    float
    double


cdef inline bint comes_after(slot a, slot b) noexcept nogil:
    if slot is float or slot is double:
        return a > b or (a != a and b == b)
    else:
        return a > b


cdef void sort_run(slot *data, int64_t start, int64_t stop) noexcept nogil:
    cdef int64_t i, place
    cdef slot element
    for i in range(start + 1, stop):
        element = data[i]
        place = i
        while place > start and comes_after(data[place - 1], element):
            data[place] = data[place - 1]
            place -= 1
        data[place] = element


cdef void merge(const slot *data, slot *result, int64_t start, int64_t middle, int64_t stop) noexcept nogil:
    cdef int64_t left = start, right = middle, i
    for i in range(start, stop):
        if left < middle and (right >= stop or not comes_after(data[left], data[right])):
            result[i] = data[left]
            left += 1
        else:
            result[i] = data[right]
            right += 1


cdef void sort_slots(slot *data, slot *other, int64_t length) noexcept nogil:
    cdef int64_t start, middle, stop, width = SORTED_RUN
    cdef slot *source = data
    cdef slot *target = other
    cdef slot *kept
    start = 0
    while start < length:
        sort_run(data, start, min(start + SORTED_RUN, length))
        start += SORTED_RUN
    while width < length:
        start = 0
        while start < length:
            middle = min(start + width, length)
            stop = min(middle + width, length)
            merge(source, target, start, middle, stop)
            start = stop
        kept = source
        source = target
        target = kept
        width *= 2
    if source != data:
        memcpy(data, source, <size_t>(length * <int64_t>sizeof(slot)))


cdef void odd_sort(ep_core *core, ep_array *array, int64_t length) noexcept nogil:
    """Sorts the first elements of the array in ascending order, in place."""
    cdef char message[128]
    cdef void *other
    check_live(core, array)
    if length < 0 or length > array.length:
        snprintf(message, sizeof(message), b"oddSort: %lld elements of an array of size %lld",
                 <long long>length, <long long>array.length)
        fault(core, message)
    if array.kind == EP_FUNCTION:
        fault(core, b"oddSort: an array of functions has no order")
    core.clock += length * ((length + 1) // 2) * (
        costs_of(core).sort_step + 2 * (array.read_price + array.write_price))
    if length < 2:
        return
    other = block_new(memory_of(core), length * word_bytes(core), False)
    if other == NULL:
        fault(core, b"oddSort: the computer that runs the emulation has no memory left")
    if is_word64(core):
        if array.kind == EP_REAL:
            sort_slots[double](<double *>array.data, <double *>other, length)
        else:
            sort_slots[int64_t](<int64_t *>array.data, <int64_t *>other, length)
    elif array.kind == EP_REAL:
        sort_slots[float](<float *>array.data, <float *>other, length)
    else:
        sort_slots[int32_t](<int32_t *>array.data, <int32_t *>other, length)
    block_free(memory_of(core), other)


cdef void arrays_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.grow_list = grow_list
    runtime.convert_array = convert_array
    runtime.copy_array = copy_array
    runtime.slice_array = slice_array
    runtime.array_copy = array_copy
    runtime.flatten = flatten
    runtime.shape = shape
    runtime.free = free_value
    runtime.collect = collect
    runtime.odd_sort = odd_sort
