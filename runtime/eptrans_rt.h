/* eptrans_rt.h: the only thing generated code includes.
 *
 * It states the machine's structures once (the .pxd files declare them from
 * here), the table of runtime entries that a program calls, the table of
 * entries that a program exports, and the small operations that must be
 * inlined: arithmetic that never is undefined, index checks, reference counts.
 *
 * EP_WORD (32 or 64, set by the generated code) chooses the machine word. The
 * structures do not depend on it, so that one runtime serves both.
 */
#ifndef EPTRANS_RT_H
#define EPTRANS_RT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What the C compiler would say of the user's program, not of the code generated for it: what is
 * computed and never used, compared with itself, or calls itself for ever (told at run time). */
#ifdef EP_WORD
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wtautological-compare"
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#pragma GCC diagnostic ignored "-Winfinite-recursion"
#endif
#endif

/* Changes whenever a structure or the meaning of an entry below changes. */
#define EP_ABI 8

#define EP_LIKELY(x) __builtin_expect(!!(x), 1)
#define EP_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define EP_COLD __attribute__((cold, noinline))
#define EP_NORETURN __attribute__((noreturn))
#define EP_UNUSED __attribute__((unused))

/* Time is counted in ticks: a hop takes one and a half cycles. */
#define EP_TICKS_PER_CYCLE 2
#define EP_CYCLES(n) ((int64_t)(n) * EP_TICKS_PER_CYCLE)

/* ---- values ------------------------------------------------------------ */

/* The kind of a value; arrays use BOOL, INT, REAL and FUNCTION for their elements. */
enum ep_tag {
    EP_UNSET = 0, /* a name before its first assignment; never a value */
    EP_NONE = 1,
    EP_BOOL = 2,
    EP_INT = 3,
    EP_REAL = 4,
    EP_STRING = 5,
    EP_FUNCTION = 6, /* payload: index into the code table */
    EP_ARRAY = 7
};

struct ep_string {
    uint32_t references; /* EP_IMMORTAL: a constant of the program */
    uint32_t flags;      /* EP_SHARED */
    uint32_t bytes;
    uint32_t characters;
    char text[]; /* UTF-8, with a closing NUL that does not count */
};
#define EP_IMMORTAL UINT32_MAX

enum ep_array_flag {
    EP_LIST = 1,   /* grows when written past its end */
    EP_FREED = 2,  /* free(x): every use is an error; length is 0 */
    EP_SHARED = 4, /* lies in shared memory */
    EP_MOVED = 8,  /* data is a block of its own (the list has grown) */
    EP_EXPOSED = 16 /* other cores may use it: each use of it comes in its turn, see `order` */
};

/* Slots are one word each whatever the kind: int32_t/float or int64_t/double;
 * bools and functions are ints. */
struct ep_array {
    uint32_t references;
    uint8_t kind;       /* an ep_tag */
    uint8_t flags;      /* ep_array_flag */
    uint16_t dimensions; /* 1 and up */
    int64_t length;     /* elements in all */
    int64_t capacity;   /* slots at data */
    void *data;
    int64_t direct;     /* indices below it need no more than one comparison: the length (what fits a local memory,
                         * so that it fits 32 bits too), or 0 if shared */
    int32_t read_price, write_price; /* ticks of one element's access besides the instruction's: 0 if local */
    int64_t shape[]; /* one a dimension */
};

/* A value of any kind. A message's value carries the site of its send, so that
 * a value of the wrong kind can be traced to where it came from (0: nowhere). */
typedef struct ep_value {
    uint32_t tag;
    uint32_t origin;
    union {
        int64_t integer; /* BOOL, INT, FUNCTION; a 32-bit int is sign-extended */
        double real;     /* a float is widened, which is exact */
        struct ep_string *string;
        struct ep_array *array;
    } as;
} ep_value;

/* ---- a core ------------------------------------------------------------- */

struct ep_machine;
struct ep_ring;

/* The part of a core that generated code touches. The runtime's own record of
 * a core (channels, waits, memory) starts with this one. */
