# formatting: a value by a format specification of an f-string, with Python's
# meaning: first the digits (body) and the sign and base (prefix) of a number or
# the characters of a text, then grouping, then filling up to the width.
from libc.math cimport isinf, isnan, signbit
from libc.stdint cimport int64_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy, memmove, strlen
from .decimal cimport (
    ALTERNATE_GENERAL, MOST_WHOLE_DIGITS, PLAIN_GENERAL, POINT_GENERAL,
    write_digits, write_exponent, write_fixed, write_general, write_shortest,
)
from .eptrans_rt cimport EP_REAL, EP_STRING
from .numbers cimport is_number, is_whole, real_of
from .services cimport costs_of, fault, is_python3, is_word64
from .text cimport (
    count_characters, text_add, text_add_value, text_buffer, text_open, text_room,
    text_to_string,
)

cdef enum:
    MOST_PRECISION = 1000  # as the compiler admits
    BODY = MOST_WHOLE_DIGITS + MOST_PRECISION + 32

# What a number is made of before it is filled up.
cdef struct number_parts:
    char prefix[4]      # sign, and 0x 0o 0b
    int64_t prefix_length
    char body[BODY]
    int64_t length
    int64_t whole       # how many characters of the body are digits before a point or exponent


cdef void fault_format(ep_core *core, const ep_format *format, ep_value value) noexcept nogil:
    cdef char message[128]
    cdef const char *what = b"this value"
    if value.tag == EP_STRING:
        what = b"a string"
    elif value.tag == EP_REAL:
        what = b"a real"
    elif is_whole(value):
        what = b"an int"
    snprintf(message, sizeof(message), b"%s cannot be formatted as '%c'", what, <int>format.type)
    fault(core, message)


# ---- numbers -------------------------------------------------------------------------------------

cdef void put_sign(number_parts *parts, const ep_format *format, bint negative) noexcept nogil:
    parts.prefix_length = 0
    if negative or format.sign == c'+' or format.sign == c' ':
        parts.prefix[0] = c'-' if negative else format.sign
        parts.prefix_length = 1


cdef void put_based(number_parts *parts, uint64_t number, int bits, bint upper) noexcept nogil:
    """Digits of base 2^bits."""
    cdef int64_t length = 1, i
    cdef uint64_t digit
    cdef char letter = c'A' - 10 if upper else c'a' - 10
    while length * bits < 64 and number >> (length * bits):
        length += 1
    for i in range(length):
        digit = (number >> ((length - 1 - i) * bits)) & ((<uint64_t>1 << bits) - 1)
        parts.body[i] = <char>(c'0' + digit) if digit < 10 else <char>(letter + digit)
    parts.length = length


cdef void put_int(number_parts *parts, const ep_format *format, int64_t number) noexcept nogil:
    cdef uint64_t magnitude = 0 - <uint64_t>number if number < 0 else <uint64_t>number
    cdef char type_ = format.type
    put_sign(parts, format, number < 0)
    if type_ == c'x' or type_ == c'X':
        put_based(parts, magnitude, 4, type_ == c'X')
    elif type_ == c'o':
        put_based(parts, magnitude, 3, False)
    elif type_ == c'b':
        put_based(parts, magnitude, 1, False)
    else:
        parts.length = write_digits(magnitude, parts.body)
        parts.whole = parts.length
        return
    parts.whole = parts.length
    if format.alternate:
        parts.prefix[parts.prefix_length] = c'0'
        parts.prefix[parts.prefix_length + 1] = type_
        parts.prefix_length += 2


