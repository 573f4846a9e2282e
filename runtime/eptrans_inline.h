/* eptrans_inline.h: the operations that generated code has inlined.
 *
 * Included by eptrans_rt.h once EP_WORD is known; EP_PYTHON3 (0 or 1) chooses the
 * standard. Whatever can fault takes its place first (EP_PLACE; callers write
 * EP_HERE(site)): the fast path never touches it. Nothing here is undefined in C
 * given -fwrapv.
 */
#ifndef EPTRANS_INLINE_H
#define EPTRANS_INLINE_H

/* The runtime's entries; the loader sets it through ep_program.runtime. */
static const struct ep_runtime *ep EP_UNUSED;

typedef int32_t ep_bool;

#define EP_PLACE                                                                                             \
    struct ep_core *core EP_UNUSED, uint32_t *frame EP_UNUSED, int64_t ticks EP_UNUSED, uint32_t site EP_UNUSED
#define EP_PASS core, frame, ticks, site
#define EP_HERE(site) core, frame, ticks, (site)
/* In code that stands in the place of a call: its frame would start so many words after this function's. */
#define EP_HERE_IN(words, site) core, frame + (words), ticks, (site)
#define EP_INLINE static inline EP_UNUSED
#define EP_APART static EP_UNUSED __attribute__((noinline)) /* a loop: once in a program is enough */

/* A number that C compilers do not know to be x: what is made of it is computed here instead of held until here. */
#define EP_ANEW(x)                                                                                           \
    __extension__({                                                                                          \
        __typeof__(x) anew = (x);                                                                            \
        __asm__("" : "+r"(anew));                                                                            \
        anew;                                                                                                \
    })

/* One of two where chosen is -1, the other where it is 0: without a branch, whose way nobody could foresee. */
#define EP_EITHER_DATA(chosen, one, other)                                                                   \
    ((__typeof__(one))((uintptr_t)(other) ^                                                                  \
                       (((uintptr_t)(one) ^ (uintptr_t)(other)) & (uintptr_t)(intptr_t)(chosen))))
EP_INLINE ep_int ep_either(ep_int chosen, ep_int one, ep_int other)
{
    return other ^ ((one ^ other) & chosen);
}

/* A label that is seldom come to: what follows is kept small, and out of the way. */
#if defined(__GNUC__) && !defined(__clang__)
#define EP_COLD_LABEL __attribute__((cold, unused))
#else
#define EP_COLD_LABEL EP_UNUSED
#endif

/* Says that what stands here is seldom run: no other code gives up a register for it. */
EP_COLD EP_UNUSED static void ep_seldom(void) { __asm__ volatile(""); }

/* What a program tells besides when it is compiled for a recorded run, with -DEP_TRACE. A function is at its
 * start or end; a block runs once more; `flushed` ticks are about to be added to the clock at a site, so that
 * what the runtime adds after that belongs to the site too. */
#ifdef EP_TRACE
#define EP_NOTE(site, flushed) ep->clock_noted(core, (site), (flushed))
#define EP_FUNCTION(number, site) ep->function_begins(core, (number), (site))
#define EP_LEAVE() (ep->function_ended(core, ticks), core->clock += ticks)
#define EP_BLOCK(number) (((struct globals *)core->globals)->block_runs[number]++)
#define EP_BLOCK_RUNS uint64_t *block_runs; /* all cores', set by the loader: this member is the first */
#else
#define EP_NOTE(site, flushed) ((void)0)
#define EP_FUNCTION(number, site) ((void)0)
#define EP_LEAVE() (core->clock += ticks)
#define EP_BLOCK(number) ((void)0)
#define EP_BLOCK_RUNS
#endif

/* What lies in shared memory is paid for in objects that are compiled for that, which the loader asks for where
 * a program's code or data does not fit (toolchain.py gives the prices, in ticks): `words` of 8 bytes of code that
 * are fetched, globals that are read and written. Programs that fit say nothing. */
#ifndef EP_FAR
#define EP_FAR 0
#define EP_FETCH_PRICE 0
#define EP_READ_PRICE 0
#define EP_WRITE_PRICE 0
#endif
#define EP_FAR_TICKS(words, reads, writes)                                                                   \
    ((words) * EP_FETCH_PRICE + (reads) * EP_READ_PRICE + (writes) * EP_WRITE_PRICE)
