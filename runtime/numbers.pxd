# numbers: how a result is brought back into the machine's word, as the inline
# functions of generated code do it. Ints are held sign-extended in 64 bits,
# reals widened to double; C's overflow wraps (the build says so).
from libc.math cimport isnan
from libc.stdint cimport INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from .eptrans_rt cimport EP_BOOL, EP_INT, EP_NONE, EP_REAL, EP_STRING, ep_string, ep_value


cdef inline int64_t wrap_int(uint64_t value, bint word64) noexcept nogil:
    """The low word of a result, as a signed int."""
    return <int64_t>value if word64 else <int64_t><int32_t>value


cdef inline double round_real(double value, bint word64) noexcept nogil:
    """A result in the word's precision."""
    return value if word64 else <double><float>value


cdef inline bint int_fits(double value, bint word64) noexcept nogil:
    """Whether a whole real lies in the range of an int of the word."""
    if word64:
        return -9223372036854775808.0 <= value < 9223372036854775808.0
    return -2147483649.0 < value < 2147483648.0


cdef inline int64_t real_to_word_int(double value, bint word64) noexcept nogil:
    """Toward zero; nan gives 0, what is out of range the nearest int."""
    if isnan(value):
        return 0
    if int_fits(value, word64):
        return <int64_t>value
    if value < 0:
        return INT64_MIN if word64 else INT32_MIN
    return INT64_MAX if word64 else INT32_MAX


cdef inline ep_value none_value() noexcept nogil:
    cdef ep_value value
    value.tag = EP_NONE
    value.origin = 0
    value.payload.integer = 0
    return value


cdef inline ep_value int_value(int64_t number) noexcept nogil:
    cdef ep_value value
    value.tag = EP_INT
    value.origin = 0
    value.payload.integer = number
    return value


cdef inline ep_value bool_value(bint truth) noexcept nogil:
    cdef ep_value value
    value.tag = EP_BOOL
    value.origin = 0
    value.payload.integer = truth
    return value


cdef inline ep_value real_value(double number) noexcept nogil:
    cdef ep_value value
    value.tag = EP_REAL
    value.origin = 0
    value.payload.real = number
    return value


cdef inline ep_value string_value(ep_string *string) noexcept nogil:
    cdef ep_value value
    value.tag = EP_STRING
    value.origin = 0
    value.payload.string = string
    return value


cdef inline bint is_whole(ep_value value) noexcept nogil:
    return value.tag == EP_INT or value.tag == EP_BOOL


cdef inline bint is_number(ep_value value) noexcept nogil:
    return value.tag == EP_INT or value.tag == EP_BOOL or value.tag == EP_REAL


cdef inline double real_of(ep_value number, bint word64) noexcept nogil:
    """A number as a real of the word."""
    if number.tag == EP_REAL:
        return number.payload.real
    return round_real(<double>number.payload.integer, word64)