cdef int64_t write_typed(double magnitude, const ep_format *format, bint single, char *out) noexcept nogil:
    """The digits of a finite magnitude by the type and precision of the format."""
    cdef int64_t precision = format.precision if format.precise else 6
    cdef char type_ = format.type | 32
    cdef int64_t length
    cdef int style = ALTERNATE_GENERAL if format.alternate else PLAIN_GENERAL
    if precision > MOST_PRECISION:
        precision = MOST_PRECISION
    if format.type == 0 and not format.precise:
        return write_shortest(magnitude, single, format.alternate, out)
    if format.type == 0 or type_ == c'g':
        return write_general(magnitude, precision, style if format.type else style | POINT_GENERAL, out)
    if type_ == c'e':
        return write_exponent(magnitude, precision, format.alternate, out)
    length = write_fixed(magnitude, precision, out)
    if format.alternate and precision == 0:
        out[length] = c'.'
        length += 1
    return length


cdef void put_real(number_parts *parts, ep_core *core, const ep_format *format, double number) noexcept nogil:
    cdef bint upper = format.type == c'E' or format.type == c'F' or format.type == c'G'
    cdef ep_format shape = format[0]
    cdef int64_t i
    put_sign(parts, format, signbit(number) and not isnan(number))
    if format.type == c'%':
        number *= 100.0
    if signbit(number):
        number = -number
    if shape.type == 0 and not shape.precise and not is_python3(core):
        shape.type = c'f'  # as print writes a real
    parts.whole = 0
    if isnan(number) or isinf(number):
        parts.length = 3
        memcpy(parts.body, <const char *>b"nan" if isnan(number) else <const char *>b"inf", 3)
    else:
        parts.length = write_typed(number, &shape, not is_word64(core), parts.body)
        while parts.whole < parts.length and c'0' <= parts.body[parts.whole] <= c'9':
            parts.whole += 1
    if upper:
        for i in range(parts.length):
            if c'a' <= parts.body[i] <= c'z':
                parts.body[i] -= 32
    if format.type == c'%':
        parts.body[parts.length] = c'%'
        parts.length += 1


cdef void add_grouped(text_buffer *text, const number_parts *parts, int64_t digits, int group,
                      char mark) noexcept nogil:
    """The whole part, led by zeros up to so many digits, with a mark between groups."""
    cdef int64_t i, left
    cdef char *room = text_room(text, 2 * digits + 1)
    for i in range(digits):
        left = digits - i
        if i and mark and left % group == 0:
            room[0] = mark
            room += 1
            text.length += 1
        room[0] = c'0' if left > parts.whole else parts.body[parts.whole - left]
        room += 1
        text.length += 1


