# decimal: the digits of reals.
#
# Three ways, each exact: a double whose digits after the point are few is split
# with 128-bit integers (what `print` needs most); any double is expanded to all
# its digits in base 10^9 and rounded, ties to even, as C's printf; the shortest
# digits come from R. Giulietti's "The Schubfach way to render doubles", with
# its table of powers of ten computed when the module is loaded.
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memmove

cdef extern from *:
    """
    typedef unsigned __int128 ep_uint128;
    #define ep_multiply_high(a, b) ((uint64_t)((ep_uint128)(a) * (b) >> 64))
    """
    ctypedef unsigned long long ep_uint128
    uint64_t ep_multiply_high(uint64_t a, uint64_t b) noexcept nogil

cdef enum:
    LIMBS = 96                     # of 9 decimal digits: enough for 5^1074 times 2^53
    LIMB = 1000000000
    FIRST_POWER = -292
    POWERS = 617                   # 10^-292 to 10^324
    MOST_FAST_PRECISION = 18       # 10^18 < 2^60

# A number 0.d1d2d3... times 10^point. No digits at all: 0.
cdef struct digit_string:
    int64_t count
    int64_t point
    char digits[MOST_DIGITS]

cdef uint64_t power_high[POWERS]
cdef uint64_t power_low[POWERS]
cdef uint64_t ten_to[20]