struct ep_core {
    int64_t clock;                  /* ticks; generated code adds its own before every entry */
    uint32_t *frame;                /* innermost emulated frame, set before every entry */
    const uint32_t *stack_limit;    /* a frame that would end past this lies in shared memory, or nowhere */
    union {
        const uint32_t *attention;  /* not 0: call the entry `attend` at the next loop check */
        struct ep_machine *machine; /* begins with that word */
    };
    void *globals;                  /* the program's globals on this core, zero at the start */
    uint64_t random_state;
    struct ep_ring *ring;           /* the scheduler's: where the core stands when it is ready */
    int32_t id;                     /* coreid() */
    uint16_t count;                 /* numcores() */
    uint16_t is_host;
};

/* The emulated stack is an array of words, one frame after the other from its
 * base. Word 0 of a frame holds the site of the call or runtime entry that is
 * under way in it; a site knows its function and so the size of its frame: this
 * is how a traceback is walked, from the base up to core->frame. */
struct ep_site {
    uint32_t function; /* index into ep_program.frames */
    uint32_t file;     /* index into ep_program.files */
    uint32_t line, column; /* from 1, in characters of the user's text; 0: no place */
};

struct ep_frame_info {
    const char *name; /* "<module>" for the top level */
    uint32_t words;   /* emulated words of a frame */
};

/* A call through a value or by the task farm. Arguments are borrowed, as many as
 * `parameters` (missing ones filled in by the caller with EP_NONE, or with
 * EP_UNSET where the parameter has a default); the result is owned. */
typedef ep_value (*ep_entry)(struct ep_core *core, uint32_t *frame, const ep_value *arguments);

struct ep_function {
    const char *name;
    ep_entry call;
    uint32_t parameters;
    uint32_t required; /* parameters without a default: they come first */
    uint32_t file, line; /* of its def */
};

/* ---- entries of the runtime ------------------------------------------------
 * Before each call of an entry, generated code adds its ticks to core->clock,
 * stores the site in frame[0] and the frame in core->frame (see EP_ENTER).
 * Arguments are borrowed, results are owned. Core numbers and counts are
 * checked by the entry. Faults do not return. */

enum ep_binary {
    EP_ADD, EP_SUBTRACT, EP_MULTIPLY, EP_DIVIDE, EP_FLOOR_DIVIDE, EP_MODULO, EP_POWER,
    EP_BIT_AND, EP_BIT_OR, EP_BIT_XOR, EP_SHIFT_LEFT, EP_SHIFT_RIGHT
};
enum ep_compare { EP_EQUAL, EP_NOT_EQUAL, EP_LESS, EP_LESS_EQUAL, EP_GREATER, EP_GREATER_EQUAL };
enum ep_unary { EP_NEGATE, EP_INVERT, EP_PLUS, EP_ABSOLUTE };
enum ep_reduction { EP_SUM, EP_PROD, EP_MIN, EP_MAX };

struct ep_format { /* a format specification of an f-string, read at build time */
    char type;  /* 0 d f F e E g G x X o b s % c */
    char align; /* 0 < > ^ = */
    char sign;  /* 0 + - space */
    char grouping; /* 0 , _ */
    uint8_t alternate; /* # */
    uint8_t precise;   /* precision given */
    uint16_t precision;
    uint32_t width;
    char fill[8]; /* one character in UTF-8 */
};

#define EP_ALL_ELEMENTS (-1) /* what `order` is told of an array that is used as a whole */

struct ep_runtime {
    /* faults and scheduling */
    void (*attend)(struct ep_core *core);
    EP_NORETURN void (*fault)(struct ep_core *core, const char *message);
    EP_NORETURN void (*fault_index)(struct ep_core *core, const struct ep_array *array, int64_t index,
                                    int64_t size, int32_t dimension);
    EP_NORETURN void (*fault_unset)(struct ep_core *core, const char *name);
    /* `value` is not what the place needs: wanted as in "a number", "an array" */
    EP_NORETURN void (*fault_kind)(struct ep_core *core, ep_value value, const char *wanted);
    EP_NORETURN void (*exit)(struct ep_core *core);
    /* A call whose frame would end at `end`, past the stack in local memory: pays for what lies in shared
     * memory, or faults where the stack ends. */
    void (*stack_grows)(struct ep_core *core, const uint32_t *end);

