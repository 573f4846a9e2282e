# text: values as `print` writes them.
#
# epython: reals as C's %f, true, false and NONE. python3: as Python prints
# them, reals by their shortest digits in the precision of the word.
from libc.math cimport isinf, isnan, signbit
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, strlen
from .eptrans_rt cimport EP_ARRAY, EP_BOOL, EP_FUNCTION, EP_INT, EP_REAL, EP_SHARED, EP_STRING
from .arrays cimport array_element
from .decimal cimport MOST_SHORTEST, MOST_WHOLE_DIGITS, write_digits, write_fixed, write_shortest
from .memory cimport check_live, memory_of, reading_value, string_new
from .services cimport ep_machine_of, fault, is_python3, is_word64

cdef enum:
    PRINTED_PRECISION = 6  # digits after the point in epython


cdef void text_open(text_buffer *text, ep_core *core) noexcept nogil:
    text.core = core
    text.data = &text.start[0]
    text.length = 0
    text.capacity = TEXT_START


cdef void text_close(text_buffer *text) noexcept nogil:
    if text.data != &text.start[0]:
        memory_of(text.core).scratch = NULL
        free(text.data)
        text.data = &text.start[0]


cdef char *text_room(text_buffer *text, int64_t bytes) noexcept nogil:
    cdef int64_t capacity = text.capacity
    cdef char *larger
    if text.length + bytes > capacity:
        capacity = 2 * capacity + bytes
        larger = <char *>malloc(<size_t>capacity)
        if larger == NULL:
            fault(text.core, b"the computer that runs the emulation has no memory left")
        memcpy(larger, text.data, <size_t>text.length)
        text_close(text)
        text.data = larger
        text.capacity = capacity
        memory_of(text.core).scratch = larger
    return text.data + text.length


cdef void text_add(text_buffer *text, const char *bytes, int64_t count) noexcept nogil:
    memcpy(text_room(text, count), bytes, <size_t>count)
    text.length += count


cdef inline void add_literal(text_buffer *text, const char *bytes) noexcept nogil:
    text_add(text, bytes, <int64_t>strlen(bytes))


cdef void text_add_int(text_buffer *text, int64_t number) noexcept nogil:
    cdef char *room = text_room(text, 21)
    if number < 0:
        room[0] = c'-'
        text.length += 1 + write_digits(0 - <unsigned long long>number, room + 1)
    else:
        text.length += write_digits(<unsigned long long>number, room)


cdef void text_add_real(text_buffer *text, double number) noexcept nogil:
    cdef char *room
    if isnan(number):
        text_add(text, b"nan", 3)
        return
    if signbit(number):
        text_add(text, b"-", 1)
        number = -number
    if isinf(number):
        text_add(text, b"inf", 3)
    elif is_python3(text.core):
        room = text_room(text, MOST_SHORTEST)
        text.length += write_shortest(number, not is_word64(text.core), False, room)
    else:
        room = text_room(text, MOST_WHOLE_DIGITS + 2 + PRINTED_PRECISION)
        text.length += write_fixed(number, PRINTED_PRECISION, room)


cdef void add_function(text_buffer *text, int64_t index) noexcept nogil:
    cdef const char *name = b"?"
    if 0 <= index < ep_machine_of(text.core).program.function_count:
        name = ep_machine_of(text.core).program.functions[index].name
    add_literal(text, b"<function ")
    add_literal(text, name)
    add_literal(text, b">")


cdef int64_t add_elements(text_buffer *text, const ep_array *array, int32_t dimension,
                          int64_t index) noexcept nogil:
    """The elements from `index` on, as one bracket of this dimension; the index of the first one after."""
    cdef int64_t i
    add_literal(text, b"[")
    for i in range(array.shape[dimension]):
        if i:
            add_literal(text, b", ")
        if dimension + 1 < array.dimensions:
            index = add_elements(text, array, dimension + 1, index)
        else:
            text_add_value(text, array_element(text.core, array, index))
            index += 1
    add_literal(text, b"]")
    return index


cdef void text_add_value(text_buffer *text, ep_value value) noexcept nogil:
    cdef bint python3 = is_python3(text.core)
    cdef ep_string *string
    if value.tag == EP_INT:
        text_add_int(text, value.payload.integer)
    elif value.tag == EP_STRING:
        string = value.payload.string
        if string.flags & EP_SHARED:
            text.core.clock += reading_value(text.core, value)
        text_add(text, &string.text[0], string.bytes)
    elif value.tag == EP_REAL:
        text_add_real(text, value.payload.real)
    elif value.tag == EP_BOOL and python3:
        add_literal(text, b"True" if value.payload.integer else b"False")
    elif value.tag == EP_BOOL:
        add_literal(text, b"true" if value.payload.integer else b"false")
    elif value.tag == EP_ARRAY:
        check_live(text.core, value.payload.array)
        text.core.clock += reading_value(text.core, value)
        add_elements(text, value.payload.array, 0, 0)
    elif value.tag == EP_FUNCTION:
        add_function(text, value.payload.integer)
    else:
        add_literal(text, b"None" if python3 else b"NONE")


cdef int64_t count_characters(const char *bytes, int64_t count) noexcept nogil:
    cdef int64_t characters = 0, i
    for i in range(count):
        characters += (bytes[i] & 0xC0) != 0x80
    return characters


cdef ep_string *text_to_string(text_buffer *text) noexcept nogil:
    cdef ep_string *string = string_new(
        text.core, text.data, text.length, count_characters(text.data, text.length))
    text_close(text)
    return string