cdef void fill_powers():
    """Each power of ten scaled to 128 bits, rounded up."""
    cdef int i
    cdef object power, exponent, shift, numerator, denominator, scaled
    for i in range(POWERS):
        exponent = FIRST_POWER + i
        shift = 127 - ((exponent * 1741647) >> 19)
        numerator = 10 ** max(exponent, 0) << max(shift, 0)
        denominator = 10 ** max(-exponent, 0) << max(-shift, 0)
        scaled = -(-numerator // denominator)
        power_high[i] = scaled >> 64
        power_low[i] = scaled & 0xFFFFFFFFFFFFFFFF
    power = 1
    for i in range(20):
        ten_to[i] = power
        power *= 10


fill_powers()


# ---- ints ----------------------------------------------------------------------------------------

cdef int64_t write_digits(unsigned long long number, char *out) noexcept nogil:
    cdef char reversed_[20]
    cdef int count = 0, i
    while True:
        reversed_[count] = <char>(c'0' + number % 10)
        count += 1
        number //= 10
        if number == 0:
            break
    for i in range(count):
        out[i] = reversed_[count - 1 - i]
    return count


# ---- the exact expansion -------------------------------------------------------------------------

cdef inline void split_double(double magnitude, uint64_t *significand, int *exponent) noexcept nogil:
    """magnitude = significand * 2^exponent."""
    cdef uint64_t bits
    memcpy(&bits, &magnitude, 8)
    significand[0] = bits & ((<uint64_t>1 << 52) - 1)
    exponent[0] = <int>(bits >> 52) - 1075
    if exponent[0] == -1075:
        exponent[0] = -1074
    else:
        significand[0] |= <uint64_t>1 << 52


cdef int multiply_limbs(uint32_t *limbs, int count, uint64_t factor) noexcept nogil:
    cdef uint64_t carry = 0
    cdef int i
    for i in range(count):
        carry += limbs[i] * factor
        limbs[i] = <uint32_t>(carry % LIMB)
        carry //= LIMB
    while carry:
        limbs[count] = <uint32_t>(carry % LIMB)
        carry //= LIMB
        count += 1
    return count


cdef void limbs_to_digits(const uint32_t *limbs, int count, digit_string *result) noexcept nogil:
    cdef char *out = &result.digits[0]
    cdef uint32_t rest
    cdef int64_t length = write_digits(limbs[count - 1], out)
    cdef int i, j
    for i in range(count - 2, -1, -1):
        rest = limbs[i]
        for j in range(8, -1, -1):
            out[length + j] = <char>(c'0' + rest % 10)
            rest //= 10
        length += 9
    result.count = length


cdef void exact_digits(double magnitude, digit_string *result) noexcept nogil:
    """All the digits that a finite double has."""
    cdef uint32_t limbs[LIMBS]
    cdef uint64_t significand
    cdef int exponent, count = 0, left
    result.count = 0
    result.point = 0
    if magnitude == 0.0:
        return
    split_double(magnitude, &significand, &exponent)
    while exponent < 0 and not significand & 1:
        significand >>= 1
        exponent += 1
    while significand:
        limbs[count] = <uint32_t>(significand % LIMB)
        significand //= LIMB
        count += 1
    left = exponent
    while left > 0:  # times 2^exponent
        count = multiply_limbs(limbs, count, <uint64_t>1 << min(left, 29))
        left -= 29
    left = -exponent
    while left > 0:  # over 2^-exponent, which is times 5^-exponent over 10^-exponent
        count = multiply_limbs(limbs, count, 1220703125 if left >= 13 else five_to(left))
        left -= 13
    limbs_to_digits(limbs, count, result)
    result.point = result.count + min(exponent, 0)


cdef uint64_t five_to(int exponent) noexcept nogil:
    cdef uint64_t power = 1
    cdef int i
    for i in range(exponent):
        power *= 5
    return power


cdef void round_digits(digit_string *number, int64_t keep) noexcept nogil:
    """Rounds to so many digits (`keep` may be below 0), ties to even."""
    cdef bint up
    cdef int64_t i
    if keep >= number.count:
        return
    if keep < 0:
        number.count = 0
        return
    up = number.digits[keep] > c'5'
    if number.digits[keep] == c'5':
        up = keep > 0 and (number.digits[keep - 1] & 1)
        for i in range(keep + 1, number.count):
            if number.digits[i] != c'0':
                up = True
                break
    number.count = keep
    if not up:
        return
    i = keep - 1
    while i >= 0 and number.digits[i] == c'9':
        number.digits[i] = c'0'
        i -= 1
    if i >= 0:
        number.digits[i] += 1
        return
    memmove(&number.digits[1], &number.digits[0], <size_t>keep)  # 99.9 became 100
    number.digits[0] = c'1'
    number.count = keep + 1
    number.point += 1


# ---- layouts -------------------------------------------------------------------------------------

cdef int64_t lay_fixed(const digit_string *number, int64_t precision, char *out) noexcept nogil:
    """The digits with `precision` of them after the point, filled up with zeros; no point for 0."""
    cdef int64_t length = 0, i, place, first
    if number.count == 0 or number.point <= 0:
        out[0] = c'0'
        length = 1
    else:
        for i in range(number.point):
            out[i] = number.digits[i] if i < number.count else c'0'
        length = number.point
    if precision == 0:
        return length
    out[length] = c'.'
    length += 1
    first = number.point if number.count else 0
    for i in range(precision):
        place = first + i
        out[length + i] = number.digits[place] if 0 <= place < number.count else c'0'
    return length + precision


cdef int64_t lay_exponent(const digit_string *number, int64_t precision, bint alternate,
                          char *out) noexcept nogil:
    """d.ddde+XX with `precision` digits after the point."""
    cdef int64_t exponent = number.point - 1 if number.count else 0
    cdef int64_t length = 1, i
    out[0] = number.digits[0] if number.count else c'0'
    if precision or alternate:
        out[1] = c'.'
        length = 2
    for i in range(1, precision + 1):
        out[length] = number.digits[i] if i < number.count else c'0'
        length += 1
    out[length] = c'e'
    out[length + 1] = c'+'
    if exponent < 0:
        out[length + 1] = c'-'
        exponent = -exponent
    length += 2
    if exponent < 10:
        out[length] = c'0'
        length += 1
    return length + write_digits(<unsigned long long>exponent, out + length)


# ---- by precision --------------------------------------------------------------------------------

cdef int64_t write_fixed_fast(double magnitude, int64_t precision, char *out) noexcept nogil:
    """For magnitudes below 2^63 and up to MOST_FAST_PRECISION digits after the point."""
    cdef uint64_t significand, whole, fraction = 0
    cdef int exponent, shift
    cdef ep_uint128 scaled, rest, half
    cdef int64_t length, i
    split_double(magnitude, &significand, &exponent)
    if exponent >= 0:
        whole = significand << exponent
    else:
        shift = -exponent
        whole = significand >> shift if shift < 64 else 0
        if shift < 64:
            significand &= (<uint64_t>1 << shift) - 1
        if shift < 120:  # below 2^-67 nothing of the fraction is left
            scaled = <ep_uint128>significand * <ep_uint128>ten_to[precision]
            half = <ep_uint128>1 << (shift - 1)
            fraction = <uint64_t>(scaled >> shift)
            rest = scaled & ((half << 1) - <ep_uint128>1)
            if rest > half or (rest == half and (fraction if precision else whole) & 1):
                fraction += 1
            if fraction >= ten_to[precision]:
                fraction -= ten_to[precision]
                whole += 1
    length = write_digits(whole, out)
    if precision == 0:
        return length
    out[length] = c'.'
    for i in range(precision, 0, -1):
        out[length + i] = <char>(c'0' + fraction % 10)
        fraction //= 10
    return length + 1 + precision


cdef int64_t write_fixed(double magnitude, int64_t precision, char *out) noexcept nogil:
    cdef digit_string number
    if magnitude < 9.0e18 and 0 <= precision <= MOST_FAST_PRECISION:
        return write_fixed_fast(magnitude, precision, out)
    exact_digits(magnitude, &number)
    round_digits(&number, number.point + precision)
    return lay_fixed(&number, max(precision, 0), out)


cdef int64_t write_exponent(double magnitude, int64_t precision, bint alternate, char *out) noexcept nogil:
    cdef digit_string number
    exact_digits(magnitude, &number)
    round_digits(&number, precision + 1)
    return lay_exponent(&number, precision, alternate, out)


cdef int64_t write_general(double magnitude, int64_t precision, int style, char *out) noexcept nogil:
    cdef digit_string number
    cdef int64_t point
    cdef bint by_exponent
    exact_digits(magnitude, &number)
    if precision == 0:
        precision = 1
    round_digits(&number, precision)
    point = number.point if number.count else 1
    by_exponent = point <= -4 or point > precision - ((style & POINT_GENERAL) != 0)
    if style & ALTERNATE_GENERAL:
        if by_exponent:
            return lay_exponent(&number, precision - 1, True, out)
        if precision > point:
            return lay_fixed(&number, precision - point, out)
        point = lay_fixed(&number, 0, out)
        out[point] = c'.'
        return point + 1
    while number.count and number.digits[number.count - 1] == c'0':
        number.count -= 1
    if by_exponent:
        return lay_exponent(&number, max(number.count - 1, 0), False, out)
    if number.count <= point:
        return lay_fixed(&number, (style & POINT_GENERAL) != 0, out)
    return lay_fixed(&number, number.count - point, out)


# ---- the shortest digits -------------------------------------------------------------------------

cdef inline uint64_t scale_to_odd(uint64_t high, uint64_t low, uint64_t factor) noexcept nogil:
    """The top of a 192-bit product; its lowest bit tells whether anything was cut off."""
    cdef uint64_t top = ep_multiply_high(high, factor)
    cdef uint64_t middle = high * factor
    cdef uint64_t sum_ = middle + ep_multiply_high(low, factor)
    if sum_ < middle:
        top += 1
    return top | (sum_ > 1)


cdef uint64_t shortest_decimal(uint64_t significand, int exponent, bint irregular,
                               int *power) noexcept nogil:
    """The shortest decimal (digits, times 10^power) that rounds to significand * 2^exponent.

    `irregular`: the next number below is half as far away as the one above.
    """
    cdef uint64_t odd = significand & 1
    cdef int k = (exponent * 1262611 - (524031 if irregular else 0)) >> 22
    cdef int shift = exponent + ((-k * 1741647) >> 19) + 1
    cdef uint64_t high = power_high[-k - FIRST_POWER]
    cdef uint64_t low = power_low[-k - FIRST_POWER]
    cdef uint64_t centre = scale_to_odd(high, low, (4 * significand) << shift)
    cdef uint64_t lower = scale_to_odd(high, low, (4 * significand - (1 if irregular else 2)) << shift) + odd
    cdef uint64_t upper = scale_to_odd(high, low, (4 * significand + 2) << shift) - odd
    cdef uint64_t digits = centre // 4, tens, middle
    cdef bint below, above
    power[0] = k
    if digits >= 10:
        tens = digits // 10
        below = lower <= 40 * tens
        above = 40 * tens + 40 <= upper
        if below != above:
            power[0] = k + 1
            return tens + above
    below = lower <= 4 * digits
    above = 4 * digits + 4 <= upper
    if below != above:
        return digits + above
    middle = 4 * digits + 2
    if centre > middle or (centre == middle and (digits & 1) == 1):
        digits += 1
    return digits


cdef void shortest_digits(double magnitude, bint single, digit_string *result) noexcept nogil:
    cdef uint64_t significand, decimal
    cdef int exponent, power, spare
    result.count = 0
    result.point = 0
    if magnitude == 0.0:
        return
    split_double(magnitude, &significand, &exponent)
    if single:  # the same number with a float's significand of 24 bits
        spare = max(29, -149 - exponent)
        significand >>= spare
        exponent += spare
        decimal = shortest_decimal(
            significand, exponent, significand == <uint64_t>1 << 23 and exponent > -149, &power)
    else:
        decimal = shortest_decimal(
            significand, exponent, significand == <uint64_t>1 << 52 and exponent > -1074, &power)
    result.count = write_digits(decimal, &result.digits[0])
    result.point = result.count + power
    while result.digits[result.count - 1] == c'0':
        result.count -= 1


cdef int64_t write_shortest(double magnitude, bint single, bint alternate, char *out) noexcept nogil:
    cdef digit_string number
    cdef int64_t point
    shortest_digits(magnitude, single, &number)
    point = number.point if number.count else 1
    if point <= -4 or point > 16:
        return lay_exponent(&number, number.count - 1, alternate, out)
    return lay_fixed(&number, number.count - point if number.count > point else 1, out)