#define EP_LINE_TICKS(cycles, words, reads, writes)                                                         \
    (int32_t)(EP_CYCLES(cycles) + EP_FAR_TICKS(words, reads, writes))
#if EP_FAR
#define EP_FETCH(words) (ticks += EP_FAR_TICKS(words, 0, 0))
#define EP_USE(reads, writes) (ticks += EP_FAR_TICKS(0, reads, writes))
#else
#define EP_FETCH(words) ((void)0)
#define EP_USE(reads, writes) ((void)0)
#endif
#define EP_DATA_PLACE ((EP_FAR & EP_FAR_DATA) != 0 ? EP_SHARED : 0) /* of string constants: their flags */

/* The fast copies of loops say nothing of lines or of shared memory: they are for runs without either. */
#if defined(EP_TRACE) || EP_FAR
#define EP_FAST_COPIES 0
#else
#define EP_FAST_COPIES 1
#endif

/* Before an entry of the runtime: tell it where the program is and what time it is. */
#define EP_ENTER(site)                                                                                       \
    (EP_NOTE(site, ticks), frame[0] = (site), core->frame = frame, core->clock += ticks, ticks = 0)
/* A stack of known size that lies in local memory has no more to come: it ends there. The C compiler is told,
 * since it holds fewer values back for what does not come back. */
#ifndef EP_RECURSIVE
#define EP_RECURSIVE 0 /* the program's calls have no bound */
#endif
#if EP_RECURSIVE || (EP_FAR & 4) != 0 /* EP_FAR_STACK, which no #if can read */
#define EP_STACK_GROWS(words) ep->stack_grows(core, frame + (words))
#else
#define EP_STACK_GROWS(words) (ep->stack_grows(core, frame + (words)), __builtin_unreachable())
#endif
/* Before a call of a function whose frame ends `words` after the start of this one. */
#define EP_CALL(site, words)                                                                                 \
    do {                                                                                                     \
        EP_NOTE(site, ticks);                                                                                \
        frame[0] = (site);                                                                                   \
        core->clock += ticks;                                                                                \
        ticks = 0;                                                                                           \
        if (EP_UNLIKELY(frame + (words) > core->stack_limit)) {                                              \
            core->frame = frame;                                                                             \
            EP_STACK_GROWS(words);                                                                           \
        }                                                                                                    \
    } while (0)
/* The same at an entry of the code table, where the caller has told its place. */
#define EP_CHECK_ENTRY(words)                                                                                \
    do {                                                                                                     \
        if (EP_UNLIKELY(frame + (words) > core->stack_limit))                                                \
            EP_STACK_GROWS(words);                                                                           \
    } while (0)
#define EP_IS_RAISED(flag) __atomic_load_n((flag), __ATOMIC_RELAXED)
/* At the head of a loop: look whether the scheduler, Ctrl-C or a fault wants attention. When it does depends on
 * the host: so the frame is left as it was, since how deep the stack has been is read off it, and what the
 * runtime takes afterwards stays with the place noted before (0). */
#define EP_POLL(site)                                                                                        \
    do {                                                                                                     \
        if (EP_UNLIKELY(EP_IS_RAISED(core->attention))) {                                                    \
            const uint32_t site_before = frame[0];                                                           \
            EP_NOTE(0, ticks);                                                                               \
            frame[0] = (site), core->frame = frame, core->clock += ticks, ticks = 0;                         \
            ep->attend(core);                                                                                \
            frame[0] = site_before;                                                                          \
        }                                                                                                    \
    } while (0)

EP_INLINE void ep_at(EP_PLACE)
{
    EP_NOTE(site, 0);
    frame[0] = site;
    core->frame = frame;
}

/* The same before an entry of the runtime that may end the program, which it does at the time that it is here,
 * and once it has come back: the caller still has its ticks. */
EP_INLINE void ep_enters(EP_PLACE)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
}
EP_INLINE void ep_came_back(EP_PLACE)
{
    EP_NOTE(site, -ticks);
    core->clock -= ticks;
}

EP_NORETURN EP_COLD EP_UNUSED static void ep_fail(EP_PLACE, const char *message)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
    ep->fault(core, message);
}

EP_NORETURN EP_COLD EP_UNUSED static void ep_fail_kind(EP_PLACE, ep_value value, const char *wanted)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
    ep->fault_kind(core, value, wanted);
}

EP_NORETURN EP_COLD EP_UNUSED static void ep_fail_unset(EP_PLACE, const char *name)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
    ep->fault_unset(core, name);
}

