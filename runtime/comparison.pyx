# comparison: order, equality, identity and truth of values of any kind.
#
# Values of different kinds are never equal; asking for their order is a fault.
# epython compares an int with a real as reals of the word, python3 exactly.
from libc.math cimport isnan
from libc.stdint cimport int64_t
from libc.string cimport memcmp
from .eptrans_rt cimport (
    EP_ARRAY, EP_BOOL, EP_EQUAL, EP_FUNCTION, EP_GREATER, EP_INT, EP_LESS, EP_LESS_EQUAL,
    EP_NONE, EP_NOT_EQUAL, EP_REAL, EP_STRING, ep_string,
)
from .arrays cimport arrays_equal
from .memory cimport check_live, reading_string
from .numbers cimport int_fits, is_number, is_whole, real_of
from .services cimport costs_of, fault_kind, is_python3, is_word64

cdef enum ordering:
    BELOW = -1
    SAME = 0
    ABOVE = 1
    UNORDERED = 2  # nan is neither below nor above nor equal to anything


cdef ordering order_reals(double left, double right) noexcept nogil:
    if left < right:
        return BELOW
    if left > right:
        return ABOVE
    return SAME if left == right else UNORDERED


cdef ordering order_ints(int64_t left, int64_t right) noexcept nogil:
    if left < right:
        return BELOW
    return ABOVE if left > right else SAME


cdef ordering order_exactly(int64_t left, double right) noexcept nogil:
    """An int and a real, without rounding the int."""
    cdef ordering whole
    if isnan(right):
        return UNORDERED
    if not int_fits(right, True):
        return BELOW if right > 0 else ABOVE
    whole = order_ints(left, <int64_t>right)
    if whole != SAME:
        return whole
    return order_reals(<double><int64_t>right, right)


cdef ordering order_numbers(ep_core *core, ep_value left, ep_value right) noexcept nogil:
    cdef bint word64 = is_word64(core)
    cdef ordering reverse
    if is_whole(left) and is_whole(right):
        return order_ints(left.payload.integer, right.payload.integer)
    if is_python3(core) and left.tag != EP_REAL:
        return order_exactly(left.payload.integer, right.payload.real)
    if is_python3(core) and right.tag != EP_REAL:
        reverse = order_exactly(right.payload.integer, left.payload.real)
        return reverse if reverse == UNORDERED else <ordering>(-<int>reverse)
    return order_reals(real_of(left, word64), real_of(right, word64))


cdef ordering order_strings(ep_core *core, const ep_string *left, const ep_string *right) noexcept nogil:
    """By code points, which is the order of the bytes of UTF-8. Both are read as far as the shorter one goes."""
    cdef int64_t common = min(left.bytes, right.bytes)
    cdef int first = memcmp(&left.text[0], &right.text[0], <size_t>common)
    core.clock += reading_string(core, left, common) + reading_string(core, right, common)
    if first == 0:
        return order_ints(left.bytes, right.bytes)
    return BELOW if first < 0 else ABOVE


cdef bint equal(ep_core *core, ep_value left, ep_value right) noexcept nogil:
    if is_number(left) and is_number(right):
        return order_numbers(core, left, right) == SAME
    if left.tag != right.tag:
        return False
    if left.tag == EP_STRING:
        return order_strings(core, left.payload.string, right.payload.string) == SAME
    if left.tag == EP_ARRAY:
        if is_python3(core) and left.payload.array != right.payload.array:
            return arrays_equal(core, left.payload.array, right.payload.array)
        return left.payload.array == right.payload.array
    if left.tag == EP_FUNCTION:
        return left.payload.integer == right.payload.integer
    return True  # none


cdef int32_t compare(ep_core *core, int32_t operation, ep_value left, ep_value right) noexcept nogil:
    cdef ordering found
    core.clock += costs_of(core).dynamic_operation
    if operation == EP_EQUAL:
        return equal(core, left, right)
    if operation == EP_NOT_EQUAL:
        return not equal(core, left, right)
    if is_number(left):
        if not is_number(right):
            fault_kind(core, right, b"a number")
        found = order_numbers(core, left, right)
    elif left.tag == EP_STRING:
        if right.tag != EP_STRING:
            fault_kind(core, right, b"a string")
        found = order_strings(core, left.payload.string, right.payload.string)
    else:
        fault_kind(core, left, b"a number or a string")
        return 0
    if operation == EP_LESS:
        return found == BELOW
    if operation == EP_LESS_EQUAL:
        return found == BELOW or found == SAME
    if operation == EP_GREATER:
        return found == ABOVE
    return found == ABOVE or found == SAME


cdef int32_t identical(ep_core *core, ep_value left, ep_value right) noexcept nogil:
    """`is`: the same kind and the same payload; strings by their text, for nobody can tell copies apart."""
    if left.tag != right.tag:
        return False
    if left.tag == EP_NONE:
        return True
    if left.tag == EP_STRING:
        return order_strings(core, left.payload.string, right.payload.string) == SAME
    if left.tag == EP_REAL:
        return left.payload.real == right.payload.real or (
            isnan(left.payload.real) and isnan(right.payload.real))
    return left.payload.integer == right.payload.integer


cdef int32_t truth(ep_core *core, ep_value value) noexcept nogil:
    """Python's: 0, 0.0, none and what is empty are false."""
    if value.tag == EP_INT or value.tag == EP_BOOL:
        return value.payload.integer != 0
    if value.tag == EP_REAL:
        return value.payload.real != 0.0
    if value.tag == EP_STRING:
        return value.payload.string.bytes != 0
    if value.tag == EP_ARRAY:
        check_live(core, value.payload.array)
        return value.payload.array.length != 0
    return value.tag == EP_FUNCTION
