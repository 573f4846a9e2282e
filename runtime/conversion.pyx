# conversion: int(x), float(x), round(x, n) and the numbers that input reads.
#
# Texts are read as Python reads them, in ASCII digits, whatever the locale of
# the process: a locale object of our own goes to the C library's strtod.
from libc.math cimport copysign, fabs, floor, isinf, isnan
from libc.stdint cimport uint64_t
from libc.stdio cimport snprintf
from .decimal cimport MOST_WHOLE_DIGITS, write_fixed
from .eptrans_rt cimport EP_REAL, EP_STRING, ep_string
from .memory cimport reading_value
from .numbers cimport (
    int_fits, int_value, is_whole, none_value, real_of, real_to_word_int, real_value, wrap_int,
)
from .services cimport costs_of, fault, fault_kind, is_python3, is_word64

cdef extern from *:
    """
    #include <locale.h>
    #include <stdlib.h>
    #ifdef __APPLE__
    #include <xlocale.h>
    #endif
    """
    ctypedef void *locale_t
    const int LC_ALL_MASK
    locale_t newlocale(int mask, const char *name, locale_t base) nogil
    double strtod_l(const char *text, char **end, locale_t locale) nogil
    float strtof_l(const char *text, char **end, locale_t locale) nogil

cdef enum:
    LONGEST_NUMBER = 1000  # characters of a text that float() reads
    SHOWN = 60             # bytes of a text that a message quotes
    MOST_ROUNDED = 330     # digits after the point; rounding to more changes no double

cdef locale_t c_locale = newlocale(LC_ALL_MASK, b"C", <locale_t>NULL)
if c_locale == NULL:
    raise MemoryError("no locale object for reading numbers")


# ---- texts ---------------------------------------------------------------------------------------

cdef inline bint is_space(char character) noexcept nogil:
    return character == c' ' or c'\t' <= character <= c'\r'


cdef inline bint is_digit(char character) noexcept nogil:
    return c'0' <= character <= c'9'


cdef struct text_span:
    const char *start
    int64_t length


cdef text_span stripped(const char *text, int64_t bytes) noexcept nogil:
    cdef text_span span
    while bytes and is_space(text[0]):
        text += 1
        bytes -= 1
    while bytes and is_space(text[bytes - 1]):
        bytes -= 1
    span.start = text
    span.length = bytes
    return span


cdef void fault_text(ep_core *core, const char *function, const ep_string *string,
                     const char *why) noexcept nogil:
    """int("abc"): not a number. A long text is cut where a character begins."""
    cdef char message[256]
    cdef int shown = <int>min(<int64_t>string.bytes, <int64_t>SHOWN)
    while 0 < shown < <int>string.bytes and ((&string.text[0])[shown] & 0xC0) == 0x80:
        shown -= 1
    snprintf(message, sizeof(message), b"%s(\"%.*s%s\"): %s", function, shown, &string.text[0],
             b"..." if shown < <int64_t>string.bytes else b"", why)
    fault(core, message)


cdef enum reading:
    READ = 0
    NOT_A_NUMBER = 1
    TOO_LARGE = 2


cdef int64_t digits_from(text_span text, int64_t i) noexcept nogil:
    """How many characters from `i` on are digits, single underscores between them allowed."""
    cdef int64_t first = i
    while i < text.length and (is_digit(text.start[i]) or (
            text.start[i] == c'_' and i > first and is_digit(text.start[i - 1])
            and i + 1 < text.length and is_digit(text.start[i + 1]))):
        i += 1
    return i - first