EP_NORETURN EP_COLD EP_UNUSED static void ep_fail_index(EP_PLACE, const struct ep_array *array, int64_t index,
                                                       int64_t size, int32_t dimension)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
    ep->fault_index(core, array, index, size, dimension);
}

/* ---- boxes: values with their kind ----------------------------------------- */

EP_INLINE ep_value ep_box(uint32_t tag, int64_t payload)
{
    return (ep_value){.tag = tag, .origin = 0, .as.integer = payload};
}
EP_INLINE ep_value ep_box_none(void) { return ep_box(EP_NONE, 0); }
EP_INLINE ep_value ep_box_unset(void) { return ep_box(EP_UNSET, 0); }
EP_INLINE ep_value ep_box_bool(ep_bool value) { return ep_box(EP_BOOL, value); }
EP_INLINE ep_value ep_box_int(ep_int value) { return ep_box(EP_INT, value); }
EP_INLINE ep_value ep_box_function(int32_t value) { return ep_box(EP_FUNCTION, value); }
EP_INLINE ep_value ep_box_real(ep_real value)
{
    return (ep_value){.tag = EP_REAL, .origin = 0, .as.real = (double)value};
}
EP_INLINE ep_value ep_box_string(struct ep_string *value)
{
    return (ep_value){.tag = EP_STRING, .origin = 0, .as.string = value};
}
EP_INLINE ep_value ep_box_array(struct ep_array *value)
{
    return (ep_value){.tag = EP_ARRAY, .origin = 0, .as.array = value};
}

EP_INLINE ep_bool ep_unbox_bool(ep_value value) { return (ep_bool)value.as.integer; }
EP_INLINE ep_int ep_unbox_int(ep_value value) { return (ep_int)value.as.integer; }
EP_INLINE int32_t ep_unbox_function(ep_value value) { return (int32_t)value.as.integer; }
EP_INLINE ep_real ep_unbox_real(ep_value value)
{
    return value.tag == EP_REAL ? (ep_real)value.as.real : (ep_real)value.as.integer;
}
EP_INLINE struct ep_string *ep_unbox_string(ep_value value) { return value.as.string; }
EP_INLINE struct ep_array *ep_unbox_array(ep_value value) { return value.as.array; }

/* The runtime's `recv` ends as soon as it can, with nothing if the value has to be fetched in the
 * receiver's own time; most often it has one, and this is one comparison. */
EP_INLINE ep_value ep_recv(struct ep_core *core, int64_t from)
{
    ep_value value = ep->recv(core, from);
    if (EP_UNLIKELY(value.tag == EP_UNSET))
        value = ep->recv_rest(core, from);
    return value;
}

EP_INLINE ep_bool ep_is_number(ep_value value) { return value.tag - EP_BOOL <= EP_REAL - EP_BOOL; }

/* The same with a check; numbers are converted where that is exact in kind. */
EP_INLINE ep_real ep_take_real(EP_PLACE, ep_value value, const char *wanted)
{
    if (EP_UNLIKELY(!ep_is_number(value)))
        ep_fail_kind(EP_PASS, value, wanted);
    return ep_unbox_real(value);
}
EP_INLINE ep_int ep_take_int(EP_PLACE, ep_value value, const char *wanted)
{
    if (EP_UNLIKELY(value.tag != EP_INT && value.tag != EP_BOOL))
        ep_fail_kind(EP_PASS, value, wanted);
    return ep_unbox_int(value);
}
#define EP_TAKE(name, kind, c_type)                                                                          \
    EP_INLINE c_type ep_take_##name(EP_PLACE, ep_value value, const char *wanted)                            \
    {                                                                                                        \
        if (EP_UNLIKELY(value.tag != (kind)))                                                                \
            ep_fail_kind(EP_PASS, value, wanted);                                                            \
        return ep_unbox_##name(value);                                                                       \
    }
EP_TAKE(bool, EP_BOOL, ep_bool)
EP_TAKE(function, EP_FUNCTION, int32_t)
EP_TAKE(string, EP_STRING, struct ep_string *)
EP_TAKE(array, EP_ARRAY, struct ep_array *)

/* ---- reference counts --------------------------------------------------------- */

