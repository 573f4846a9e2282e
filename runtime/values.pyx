# values: text joined, printed and read; strings by characters.
#
# Strings are UTF-8 with the number of their characters; while that equals the
# number of bytes, characters are found without walking.
from libc.stdint cimport int64_t
from libc.stdio cimport snprintf
from libc.string cimport strlen
from .arithmetic cimport binary, unary
from .arrays cimport arrays_fill_entries
from .comparison cimport compare, identical, truth
from .conversion cimport number_by_look, parse_int, parse_real, round_to
from .eptrans_rt cimport EP_NONE, EP_UNSET
from .formatting cimport format_value
from .memory cimport reading_string, string_new
from .numbers cimport string_value
from .services cimport costs_of, ep_machine_of, fault, is_python3
from .text cimport (
    count_characters, text_add, text_add_value, text_buffer, text_close, text_open, text_to_string,
)


# ---- text ----------------------------------------------------------------------------------------

cdef ep_string *join(ep_core *core, int32_t count, const ep_value *parts) noexcept nogil:
    """The texts of the parts one after the other, as `print` writes them."""
    cdef text_buffer text
    cdef ep_string *joined
    cdef int32_t i
    text_open(&text, core)
    for i in range(count):
        text_add_value(&text, parts[i])
    joined = text_to_string(&text)
    core.clock += costs_of(core).allocate + joined.bytes * costs_of(core).print_character
    return joined


cdef void write_out(text_buffer *text) noexcept nogil:
    cdef ep_core *core = text.core
    core.clock += costs_of(core).print_call + text.length * costs_of(core).print_character
    ep_machine_of(core).services.output_write(core, text.data, text.length)
    text_close(text)


cdef void print_values(ep_core *core, int32_t count, const ep_value *values, const char *separator,
                       const char *end) noexcept nogil:
    cdef text_buffer text
    cdef int32_t i
    text_open(&text, core)
    for i in range(count):
        if i:
            text_add(&text, separator, <int64_t>strlen(separator))
        text_add_value(&text, values[i])
    text_add(&text, end, <int64_t>strlen(end))
    write_out(&text)


# ---- input ---------------------------------------------------------------------------------------

cdef int64_t valid_bytes(const char *text, int64_t bytes) noexcept nogil:
    """How many bytes from the start are well-formed UTF-8."""
    cdef const unsigned char *data = <const unsigned char *>text
    cdef int64_t i = 0, more, j
    cdef unsigned int code
    while i < bytes:
        more = (data[i] >= 0xC2) + (data[i] >= 0xE0) + (data[i] >= 0xF0)
        if data[i] >= 0x80 and (more == 0 or data[i] > 0xF4) or i + more >= bytes:
            return i
        code = data[i] & (0x7F >> more)
        for j in range(1, more + 1):
            if (data[i + j] & 0xC0) != 0x80:
                return i
            code = (code << 6) | (data[i + j] & 0x3F)
        if (more == 2 and code < 0x800 or more == 3 and code < 0x10000 or code > 0x10FFFF
                or 0xD800 <= code <= 0xDFFF):
            return i
        i += more + 1
    return bytes


cdef ep_value read_input(ep_core *core, ep_value prompt) noexcept nogil:
    """One line of standard input: in epython an int, a real or a string by its look, in python3 a string."""
    cdef text_buffer text
    cdef const char *line = NULL
    cdef int64_t bytes, valid
    cdef ep_value value
    cdef char message[96]
    if prompt.tag != EP_NONE and prompt.tag != EP_UNSET:
        text_open(&text, core)
        text_add_value(&text, prompt)
        write_out(&text)
    bytes = ep_machine_of(core).services.input_line(core, &line)
    if bytes < 0:
        fault(core, b"end of input: there is no further line to read")
    core.clock += costs_of(core).input_line
    valid = valid_bytes(line, bytes)
    if valid < bytes:
        snprintf(message, sizeof(message), b"the line of input is not UTF-8 text (byte %lld)",
                 <long long>(valid + 1))
        fault(core, message)
    if not is_python3(core):
        value = number_by_look(core, line, bytes)
        if value.tag != EP_NONE:
            return value
    return string_value(string_new(core, line, bytes, count_characters(line, bytes)))


# ---- strings by characters -----------------------------------------------------------------------

cdef int64_t byte_of_character(const ep_string *string, int64_t index) noexcept nogil:
    """Where the character of this index starts; the end for the one past the last."""
    cdef const char *text = &string.text[0]
    cdef int64_t place = 0
    if string.characters == string.bytes:
        return index
    while place < string.bytes and index > 0:
        place += 1
        while place < string.bytes and (text[place] & 0xC0) == 0x80:
            place += 1
        index -= 1
    return place


cdef ep_string *string_index(ep_core *core, const ep_string *string, int64_t index) noexcept nogil:
    """The character of this index as a string; negative ones count from the end."""
    cdef int64_t place = index + string.characters if index < 0 else index
    cdef int64_t start
    cdef char message[96]
    core.clock += costs_of(core).allocate
    if not 0 <= place < string.characters:
        snprintf(message, sizeof(message), b"index %lld is out of range for a string of size %u",
                 <long long>index, <unsigned int>string.characters)
        fault(core, message)
    start = byte_of_character(string, place)
    core.clock += reading_string(core, string, character_bytes(string, start))
    return string_new(core, &string.text[0] + start, character_bytes(string, start), 1)


cdef inline int64_t character_bytes(const ep_string *string, int64_t start) noexcept nogil:
    cdef int64_t end = start + 1
    while end < string.bytes and ((&string.text[0])[end] & 0xC0) == 0x80:
        end += 1
    return end - start


cdef ep_string *string_slice(ep_core *core, const ep_string *string, int64_t start, int64_t stop,
                             int64_t step) noexcept nogil:
    """The characters start, start + step, ... before stop; bounds as Python's slice.indices gives them."""
    cdef const char *from_ = &string.text[0]
    cdef ep_string *slice
    cdef text_buffer text
    cdef int64_t first, place
    if step == 0:
        fault(core, b"the step of a slice cannot be 0")
    if step == 1:
        if stop < start:
            stop = start
        first = byte_of_character(string, start)
        slice = string_new(core, from_ + first, byte_of_character(string, stop) - first, stop - start)
    else:
        text_open(&text, core)
        while (start < stop) if step > 0 else (start > stop):
            place = byte_of_character(string, start)
            text_add(&text, from_ + place, character_bytes(string, place))
            start += step
        slice = text_to_string(&text)
    core.clock += costs_of(core).allocate + slice.bytes * costs_of(core).print_character
    core.clock += reading_string(core, string, slice.bytes)
    return slice


cdef void values_fill_entries(ep_runtime *runtime) noexcept nogil:
    arrays_fill_entries(runtime)
    runtime.binary = binary
    runtime.unary = unary
    runtime.compare = compare
    runtime.truth = truth
    runtime.identical = identical
    runtime.join = join
    runtime.format = format_value
    runtime.print = print_values
    runtime.input = read_input
    runtime.parse_int = parse_int
    runtime.parse_real = parse_real
    runtime.round_to = round_to
    runtime.string_index = string_index
    runtime.string_slice = string_slice