    /* memory */
    struct ep_array *(*new_array)(struct ep_core *core, int32_t kind, int32_t dimensions,
                                  const int64_t *shape, int32_t flags); /* zeroed */
    void (*release_array)(struct ep_core *core, struct ep_array *array); /* its count is 0 */
    void (*release_string)(struct ep_core *core, struct ep_string *string);
    void (*grow_list)(struct ep_core *core, struct ep_array *array, int64_t length); /* new slots 0 */
    void (*convert_array)(struct ep_core *core, struct ep_array *array, int32_t kind); /* in place */
    struct ep_array *(*copy_array)(struct ep_core *core, const struct ep_array *array);
    struct ep_array *(*slice_array)(struct ep_core *core, const struct ep_array *array, int64_t start,
                                    int64_t stop, int64_t step); /* as Python's slice.indices gives them */
    void (*array_copy)(struct ep_core *core, struct ep_array *target, const struct ep_array *source);
    void (*flatten)(struct ep_core *core, struct ep_array *array); /* one dimension from now on */
    struct ep_array *(*shape)(struct ep_core *core, const struct ep_array *array);
    void (*free)(struct ep_core *core, ep_value value); /* free(x), freearray(x) */
    void (*collect)(struct ep_core *core);             /* gc(): nothing to do but its price */
    void (*odd_sort)(struct ep_core *core, struct ep_array *array, int64_t length);

    /* values: arithmetic on kinds not known before, text */
    ep_value (*binary)(struct ep_core *core, int32_t operation, ep_value left, ep_value right);
    ep_value (*unary)(struct ep_core *core, int32_t operation, ep_value operand);
    int32_t (*compare)(struct ep_core *core, int32_t operation, ep_value left, ep_value right);
    int32_t (*truth)(struct ep_core *core, ep_value value);
    int32_t (*identical)(struct ep_core *core, ep_value left, ep_value right);
    struct ep_string *(*join)(struct ep_core *core, int32_t count, const ep_value *parts); /* concatenation */
    struct ep_string *(*format)(struct ep_core *core, ep_value value, const struct ep_format *format);
    void (*print)(struct ep_core *core, int32_t count, const ep_value *values, const char *separator,
                  const char *end);
    ep_value (*input)(struct ep_core *core, ep_value prompt);
    ep_value (*parse_int)(struct ep_core *core, ep_value value);  /* int(x) of any kind */
    ep_value (*parse_real)(struct ep_core *core, ep_value value); /* float(x) of any kind */
    ep_value (*round_to)(struct ep_core *core, ep_value value, int64_t digits);
    struct ep_string *(*string_index)(struct ep_core *core, const struct ep_string *string, int64_t index);
    struct ep_string *(*string_slice)(struct ep_core *core, const struct ep_string *string, int64_t start,
                                      int64_t stop, int64_t step);

    /* calls through values: checks kind and arity, fills in missing arguments */
    ep_value (*call_value)(struct ep_core *core, uint32_t *callee_frame, ep_value function, int32_t count,
                           const ep_value *arguments);

    /* messages */
    void (*send)(struct ep_core *core, ep_value value, int64_t to);
    void (*send_elements)(struct ep_core *core, const struct ep_array *array, int64_t to, int64_t count);
    ep_value (*recv)(struct ep_core *core, int64_t from); /* may come back unset: see ep_recv */
    ep_value (*recv_rest)(struct ep_core *core, int64_t from);
    struct ep_array *(*recv_elements)(struct ep_core *core, int64_t from, int64_t count);
    ep_value (*sendrecv)(struct ep_core *core, ep_value value, int64_t with);
    struct ep_array *(*sendrecv_elements)(struct ep_core *core, const struct ep_array *array, int64_t with,
                                          int64_t count);
    void (*nonblocking_send)(struct ep_core *core, ep_value value, int64_t to);
    int32_t (*test_sent)(struct ep_core *core, int64_t to);
    void (*wait_sent)(struct ep_core *core, int64_t to);
    int32_t (*probe)(struct ep_core *core, int64_t from);
    ep_value (*bcast)(struct ep_core *core, ep_value value, int64_t root);
    ep_value (*reduce)(struct ep_core *core, ep_value value, int32_t reduction);
    void (*sync)(struct ep_core *core);