EP_INLINE void ep_retain_string(struct ep_string *string)
{
    if (string != NULL && string->references != EP_IMMORTAL)
        string->references++;
}
EP_INLINE void ep_retain_array(struct ep_array *array)
{
    if (array != NULL)
        array->references++;
}
EP_INLINE void ep_retain_value(ep_value value)
{
    if (value.tag == EP_ARRAY)
        ep_retain_array(value.as.array);
    else if (value.tag == EP_STRING)
        ep_retain_string(value.as.string);
}
EP_INLINE void ep_release_string(struct ep_core *core, struct ep_string *string)
{
    if (string != NULL && string->references != EP_IMMORTAL && --string->references == 0)
        ep->release_string(core, string);
}
EP_INLINE void ep_release_array(struct ep_core *core, struct ep_array *array)
{
    if (array != NULL && --array->references == 0)
        ep->release_array(core, array);
}
EP_INLINE void ep_release_value(struct ep_core *core, ep_value value)
{
    if (value.tag == EP_ARRAY)
        ep_release_array(core, value.as.array);
    else if (value.tag == EP_STRING)
        ep_release_string(core, value.as.string);
}

/* ---- arithmetic ------------------------------------------------------------------ */

/*
 * Division by a constant that is neither 0 nor -1: what C cut off, to the floor, by the sign of the rest alone. By a power
 * of two it is a shift, and the rest a mask, which C compilers do not see by themselves.
 */

#define EP_IS_POWER_OF_TWO(x) ((x) > 0 && ((x) & ((x) - 1)) == 0)

EP_INLINE ep_int ep_divide_by(ep_int left, ep_int right)
{
    if (EP_IS_POWER_OF_TWO(right))
        return left >> __builtin_ctzll((ep_unsigned)right);
    ep_int quotient = left / right, rest = left % right;
    return quotient - (right > 0 ? rest < 0 : rest > 0);
}
EP_INLINE ep_int ep_modulo_by(ep_int left, ep_int right)
{
    if (EP_IS_POWER_OF_TWO(right))
        return left & (right - 1);
    ep_int rest = left % right;
    return rest + ((right > 0 ? rest < 0 : rest > 0) ? right : 0);
}
EP_INLINE ep_int ep_floor_divide(EP_PLACE, ep_int left, ep_int right)
{
    if (EP_UNLIKELY(right == 0))
        ep_fail(EP_PASS, "division by zero");
    if (right == -1)
        return -left;
    ep_int quotient = left / right;
    return quotient - ((left % right != 0) & ((left ^ right) < 0));
}
EP_INLINE ep_int ep_modulo(EP_PLACE, ep_int left, ep_int right)
{
    if (EP_UNLIKELY(right == 0))
        ep_fail(EP_PASS, "division by zero");
    if (right == -1)
        return 0;
    ep_int rest = left % right;
    return rest + (((rest != 0) & ((rest ^ right) < 0)) ? right : 0);
}
EP_INLINE ep_real ep_divide_real(EP_PLACE, ep_real left, ep_real right)
{
    if (EP_PYTHON3 && EP_UNLIKELY(right == 0))
        ep_fail(EP_PASS, "division by zero");
    return left / right;
}
/* Computed in double and rounded, as all functions on reals. */
EP_INLINE double ep_modulo_double(double left, double right)
{
    double rest = fmod(left, right);
    if (rest != 0)
        return (right < 0) != (rest < 0) ? rest + right : rest;
    return copysign(0.0, right);
}
EP_APART ep_real ep_modulo_real(EP_PLACE, ep_real left, ep_real right)
{
    if (EP_UNLIKELY(right == 0)) {
        if (EP_PYTHON3)
            ep_fail(EP_PASS, "division by zero");
        return (ep_real)NAN;
    }
    return (ep_real)ep_modulo_double((double)left, (double)right);
}
EP_APART ep_real ep_floor_divide_real(EP_PLACE, ep_real left, ep_real right)
{
    if (EP_UNLIKELY(right == 0)) {
        if (EP_PYTHON3)
            ep_fail(EP_PASS, "division by zero");
        return left / right;
    }
    double a = (double)left, b = (double)right;
    double rest = fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0))
        quotient -= 1.0; /* after the division, as Python: a - b*floor(a/b) must be the rest */
    double whole = floor(quotient);
    if (quotient - whole > 0.5)
        whole += 1.0;
    return (ep_real)(quotient != 0 ? whole : copysign(0.0, a / b));
}
EP_INLINE ep_int ep_square_int(ep_int base) { return base * base; }
EP_INLINE ep_int ep_cube_int(ep_int base) { return base * base * base; }
EP_INLINE ep_real ep_square_real(ep_real base) { return base * base; }
EP_INLINE ep_real ep_cube_real(ep_real base) { return base * base * base; }
/* Powers with a constant exponent, from 0 to 63: the C compiler leaves the multiplications that this one needs. */
#define EP_POWER_BY(name, type)                                                                              \
    EP_INLINE type name(type base, int exponent)                                                             \
    {                                                                                                        \
        const type by_2 = base * base, by_4 = by_2 * by_2, by_8 = by_4 * by_4, by_16 = by_8 * by_8;          \
        type result = exponent & 1 ? base : 1;                                                               \
        if (exponent & 2)                                                                                    \
            result *= by_2;                                                                                  \
        if (exponent & 4)                                                                                    \
            result *= by_4;                                                                                  \
        if (exponent & 8)                                                                                    \
            result *= by_8;                                                                                  \
        if (exponent & 16)                                                                                   \
            result *= by_16;                                                                                 \
        if (exponent & 32)                                                                                   \
            result *= by_16 * by_16;                                                                         \
        return result;                                                                                       \
    }
