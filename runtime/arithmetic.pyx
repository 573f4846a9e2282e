# cython: cdivision=True
#
# arithmetic: the operators, by one table for ints and one for reals.
#
# Bools count as ints. An int with a real becomes a real of the word first.
# Where the standards differ (`/`, a zero divisor, negative exponents, strings)
# the function of the operator says so.
from libc.math cimport copysign, fabs, floor, fmod, isinf, isnan, pow
from libc.stdint cimport UINT32_MAX, int64_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy
from .eptrans_rt cimport (
    EP_ABSOLUTE, EP_ADD, EP_ARRAY, EP_BIT_AND, EP_BIT_OR, EP_BIT_XOR, EP_BOOL, EP_DIVIDE, EP_FLOOR_DIVIDE,
    EP_INVERT, EP_MODULO, EP_MULTIPLY, EP_NEGATE, EP_POWER, EP_REAL, EP_SHIFT_LEFT,
    EP_SHIFT_RIGHT, EP_STRING, EP_SUBTRACT, ep_string,
)
from .arrays cimport array_repeat
from .memory cimport reading_string, string_new
from .numbers cimport (
    bool_value, int_value, is_number, is_whole, none_value, real_of, real_value, round_real, string_value,
    wrap_int,
)
from .services cimport costs_of, fault, fault_kind, is_python3, is_word64
from .text cimport text_add_value, text_buffer, text_open, text_to_string

ctypedef ep_value (*int_operator)(ep_core *core, int64_t left, int64_t right) noexcept nogil
ctypedef ep_value (*real_operator)(ep_core *core, double left, double right) noexcept nogil

cdef enum:
    OPERATORS = 12  # of enum ep_binary

cdef int_operator int_operators[OPERATORS]
cdef real_operator real_operators[OPERATORS]  # NULL: on ints only


cdef inline ep_value int_result(ep_core *core, uint64_t number) noexcept nogil:
    return int_value(wrap_int(number, is_word64(core)))


cdef inline ep_value real_result(ep_core *core, double number) noexcept nogil:
    return real_value(round_real(number, is_word64(core)))


cdef ep_value fault_zero(ep_core *core) noexcept nogil:
    fault(core, b"division by zero")
    return none_value()


# ---- ints ----------------------------------------------------------------------------------------

cdef ep_value add_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_result(core, <uint64_t>left + <uint64_t>right)


cdef ep_value subtract_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_result(core, <uint64_t>left - <uint64_t>right)


cdef ep_value multiply_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_result(core, <uint64_t>left * <uint64_t>right)


cdef ep_value divide_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    if not is_python3(core):
        return floor_divide_ints(core, left, right)
    if right == 0:
        return fault_zero(core)
    return real_result(
        core, real_of(int_value(left), is_word64(core)) / real_of(int_value(right), is_word64(core)))


cdef ep_value floor_divide_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    cdef int64_t quotient
    if right == 0:
        return fault_zero(core)
    if right == -1:  # the one quotient that may not fit
        return int_result(core, 0 - <uint64_t>left)
    quotient = left // right  # C's, toward zero
    return int_value(quotient - ((left % right != 0) and ((left < 0) != (right < 0))))


cdef ep_value modulo_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    cdef int64_t rest
    if right == 0:
        return fault_zero(core)
    if right == -1:
        return int_value(0)
    rest = left % right  # C's, with the sign of `left`
    return int_value(rest + right if rest != 0 and (rest < 0) != (right < 0) else rest)


cdef ep_value power_of_ints(ep_core *core, int64_t base, int64_t exponent) noexcept nogil:
    cdef uint64_t result = 1, factor = <uint64_t>base
    if exponent < 0:
        if not is_python3(core):
            fault(core, b"a negative exponent of an int; make the base a real, as in 2.0 or float(x)")
        if base == 0:
            fault(core, b"0.0 cannot be raised to a negative power")
        return real_result(core, pow(<double>base, <double>exponent))
    while exponent:
        if exponent & 1:
            result *= factor
        factor *= factor
        exponent >>= 1
    return int_result(core, result)


cdef ep_value and_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_value(left & right)


cdef ep_value or_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_value(left | right)