cdef void add_number(text_buffer *text, const number_parts *parts, const ep_format *format) noexcept nogil:
    """The number with its marks; zeros after the sign count as digits and are grouped too."""
    cdef int64_t digits = parts.whole, rest = parts.length - parts.whole, wanted
    cdef char type_ = format.type
    cdef int group = 4 if (type_ | 32) == c'x' or type_ == c'o' or type_ == c'b' else 3
    text_add(text, parts.prefix, parts.prefix_length)
    if format.align == c'=' and format.fill[0] == c'0' and digits:
        wanted = <int64_t>format.width - parts.prefix_length - rest
        while digits + ((digits - 1) // group if format.grouping else 0) < wanted:
            digits += 1
    add_grouped(text, parts, digits, group, format.grouping)
    text_add(text, parts.body + parts.whole, rest)


# ---- filling -------------------------------------------------------------------------------------

cdef void put_fill(char *out, const ep_format *format, int64_t count) noexcept nogil:
    cdef int64_t bytes = <int64_t>strlen(format.fill), i
    for i in range(count):
        memcpy(out + i * bytes, format.fill, <size_t>bytes)


cdef void align_text(text_buffer *text, const ep_format *format, char align, int64_t prefix) noexcept nogil:
    """Fills the text up to the width, in place; `=` fills after the prefix."""
    cdef int64_t missing = <int64_t>format.width - count_characters(text.data, text.length)
    cdef int64_t before = 0, bytes = <int64_t>strlen(format.fill)
    cdef char *room
    if missing <= 0 or bytes == 0:
        return
    if align == c'>' or align == c'=':
        before = missing
    elif align == c'^':
        before = missing // 2
    if align != c'=':
        prefix = 0
    text_room(text, missing * bytes)
    room = text.data + prefix
    memmove(room + before * bytes, room, <size_t>(text.length - prefix))
    put_fill(room, format, before)
    text.length += before * bytes
    put_fill(text.data + text.length, format, missing - before)
    text.length += (missing - before) * bytes


cdef bint is_empty(const ep_format *format) noexcept nogil:
    return not (format.type or format.align or format.sign or format.grouping or format.alternate
                or format.precise or format.width)


cdef int64_t first_characters(const text_buffer *text, int64_t count) noexcept nogil:
    """The bytes of the first so many characters."""
    cdef int64_t i = 0
    while i < text.length:
        if (text.data[i] & 0xC0) != 0x80:
            if count == 0:
                break
            count -= 1
        i += 1
    return i


# ---- kinds ---------------------------------------------------------------------------------------

cdef void add_character(text_buffer *text, ep_core *core, int64_t code) noexcept nogil:
    """The character of a code point, in UTF-8."""
    cdef char *room = text_room(text, 4)
    if code < 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        fault(core, b"format 'c': not the code of a character")
    if code < 0x80:
        room[0] = <char>code
        text.length += 1
    elif code < 0x800:
        room[0] = <char>(0xC0 | (code >> 6))
        room[1] = <char>(0x80 | (code & 63))
        text.length += 2
    elif code < 0x10000:
        room[0] = <char>(0xE0 | (code >> 12))
        room[1] = <char>(0x80 | ((code >> 6) & 63))
        room[2] = <char>(0x80 | (code & 63))
        text.length += 3
    else:
        room[0] = <char>(0xF0 | (code >> 18))
        room[1] = <char>(0x80 | ((code >> 12) & 63))
        room[2] = <char>(0x80 | ((code >> 6) & 63))
        room[3] = <char>(0x80 | (code & 63))
        text.length += 4


cdef bint is_real_type(char type_) noexcept nogil:
    return type_ == c'%' or c'e' <= (type_ | 32) <= c'g'


cdef int64_t add_body(text_buffer *inner, ep_core *core, ep_value value,
                      const ep_format *format) noexcept nogil:
    """The value without filling; the length of its sign and base."""
    cdef number_parts parts
    if not is_number(value) or format.type == c's':
        if (format.type and format.type != c's') or (is_number(value) and is_python3(core)):
            fault_format(core, format, value)
        text_add_value(inner, value)
        if format.precise:
            inner.length = first_characters(inner, format.precision)
        return 0
    if value.tag == EP_REAL or is_real_type(format.type):
        if format.type and not is_real_type(format.type):
            fault_format(core, format, value)
        put_real(&parts, core, format, real_of(value, is_word64(core)))
    elif format.type == c'c':
        add_character(inner, core, value.payload.integer)
        return 0
    else:
        if format.precise:
            fault(core, b"an int cannot be formatted with a precision; add the type f")
        put_int(&parts, format, value.payload.integer)
    add_number(inner, &parts, format)
    return parts.prefix_length


cdef ep_string *format_value(ep_core *core, ep_value value, const ep_format *format) noexcept nogil:
    """The text of the value, owned. An empty specification gives what `print` writes."""
    cdef text_buffer text
    cdef int64_t prefix
    cdef bint on_left = not is_number(value) or format.type == c's'
    cdef char align = format.align
    cdef ep_string *result
    text_open(&text, core)
    if is_empty(format):
        text_add_value(&text, value)
    else:
        prefix = add_body(&text, core, value, format)
        if align == 0 or (align == c'=' and on_left):
            align = c'<' if on_left else c'>'
        align_text(&text, format, align, prefix)
    result = text_to_string(&text)
    core.clock += costs_of(core).allocate + result.bytes * costs_of(core).format_character
    return result
