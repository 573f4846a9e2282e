# eptrans_rt.h for Cython: the structures that programs and the runtime share.
#
# Every module of the runtime cimports them from here, so that they are one and
# the same type to all. The meaning of each field is told in the header.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "eptrans_rt.h" nogil:
    const int EP_ABI
    const int EP_TICKS_PER_CYCLE
    const uint32_t EP_IMMORTAL

    enum ep_tag:
        EP_UNSET
        EP_NONE
        EP_BOOL
        EP_INT
        EP_REAL
        EP_STRING
        EP_FUNCTION
        EP_ARRAY

    enum ep_array_flag:
        EP_LIST
        EP_FREED
        EP_SHARED
        EP_MOVED
        EP_EXPOSED

    int64_t EP_ALL_ELEMENTS

    enum ep_binary:
        EP_ADD
        EP_SUBTRACT
        EP_MULTIPLY
        EP_DIVIDE
        EP_FLOOR_DIVIDE
        EP_MODULO
        EP_POWER
        EP_BIT_AND
        EP_BIT_OR
        EP_BIT_XOR
        EP_SHIFT_LEFT
        EP_SHIFT_RIGHT

    enum ep_compare:
        EP_EQUAL
        EP_NOT_EQUAL
        EP_LESS
        EP_LESS_EQUAL
        EP_GREATER
        EP_GREATER_EQUAL

    enum ep_unary:
        EP_NEGATE
        EP_INVERT
        EP_PLUS
        EP_ABSOLUTE

    enum ep_reduction:
        EP_SUM
        EP_PROD
        EP_MIN
        EP_MAX

    struct ep_string:
        uint32_t references
        uint32_t flags
        uint32_t bytes
        uint32_t characters
        char text[1]

    struct ep_array:
        uint32_t references
        uint8_t kind
        uint8_t flags
        uint16_t dimensions
        int64_t length
        int64_t capacity
        void *data
        int64_t direct
        int32_t read_price
        int32_t write_price
        int64_t shape[1]

    # The header's union has no name; this one stands for it and is never used whole.
    union ep_payload:
        int64_t integer
        double real
        ep_string *string
        ep_array *array

    ctypedef struct ep_value:
        uint32_t tag
        uint32_t origin
        ep_payload payload "as"

    struct ep_core:
        int64_t clock
        uint32_t *frame
        const uint32_t *stack_limit
        const uint32_t *attention
        void *globals
        uint64_t random_state
        int32_t id
        uint16_t count
        uint16_t is_host

    struct ep_site:
        uint32_t function
        uint32_t file
        uint32_t line
        uint32_t column

    struct ep_frame_info:
        const char *name
        uint32_t words

    ctypedef ep_value (*ep_entry)(ep_core *core, uint32_t *frame, const ep_value *arguments) noexcept nogil

    struct ep_function:
        const char *name
        ep_entry call
        uint32_t parameters
        uint32_t required
        uint32_t file
        uint32_t line

    struct ep_format:
        char type
        char align
        char sign
        char grouping
        uint8_t alternate
        uint8_t precise
        uint16_t precision
        uint32_t width
        char fill[8]

    struct ep_runtime:
        void (*attend)(ep_core *) noexcept nogil
        void (*fault)(ep_core *, const char *) noexcept nogil
        void (*fault_index)(ep_core *, const ep_array *, int64_t, int64_t, int32_t) noexcept nogil
        void (*stack_grows)(ep_core *, const uint32_t *) noexcept nogil
        void (*fault_unset)(ep_core *, const char *) noexcept nogil
        void (*fault_kind)(ep_core *, ep_value, const char *) noexcept nogil
        void (*exit)(ep_core *) noexcept nogil

        ep_array *(*new_array)(ep_core *, int32_t, int32_t, const int64_t *, int32_t) noexcept nogil
        void (*release_array)(ep_core *, ep_array *) noexcept nogil
        void (*release_string)(ep_core *, ep_string *) noexcept nogil
        void (*grow_list)(ep_core *, ep_array *, int64_t) noexcept nogil
        void (*convert_array)(ep_core *, ep_array *, int32_t) noexcept nogil
        ep_array *(*copy_array)(ep_core *, const ep_array *) noexcept nogil
        ep_array *(*slice_array)(ep_core *, const ep_array *, int64_t, int64_t, int64_t) noexcept nogil
        void (*array_copy)(ep_core *, ep_array *, const ep_array *) noexcept nogil
        void (*flatten)(ep_core *, ep_array *) noexcept nogil
        ep_array *(*shape)(ep_core *, const ep_array *) noexcept nogil
        void (*free)(ep_core *, ep_value) noexcept nogil
        void (*collect)(ep_core *) noexcept nogil
        void (*odd_sort)(ep_core *, ep_array *, int64_t) noexcept nogil

        ep_value (*binary)(ep_core *, int32_t, ep_value, ep_value) noexcept nogil
        ep_value (*unary)(ep_core *, int32_t, ep_value) noexcept nogil
        int32_t (*compare)(ep_core *, int32_t, ep_value, ep_value) noexcept nogil
        int32_t (*truth)(ep_core *, ep_value) noexcept nogil
        int32_t (*identical)(ep_core *, ep_value, ep_value) noexcept nogil
        ep_string *(*join)(ep_core *, int32_t, const ep_value *) noexcept nogil
        ep_string *(*format)(ep_core *, ep_value, const ep_format *) noexcept nogil
        void (*print)(ep_core *, int32_t, const ep_value *, const char *, const char *) noexcept nogil
        ep_value (*input)(ep_core *, ep_value) noexcept nogil
        ep_value (*parse_int)(ep_core *, ep_value) noexcept nogil
        ep_value (*parse_real)(ep_core *, ep_value) noexcept nogil
        ep_value (*round_to)(ep_core *, ep_value, int64_t) noexcept nogil
        ep_string *(*string_index)(ep_core *, const ep_string *, int64_t) noexcept nogil
        ep_string *(*string_slice)(ep_core *, const ep_string *, int64_t, int64_t, int64_t) noexcept nogil

        ep_value (*call_value)(ep_core *, uint32_t *, ep_value, int32_t, const ep_value *) noexcept nogil

        void (*send)(ep_core *, ep_value, int64_t) noexcept nogil
        void (*send_elements)(ep_core *, const ep_array *, int64_t, int64_t) noexcept nogil
        ep_value (*recv)(ep_core *, int64_t) noexcept nogil
        ep_value (*recv_rest)(ep_core *, int64_t) noexcept nogil
        ep_array *(*recv_elements)(ep_core *, int64_t, int64_t) noexcept nogil
        ep_value (*sendrecv)(ep_core *, ep_value, int64_t) noexcept nogil
        ep_array *(*sendrecv_elements)(ep_core *, const ep_array *, int64_t, int64_t) noexcept nogil
        void (*nonblocking_send)(ep_core *, ep_value, int64_t) noexcept nogil
        int32_t (*test_sent)(ep_core *, int64_t) noexcept nogil
        void (*wait_sent)(ep_core *, int64_t) noexcept nogil
        int32_t (*probe)(ep_core *, int64_t) noexcept nogil
        ep_value (*bcast)(ep_core *, ep_value, int64_t) noexcept nogil
        ep_value (*reduce)(ep_core *, ep_value, int32_t) noexcept nogil
        void (*sync)(ep_core *) noexcept nogil

        void (*expose)(ep_core *core, ep_array *array, int64_t to) noexcept nogil
        ep_array *(*access)(ep_core *core, int64_t origin) noexcept nogil
        void (*order)(ep_core *core, const ep_array *array, int64_t elements, int32_t use) noexcept nogil
        void (*farm_init)(ep_core *, int64_t) noexcept nogil
        void (*farm_exec)(ep_core *, int64_t, ep_value, int32_t, const ep_value *) noexcept nogil
        int32_t (*farm_test)(ep_core *, int64_t) noexcept nogil
        ep_value (*farm_wait)(ep_core *, int64_t) noexcept nogil
        void (*farm_worker)(ep_core *, uint32_t *) noexcept nogil
        void (*farm_shutdown)(ep_core *) noexcept nogil

        void (*function_begins)(ep_core *, uint32_t, uint32_t) noexcept nogil
        void (*function_ended)(ep_core *, int64_t) noexcept nogil
        void (*clock_noted)(ep_core *, uint32_t, int64_t) noexcept nogil

    struct ep_block_line:
        uint32_t block
        uint32_t file
        uint32_t line
        int32_t ticks

    enum:
        EP_FAR_CODE
        EP_FAR_DATA
        EP_FAR_STACK

    struct ep_program:
        uint32_t abi
        uint32_t word
        uint32_t python3
        uint32_t code_bytes
        uint32_t data_bytes
        uint32_t far
        uint32_t globals_bytes
        uint32_t inclusive_range
        uint32_t stack_words
        uint32_t native_stack_ratio
        uint32_t frame_count
        uint32_t site_count
        uint32_t file_count
        uint32_t function_count
        const ep_frame_info *frames
        const ep_site *sites
        const char **files
        const ep_function *functions
        const ep_runtime **runtime
        void (*main)(ep_core *, uint32_t *) noexcept nogil
        uint32_t block_count
        uint32_t block_line_count
        const ep_block_line *block_lines