cdef ep_value xor_ints(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    return int_value(left ^ right)


cdef void check_shift(ep_core *core, int64_t count) noexcept nogil:
    cdef int last = 63 if is_word64(core) else 31
    cdef char message[96]
    if not 0 <= count <= last:
        snprintf(message, sizeof(message), b"shift count %lld is outside the word (0 to %d)",
                 <long long>count, last)
        fault(core, message)


cdef ep_value shift_left(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    check_shift(core, right)
    return int_result(core, <uint64_t>left << right)


cdef ep_value shift_right(ep_core *core, int64_t left, int64_t right) noexcept nogil:
    check_shift(core, right)
    return int_value(left >> right)


# ---- reals ---------------------------------------------------------------------------------------

cdef ep_value add_reals(ep_core *core, double left, double right) noexcept nogil:
    return real_result(core, left + right)


cdef ep_value subtract_reals(ep_core *core, double left, double right) noexcept nogil:
    return real_result(core, left - right)


cdef ep_value multiply_reals(ep_core *core, double left, double right) noexcept nogil:
    return real_result(core, left * right)


cdef inline bint is_zero_error(ep_core *core, double divisor) noexcept nogil:
    return divisor == 0.0 and is_python3(core)


cdef ep_value divide_reals(ep_core *core, double left, double right) noexcept nogil:
    if is_zero_error(core, right):
        return fault_zero(core)
    return real_result(core, left / right)


cdef ep_value floor_divide_reals(ep_core *core, double left, double right) noexcept nogil:
    """As Python: the quotient that goes with `%`, which the floor of a rounded one is not always."""
    cdef double rest, quotient, whole
    if is_zero_error(core, right):
        return fault_zero(core)
    if right == 0.0:
        return real_value(left / right)
    rest = fmod(left, right)
    quotient = (left - rest) / right
    if rest != 0.0 and (rest < 0.0) != (right < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return real_value(copysign(0.0, left / right))
    whole = floor(quotient)
    if quotient - whole > 0.5:
        whole += 1.0
    return real_result(core, whole)


cdef ep_value modulo_reals(ep_core *core, double left, double right) noexcept nogil:
    """The rest with the sign of the divisor; a rest of 0 has it too."""
    cdef double rest
    if is_zero_error(core, right):
        return fault_zero(core)
    rest = fmod(left, right)
    if rest == 0.0:
        return real_value(copysign(0.0, right))
    if (rest < 0.0) != (right < 0.0):
        rest += right
    return real_result(core, rest)


cdef ep_value power_of_reals(ep_core *core, double base, double exponent) noexcept nogil:
    cdef double result = pow(base, exponent)
    if is_python3(core):
        if base == 0.0 and exponent < 0.0 and not isinf(exponent):
            fault(core, b"0.0 cannot be raised to a negative power")
        if isnan(result) and not isnan(base) and not isnan(exponent):
            fault(core, b"a negative number has no power with a fractional exponent")
    return real_result(core, result)


# ---- strings and arrays --------------------------------------------------------------------------

cdef ep_value concatenate(ep_core *core, ep_value left, ep_value right) noexcept nogil:
    """epython joins a string with the text of anything; Python 3 only with a string."""
    cdef text_buffer text
    cdef ep_string *joined
    if is_python3(core):
        if left.tag != EP_STRING:
            fault_kind(core, left, b"a string")
        if right.tag != EP_STRING:
            fault_kind(core, right, b"a string")
    text_open(&text, core)
    text_add_value(&text, left)
    text_add_value(&text, right)
    joined = text_to_string(&text)
    core.clock += costs_of(core).allocate + joined.bytes * costs_of(core).print_character
    return string_value(joined)


cdef ep_value repeat_string(ep_core *core, const ep_string *string, int64_t times) noexcept nogil:
    cdef int64_t count = times if times > 0 else 0, bytes = string.bytes, i
    cdef ep_string *result
    if bytes == 0:
        count = 0
    elif count > <int64_t>UINT32_MAX // bytes:
        count = <int64_t>UINT32_MAX // bytes + 1  # more than a string can have: string_new faults
    result = string_new(core, NULL, count * bytes, count * string.characters)
    for i in range(count):
        memcpy(&result.text[0] + i * bytes, &string.text[0], <size_t>bytes)
    core.clock += costs_of(core).allocate + result.bytes * costs_of(core).print_character
    core.clock += count * reading_string(core, string, bytes)
    return string_value(result)


cdef ep_value repeat(ep_core *core, ep_value value, int64_t times) noexcept nogil:
    cdef ep_value result
    if value.tag == EP_STRING:
        return repeat_string(core, value.payload.string, times)
    result.tag = EP_ARRAY
    result.origin = 0
    result.payload.array = array_repeat(core, value.payload.array, times)
    return result


cdef inline bint can_repeat(ep_value value) noexcept nogil:
    return value.tag == EP_STRING or value.tag == EP_ARRAY


# ---- entries -------------------------------------------------------------------------------------

cdef ep_value other_binary(ep_core *core, int32_t operation, ep_value left, ep_value right) noexcept nogil:
    """What is not arithmetic on two numbers."""
    if operation == EP_ADD and (left.tag == EP_STRING or right.tag == EP_STRING):
        return concatenate(core, left, right)
    if operation == EP_MULTIPLY and can_repeat(left) and is_whole(right):
        return repeat(core, left, right.payload.integer)
    if operation == EP_MULTIPLY and can_repeat(right) and is_whole(left):
        return repeat(core, right, left.payload.integer)
    fault_kind(core, right if is_number(left) else left, b"a number")
    return none_value()


cdef ep_value binary(ep_core *core, int32_t operation, ep_value left, ep_value right) noexcept nogil:
    cdef bint word64 = is_word64(core)
    core.clock += costs_of(core).dynamic_operation
    if is_whole(left) and is_whole(right):
        if left.tag == EP_BOOL and right.tag == EP_BOOL and EP_BIT_AND <= operation <= EP_BIT_XOR:
            return bool_value(int_operators[operation](
                core, left.payload.integer, right.payload.integer).payload.integer != 0)
        return int_operators[operation](core, left.payload.integer, right.payload.integer)
    if not is_number(left) or not is_number(right):
        return other_binary(core, operation, left, right)
    if real_operators[operation] == NULL:
        fault_kind(core, left if left.tag == EP_REAL else right, b"an int")
    return real_operators[operation](core, real_of(left, word64), real_of(right, word64))


cdef ep_value unary(ep_core *core, int32_t operation, ep_value operand) noexcept nogil:
    cdef int64_t number
    core.clock += costs_of(core).dynamic_operation
    if operand.tag == EP_REAL:
        if operation == EP_NEGATE:
            return real_value(-operand.payload.real)
        if operation == EP_ABSOLUTE:
            return real_value(fabs(operand.payload.real))
        if operation == EP_INVERT:
            fault_kind(core, operand, b"an int")
        return operand
    if not is_whole(operand):
        fault_kind(core, operand, b"an int" if operation == EP_INVERT else b"a number")
    number = operand.payload.integer
    if operation == EP_INVERT:
        return int_value(~number)
    if operation == EP_NEGATE or (operation == EP_ABSOLUTE and number < 0):
        return int_result(core, 0 - <uint64_t>number)
    return int_value(number)


cdef void fill_operators():
    int_operators[<int>EP_ADD] = add_ints
    int_operators[<int>EP_SUBTRACT] = subtract_ints
    int_operators[<int>EP_MULTIPLY] = multiply_ints
    int_operators[<int>EP_DIVIDE] = divide_ints
    int_operators[<int>EP_FLOOR_DIVIDE] = floor_divide_ints
    int_operators[<int>EP_MODULO] = modulo_ints
    int_operators[<int>EP_POWER] = power_of_ints
    int_operators[<int>EP_BIT_AND] = and_ints
    int_operators[<int>EP_BIT_OR] = or_ints
    int_operators[<int>EP_BIT_XOR] = xor_ints
    int_operators[<int>EP_SHIFT_LEFT] = shift_left
    int_operators[<int>EP_SHIFT_RIGHT] = shift_right
    real_operators[<int>EP_ADD] = add_reals
    real_operators[<int>EP_SUBTRACT] = subtract_reals
    real_operators[<int>EP_MULTIPLY] = multiply_reals
    real_operators[<int>EP_DIVIDE] = divide_reals
    real_operators[<int>EP_FLOOR_DIVIDE] = floor_divide_reals
    real_operators[<int>EP_MODULO] = modulo_reals
    real_operators[<int>EP_POWER] = power_of_reals


fill_operators()