EP_POWER_BY(ep_power_by_int, ep_int)
EP_POWER_BY(ep_power_by_double, double)
EP_INLINE ep_real ep_power_by_real(ep_real base, int exponent)
{
    return (ep_real)ep_power_by_double((double)base, exponent);
}
/* The same with an exponent below 0, given without its sign. */
EP_INLINE ep_real ep_power_below_real(EP_PLACE, ep_real base, int exponent)
{
    if (EP_PYTHON3 && EP_UNLIKELY(base == 0))
        ep_fail(EP_PASS, "0.0 cannot be raised to a negative power");
    return (ep_real)(1.0 / ep_power_by_double((double)base, exponent));
}
EP_APART ep_int ep_power_int(EP_PLACE, ep_int base, ep_int exponent)
{
    ep_unsigned result = 1, factor = (ep_unsigned)base;
    if (EP_UNLIKELY(exponent < 0))
        ep_fail(EP_PASS, "a negative exponent of an int; make the base a real, as in 2.0 or float(x)");
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            result *= factor;
        factor *= factor;
    }
    return (ep_int)result;
}
EP_INLINE ep_real ep_power_real(EP_PLACE, ep_real base, ep_real exponent)
{
    if (EP_PYTHON3) {
        if (EP_UNLIKELY(base == 0 && exponent < 0))
            ep_fail(EP_PASS, "0.0 cannot be raised to a negative power");
        if (EP_UNLIKELY(base < 0 && (double)exponent != floor((double)exponent) && isfinite((double)exponent)))
            ep_fail(EP_PASS, "a negative number has no power with a fractional exponent");
    }
    return (ep_real)pow((double)base, (double)exponent);
}
EP_COLD EP_NORETURN EP_UNUSED static void ep_fail_shift(EP_PLACE)
{
    ep_fail(EP_PASS, EP_WORD == 32 ? "the shift count is outside the word (0 to 31)"
                                   : "the shift count is outside the word (0 to 63)");
}
EP_INLINE ep_int ep_shift_left(EP_PLACE, ep_int value, ep_int count)
{
    if (EP_UNLIKELY((ep_unsigned)count >= EP_WORD))
        ep_fail_shift(EP_PASS);
    return (ep_int)((ep_unsigned)value << count);
}
EP_INLINE ep_int ep_shift_right(EP_PLACE, ep_int value, ep_int count)
{
    if (EP_UNLIKELY((ep_unsigned)count >= EP_WORD))
        ep_fail_shift(EP_PASS);
    return value >> count;
}
EP_INLINE ep_int ep_absolute_int(ep_int value) { return value < 0 ? -value : value; }
EP_INLINE ep_real ep_absolute_real(ep_real value) { return value < 0 ? -value : value == 0 ? 0 : value; }

/* -1, 0, 1 as an int is below, equal to, above a real, exactly; 2 where it is nan. */
EP_INLINE int ep_order_mixed(ep_int whole, ep_real real)
{
#if EP_WORD == 32
    double left = (double)whole, right = (double)real;
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : 2;
#else
    if (real != real)
        return 2;
    if (real >= 9223372036854775808.0)
        return -1;
    if (real < -9223372036854775808.0)
        return 1;
    int64_t cut = (int64_t)real;
    if (whole != cut)
        return whole < cut ? -1 : 1;
    double rest = real - (double)cut;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
#endif
}