cdef reading read_int(text_span text, bint word64, int64_t *number) noexcept nogil:
    cdef uint64_t magnitude = 0, limit
    cdef int64_t i = 0
    cdef bint negative = False
    cdef uint64_t digit
    if text.length and (text.start[0] == c'-' or text.start[0] == c'+'):
        negative = text.start[0] == c'-'
        i = 1
    if i >= text.length or digits_from(text, i) != text.length - i:
        return NOT_A_NUMBER
    limit = (<uint64_t>1 << (63 if word64 else 31)) - (not negative)
    while i < text.length:
        if text.start[i] != c'_':
            digit = <uint64_t>(text.start[i] - c'0')
            if magnitude > (limit - digit) // 10:
                return TOO_LARGE
            magnitude = magnitude * 10 + digit
        i += 1
    number[0] = <int64_t>(0 - magnitude if negative else magnitude)
    return READ


cdef bint matches_word(text_span text, int64_t i, const char *word, int64_t length) noexcept nogil:
    """Whether the rest of the text is this lower-case word, in any case."""
    cdef int64_t j
    if text.length - i != length:
        return False
    for j in range(length):
        if (text.start[i + j] | 32) != word[j]:
            return False
    return True


cdef bint is_real_text(text_span text, bint words) noexcept nogil:
    """Whether float() reads it: digits with a point and an exponent, and (`words`) inf and nan."""
    cdef int64_t i = 0, whole, fraction = 0
    if text.length and (text.start[0] == c'-' or text.start[0] == c'+'):
        i = 1
    if words and (matches_word(text, i, b"inf", 3) or matches_word(text, i, b"infinity", 8)
                  or matches_word(text, i, b"nan", 3)):
        return True
    whole = digits_from(text, i)
    i += whole
    if i < text.length and text.start[i] == c'.':
        fraction = digits_from(text, i + 1)
        i += 1 + fraction
    if whole == 0 and fraction == 0:
        return False
    if i < text.length and (text.start[i] == c'e' or text.start[i] == c'E'):
        i += 1
        if i < text.length and (text.start[i] == c'-' or text.start[i] == c'+'):
            i += 1
        whole = digits_from(text, i)
        if whole == 0:
            return False
        i += whole
    return i == text.length


cdef reading read_real(text_span text, bint words, bint word64, double *number) noexcept nogil:
    cdef char copy[LONGEST_NUMBER + 1]
    cdef int64_t i, length = 0
    if not is_real_text(text, words):
        return NOT_A_NUMBER
    if text.length > LONGEST_NUMBER:
        return TOO_LARGE
    for i in range(text.length):
        if text.start[i] != c'_':
            copy[length] = text.start[i]
            length += 1
    copy[length] = 0
    number[0] = strtod_l(copy, NULL, c_locale) if word64 else <double>strtof_l(copy, NULL, c_locale)
    return READ


cdef ep_value number_by_look(ep_core *core, const char *text, int64_t bytes) noexcept nogil:
    """A text that float() would not read, and inf and nan, look like no number: none."""
    cdef text_span span = stripped(text, bytes)
    cdef int64_t whole
    cdef double real
    if read_int(span, is_word64(core), &whole) == READ:
        return int_value(whole)
    if read_real(span, False, is_word64(core), &real) == READ:
        return real_value(real)
    return none_value()


# ---- int(x) and float(x) -------------------------------------------------------------------------

cdef ep_value int_from_text(ep_core *core, const ep_string *string) noexcept nogil:
    cdef text_span span = stripped(&string.text[0], string.bytes)
    cdef int64_t number = 0
    cdef reading how = read_int(span, is_word64(core), &number)
    if how == TOO_LARGE:
        fault_text(core, b"int", string, b"does not fit a word of 64 bits" if is_word64(core) else (
            b"does not fit a word of 32 bits"))
    if how == NOT_A_NUMBER:
        fault_text(core, b"int", string, b"not a whole number; int(float(x)) cuts off the fraction" if (
            is_real_text(span, False)) else b"not a number")
    return int_value(number)


cdef ep_value int_from_real(ep_core *core, double number) noexcept nogil:
    """Toward zero. Out of range: the nearest int (nan: 0) in epython, a fault in python3."""
    if is_python3(core):
        if isnan(number):
            fault(core, b"nan has no int")
        if not int_fits(number, is_word64(core)):
            fault(core, b"the real is too large for an int")
    return int_value(real_to_word_int(number, is_word64(core)))