    /* arrays that others use where they lie. Before every use of an array that may be exposed, `order`: it
     * waits for the core's turn and pays for that many elements (0: for none; EP_ALL_ELEMENTS: for as many as
     * there are in its turn) if the array lies on another core. Use 0: they are read, 1: they are written, 2: they were read, and it is only to be paid. */
    void (*expose)(struct ep_core *core, struct ep_array *array, int64_t to);
    struct ep_array *(*access)(struct ep_core *core, int64_t from);
    void (*order)(struct ep_core *core, const struct ep_array *array, int64_t elements, int32_t use);

    /* task farm */
    void (*farm_init)(struct ep_core *core, int64_t master);
    void (*farm_exec)(struct ep_core *core, int64_t to, ep_value function, int32_t count,
                      const ep_value *arguments);
    int32_t (*farm_test)(struct ep_core *core, int64_t from);
    ep_value (*farm_wait)(struct ep_core *core, int64_t from);
    void (*farm_worker)(struct ep_core *core, uint32_t *callee_frame);
    void (*farm_shutdown)(struct ep_core *core);

    /* recorded runs only: what EP_FUNCTION, EP_LEAVE and EP_NOTE tell (eptrans_inline.h) */
    void (*function_begins)(struct ep_core *core, uint32_t function, uint32_t site);
    void (*function_ended)(struct ep_core *core, int64_t ticks); /* that are yet to be added to the clock */
    void (*clock_noted)(struct ep_core *core, uint32_t site, int64_t ticks);
};

/* The ticks that one run of a block takes at one line of the source. */
struct ep_block_line {
    uint32_t block, file, line;
    int32_t ticks; /* may be less than 0: what instructions gain by their neighbours on another line */
};

/* What lies in shared memory where a program was compiled for that: bits of ep_program.far. */
enum ep_far { EP_FAR_CODE = 1, EP_FAR_DATA = 2, EP_FAR_STACK = 4 };

/* ---- what a program exports, as the symbol `eptrans_program` --------------- */

struct ep_program {
    uint32_t abi;      /* EP_ABI */
    uint32_t word;     /* 32 or 64 */
    uint32_t python3;  /* 1: --std python3 */
    uint32_t inclusive_range; /* 1: range includes its end, as that of the module util does */
    uint32_t code_bytes, data_bytes; /* emulated sizes, from the IR */
    uint32_t globals_bytes;          /* host size of the struct at core->globals */
    uint32_t stack_words;            /* the most that calls can need; 0: not known, they may recurse */
    uint32_t native_stack_ratio;     /* host stack bytes that an emulated stack word may need */
    uint32_t frame_count, site_count, file_count, function_count;
    const struct ep_frame_info *frames; /* [0] is the top level */
    const struct ep_site *sites;        /* [0] is no place */
    const char *const *files;
    const struct ep_function *functions; /* the code table */
    const struct ep_runtime **runtime;   /* where the loader stores the table of entries */
    void (*main)(struct ep_core *core, uint32_t *frame);
    /* compiled with EP_TRACE; else there are none */
    uint32_t block_count, block_line_count;
    const struct ep_block_line *block_lines;
    uint32_t far; /* ep_far: the parts that it pays for as lying in shared memory */
};

/* ---- what is inlined into generated code ------------------------------------- */
#ifdef EP_WORD

#if EP_WORD == 32
typedef int32_t ep_int;
typedef uint32_t ep_unsigned;
typedef float ep_real;
#define EP_INT_MIN INT32_MIN
#define EP_INT_MAX INT32_MAX
#else
typedef int64_t ep_int;
typedef uint64_t ep_unsigned;
typedef double ep_real;
#define EP_INT_MIN INT64_MIN
#define EP_INT_MAX INT64_MAX
#endif

#include "eptrans_inline.h"

#endif /* EP_WORD */
#endif /* EPTRANS_RT_H */
