# elements: see elements.pxd.
from libc.stdint cimport uint32_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy
from .eptrans_rt cimport EP_FUNCTION, EP_INT, EP_LIST, EP_NONE, EP_REAL
from .faults cimport PLACE_ROOM, TEXT_ROOM, fault, kind_name, place_text
from .flight cimport is_scalar
from .memory cimport received_array


cdef int32_t joined_kind(ep_core_record *core, int32_t kind, int32_t other, uint32_t origin) noexcept nogil:
    """The kind of an array that holds elements of both kinds; a fault where there is none."""
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    if kind == other:
        return kind
    if kind == EP_FUNCTION or other == EP_FUNCTION:
        place_text(core.machine, origin, place, PLACE_ROOM)
        snprintf(text, TEXT_ROOM, b"functions and numbers cannot be received into one array; the last value "
                 b"was sent at %s", place)
        fault(&core.base, text)
    return EP_REAL if kind == EP_REAL or other == EP_REAL else EP_INT


cdef void store_reals(char *target, const char *source, int64_t count, int64_t word) noexcept nogil:
    """Copies ints into slots of reals."""
    cdef int64_t index
    if word == 8:
        for index in range(count):
            (<double *>target)[index] = <double>(<const int64_t *>source)[index]
    else:
        for index in range(count):
            (<float *>target)[index] = <float>(<const int32_t *>source)[index]


cdef ep_array *store_elements(ep_core_record *core, ep_array *result, int64_t filled, int64_t wanted,
                              const ep_elements *elements, int64_t count, uint32_t origin) noexcept nogil:
    """Puts elements into the array that a receiver fills; makes it at the first."""
    cdef int64_t word = core.machine.program.word // 8
    cdef int32_t kind
    cdef char *target
    if result == NULL:
        result = received_array(&core.base, elements.kind, 1, &wanted, elements.flags)
    kind = joined_kind(core, result.kind, elements.kind, origin)
    if kind != result.kind:
        core.machine.runtime.convert_array(&core.base, result, kind)
    target = <char *>result.data + filled * word
    if kind == EP_REAL and elements.kind != EP_REAL:
        store_reals(target, elements.data, count, word)
    else:
        memcpy(target, elements.data, <size_t>(count * word))
    return result


cdef ep_array *store_value(ep_core_record *core, ep_array *result, int64_t filled, int64_t wanted,
                           ep_value value) noexcept nogil:
    """Puts a single value into the array that a receiver fills."""
    cdef ep_elements one
    cdef char slot[8]
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    if not is_scalar(value) or value.tag == EP_NONE:
        place_text(core.machine, value.origin, place, PLACE_ROOM)
        snprintf(text, TEXT_ROOM, b"recv of %lld elements takes numbers, bools and functions, not %s; the value "
                 b"was sent at %s", <long long>wanted, kind_name(value), place)
        fault(&core.base, text)
    if core.machine.program.word == 64:
        (<int64_t *>slot)[0] = value.payload.integer
    elif value.tag == EP_REAL:
        (<float *>slot)[0] = <float>value.payload.real
    else:
        (<int32_t *>slot)[0] = <int32_t>value.payload.integer
    core.base.clock += core.machine.costs.copy_word  # from where it came to its place in the array
    one.data = slot
    one.kind = value.tag
    one.flags = EP_LIST
    return store_elements(core, result, filled, wanted, &one, 1, value.origin)