cdef ep_value parse_int(ep_core *core, ep_value value) noexcept nogil:
    """int(x) of any kind."""
    core.clock += costs_of(core).dynamic_operation
    if is_whole(value):
        return int_value(value.payload.integer)
    if value.tag == EP_REAL:
        return int_from_real(core, value.payload.real)
    if value.tag != EP_STRING:
        fault_kind(core, value, b"a number or a string")
    core.clock += value.payload.string.bytes * costs_of(core).format_character + reading_value(core, value)
    return int_from_text(core, value.payload.string)


cdef ep_value parse_real(ep_core *core, ep_value value) noexcept nogil:
    """float(x) of any kind."""
    cdef double number = 0.0
    cdef reading how
    core.clock += costs_of(core).dynamic_operation
    if value.tag == EP_STRING:
        core.clock += value.payload.string.bytes * costs_of(core).format_character + reading_value(core, value)
        how = read_real(stripped(&value.payload.string.text[0], value.payload.string.bytes), True,
                        is_word64(core), &number)
        if how != READ:
            fault_text(core, b"float", value.payload.string,
                       b"not a number" if how == NOT_A_NUMBER else b"too long for a number")
        return real_value(number)
    if value.tag != EP_REAL and not is_whole(value):
        fault_kind(core, value, b"a number or a string")
    return real_value(real_of(value, is_word64(core)))


# ---- round ---------------------------------------------------------------------------------------

cdef double nearest_whole(double number) noexcept nogil:
    """Ties to even."""
    cdef double below = floor(number)
    cdef double rest = number - below
    if rest > 0.5 or (rest == 0.5 and below - 2.0 * floor(below / 2.0) == 1.0):
        below += 1.0
    return copysign(below, number)


cdef double round_decimal(double number, int64_t digits, bint word64) noexcept nogil:
    """To so many digits after the point: the exact decimal rounded, ties to even, and read back."""
    cdef char text[MOST_WHOLE_DIGITS + MOST_ROUNDED + 4]
    cdef int64_t length
    if digits > MOST_ROUNDED:
        return number
    if digits < -MOST_WHOLE_DIGITS:
        return copysign(0.0, number)
    length = write_fixed(fabs(number), digits, text)
    text[length] = 0
    return copysign(
        strtod_l(text, NULL, c_locale) if word64 else <double>strtof_l(text, NULL, c_locale), number)


cdef int64_t round_int(int64_t number, int64_t digits, bint word64) noexcept nogil:
    """To a multiple of 10^digits, ties to even."""
    cdef uint64_t power = 1, magnitude, rest
    cdef int64_t i
    if digits > 19:
        return 0
    for i in range(digits):
        power *= 10
    magnitude = 0 - <uint64_t>number if number < 0 else <uint64_t>number
    rest = magnitude % power
    magnitude -= rest
    if rest > power - rest or (rest == power - rest and (magnitude // power) & 1):
        magnitude += power
    return wrap_int(0 - magnitude if number < 0 else magnitude, word64)


cdef ep_value round_to(ep_core *core, ep_value value, int64_t digits) noexcept nogil:
    """round(x, digits) keeps the kind; with NO_DIGITS (or less) it is round(x), an int."""
    cdef bint word64 = is_word64(core)
    cdef double number
    core.clock += costs_of(core).dynamic_operation
    if is_whole(value):
        if digits >= 0 or digits <= NO_DIGITS:
            return int_value(value.payload.integer)
        return int_value(round_int(value.payload.integer, -digits, word64))
    if value.tag != EP_REAL:
        fault_kind(core, value, b"a number")
    number = value.payload.real
    if digits <= NO_DIGITS:
        return int_from_real(core, number if isnan(number) or isinf(number) else nearest_whole(number))
    if isnan(number) or isinf(number) or number == 0.0:
        return value
    return real_value(round_decimal(number, digits, word64))