/* ---- functions of math -------------------------------------------------------------- */

#define EP_MATH(name)                                                                                        \
    EP_INLINE ep_real ep_math_##name(ep_real x) { return (ep_real)name((double)x); }
EP_MATH(sin)
EP_MATH(cos)
EP_MATH(tan)
EP_MATH(asin)
EP_MATH(acos)
EP_MATH(atan)
EP_MATH(sinh)
EP_MATH(cosh)
EP_MATH(tanh)
EP_MATH(exp)
EP_MATH(log)
EP_MATH(log10)

EP_INLINE ep_real ep_square_root(EP_PLACE, ep_real x)
{
    if (EP_PYTHON3 && EP_UNLIKELY(x < 0))
        ep_fail(EP_PASS, "the square root of a negative number");
#if EP_WORD == 32
    return sqrtf(x);
#else
    return sqrt(x);
#endif
}

/* A real cut to an int: out of range it saturates, nan gives 0; in python3 both are errors. */
EP_INLINE ep_int ep_cut(EP_PLACE, ep_real x)
{
    const double low = EP_WORD == 32 ? -2147483649.0 : -9223372036854777856.0;
    const double high = EP_WORD == 32 ? 2147483648.0 : 9223372036854775808.0;
    double value = (double)x;
    if (EP_LIKELY(value > low && value < high))
        return (ep_int)value;
    if (EP_PYTHON3)
        ep_fail(EP_PASS, value != value ? "nan has no int" : "the real is too large for an int");
    return value != value ? 0 : value < 0 ? EP_INT_MIN : EP_INT_MAX;
}
#if EP_PYTHON3
EP_INLINE ep_int ep_floor(EP_PLACE, ep_real x) { return ep_cut(EP_PASS, (ep_real)floor((double)x)); }
EP_INLINE ep_int ep_ceil(EP_PLACE, ep_real x) { return ep_cut(EP_PASS, (ep_real)ceil((double)x)); }
#else
EP_INLINE ep_real ep_floor(EP_PLACE, ep_real x) { return (ep_real)floor((double)x); }
EP_INLINE ep_real ep_ceil(EP_PLACE, ep_real x) { return (ep_real)ceil((double)x); }
#endif

#include "eptrans_random.h"
#include "eptrans_arrays.h"
#include "eptrans_ranges.h"

/* ---- conversions and the rest ---------------------------------------------------------------- */

EP_INLINE ep_int ep_to_int(EP_PLACE, ep_value value)
{
    if (value.tag == EP_INT || value.tag == EP_BOOL)
        return ep_unbox_int(value);
    if (value.tag == EP_REAL)
        return ep_cut(EP_PASS, (ep_real)value.as.real);
    ep_enters(EP_PASS);
    const ep_value result = ep->parse_int(core, value);
    ep_came_back(EP_PASS);
    return ep_unbox_int(result);
}
EP_INLINE ep_real ep_to_real(EP_PLACE, ep_value value)
{
    if (ep_is_number(value))
        return ep_unbox_real(value);
    ep_enters(EP_PASS);
    const ep_value result = ep->parse_real(core, value);
    ep_came_back(EP_PASS);
    return ep_unbox_real(result);
}
EP_INLINE ep_int ep_round(EP_PLACE, ep_value value)
{
    if (value.tag != EP_REAL)
        return ep_take_int(EP_PASS, value, "a number");
    return ep_cut(EP_PASS, (ep_real)rint(value.as.real));
}
EP_INLINE ep_value ep_round_to(EP_PLACE, ep_value value, ep_int digits)
{
    ep_enters(EP_PASS);
    const ep_value result = ep->round_to(core, value, digits);
    ep_came_back(EP_PASS);
    return result;
}
EP_INLINE ep_value ep_input_plain(EP_PLACE)
{
    ep_at(EP_PASS);
    EP_NOTE(site, ticks);
    core->clock += ticks;
    ep_value reply = ep->input(core, ep_box_none());
    EP_NOTE(site, -ticks);
    core->clock -= ticks;
    return reply;
}
EP_INLINE ep_bool ep_is_device(EP_PLACE) { return !core->is_host; }

#endif /* EPTRANS_INLINE_H */
