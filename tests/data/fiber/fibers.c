/* fibers.c: the context switch of runtime/fiber.h by itself, without a machine around it.
 *
 * Several fibers, and the program's own stack as one more, hand control to each other in changing
 * orders from changing depths of calls. Each checks, whenever it goes on, that its locals and the
 * registers that a call must keep are what they were, and that nothing wrote outside its stack.
 * Prints "ok" and the count of switches; exits with 1 and a message at the first that is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber.h"

enum { FIBERS = 7, ROUNDS = 5, STEPS = 100, DEEPEST = 40, STACK = 128 * 1024, MARGIN = 256, MARK = 0xA5 };

enum order { RING, BACKWARDS, PAIRS, RANDOM, ORDERS };

struct fiber {
    struct fiber_state state;
    unsigned char *memory; /* a margin, the stack, a margin */
    uint64_t seed;
    int done;
};

static struct fiber fibers[FIBERS + 1]; /* [0] is the program's own stack */
static int current;
static enum order order;
static uint64_t switches, chance = 88172645463325252u;

static void fail(const char *what)
{
    printf("fiber %d, after %llu switches: %s\n", current, (unsigned long long)switches, what);
    fflush(stdout);
    exit(1);
}

static uint64_t random_number(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

/* The next one in the order of the round that is not done; the program's own stack never is. */
static int choose(void)
{
    int next = current;
    switch (order) {
    case RING:
        next = current + 1;
        break;
    case BACKWARDS:
        next = current + FIBERS;
        break;
    case PAIRS: /* to and fro between two, now and then with another */
        next = random_number() % 8 == 0 ? current + 2 : current ^ 1;
        break;
    default:
        next = (int)(random_number() % (FIBERS + 1));
    }
    next %= FIBERS + 1;
    while (fibers[next].done || next == current)
        next = (next + 1) % (FIBERS + 1);
    return next;
}

static void go_to(int next)
{
    int mine = current;
    switches++;
    current = next;
    ep_value given = {(uint32_t)next, (uint32_t)switches, {.integer = ~(int64_t)switches}};
    given = fiber_switch(&fibers[mine].state, &fibers[next].state, given);
    if (current != mine)
        fail("another fiber went on here");
    if (given.tag != (uint32_t)mine || given.origin != (uint32_t)switches || given.as.integer != ~(int64_t)switches)
        fail("the value that was handed over was changed");
}

static int others_left(void)
{
    for (int i = 1; i <= FIBERS; i++)
        if (!fibers[i].done && i != current)
            return 1;
    return current != 0;
}

/* ---- registers ---------------------------------------------------------------------------- */

#if defined(__aarch64__)

/* Every register that a callee keeps, by name. */
__attribute__((noinline)) static void switch_with_full_registers(uint64_t seed, int next)
{
    register uint64_t a __asm__("x19") = seed + 19, b __asm__("x20") = seed + 20, c __asm__("x21") = seed + 21;
    register uint64_t d __asm__("x22") = seed + 22, e __asm__("x23") = seed + 23, f __asm__("x24") = seed + 24;
    register uint64_t g __asm__("x25") = seed + 25, h __asm__("x26") = seed + 26, i __asm__("x27") = seed + 27;
    register uint64_t j __asm__("x28") = seed + 28;
    register double k __asm__("d8") = (double)seed + 8, l __asm__("d9") = (double)seed + 9;
    register double m __asm__("d10") = (double)seed + 10, n __asm__("d11") = (double)seed + 11;
    register double o __asm__("d12") = (double)seed + 12, p __asm__("d13") = (double)seed + 13;
    register double q __asm__("d14") = (double)seed + 14, r __asm__("d15") = (double)seed + 15;
#define FILLED                                                                                               \
    do {                                                                                                     \
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));       \
        __asm__ volatile("" : "+r"(i), "+r"(j), "+w"(k), "+w"(l), "+w"(m), "+w"(n), "+w"(o), "+w"(p));       \
        __asm__ volatile("" : "+w"(q), "+w"(r));                                                             \
    } while (0)
    FILLED;
    go_to(next);
    FILLED;
    if (a != seed + 19 || b != seed + 20 || c != seed + 21 || d != seed + 22 || e != seed + 23 || f != seed + 24
        || g != seed + 25 || h != seed + 26 || i != seed + 27 || j != seed + 28)
        fail("an integer register was lost");
    if (k != (double)seed + 8 || l != (double)seed + 9 || m != (double)seed + 10 || n != (double)seed + 11
        || o != (double)seed + 12 || p != (double)seed + 13 || q != (double)seed + 14 || r != (double)seed + 15)
        fail("a floating-point register was lost");
}

#else

/* More values in use than any machine has registers: the compiler takes all that it may. */
__attribute__((noinline)) static void switch_with_full_registers(uint64_t seed, int next)
{
    uint64_t a = seed * 3, b = seed * 5, c = seed * 7, d = seed * 11, e = seed * 13, f = seed * 17, g = seed * 19;
    double h = (double)seed * 3, i = (double)seed * 5, j = (double)seed * 7, k = (double)seed * 11;
    double l = (double)seed * 13, m = (double)seed * 17, n = (double)seed * 19, o = (double)seed * 23;
#define FILLED                                                                                               \
    do {                                                                                                     \
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));                                  \
        __asm__ volatile("" : "+r"(f), "+r"(g));                                                             \
        __asm__ volatile("" : "+m"(h), "+m"(i), "+m"(j), "+m"(k));                                           \
    } while (0)
    FILLED;
    go_to(next);
    FILLED;
    if (a != seed * 3 || b != seed * 5 || c != seed * 7 || d != seed * 11 || e != seed * 13 || f != seed * 17
        || g != seed * 19)
        fail("an integer was lost");
    if (h != (double)seed * 3 || i != (double)seed * 5 || j != (double)seed * 7 || k != (double)seed * 11
        || l != (double)seed * 13 || m != (double)seed * 17 || n != (double)seed * 19 || o != (double)seed * 23)
        fail("a floating-point number was lost");
}

#endif

/* ---- what a fiber does ----------------------------------------------------------------------- */

/* Whether `place` lies on the stack of the current fiber. */
static void check_place(const void *place)
{
    const unsigned char *byte = place, *memory = fibers[current].memory;
    if (current != 0 && (byte < memory + MARGIN || byte >= memory + MARGIN + STACK))
        fail("not on its own stack");
}

/* Goes `depth` calls down, hands over on the way down, at the bottom and on the way up. Returns a sum that
 * depends on every call's locals. */
__attribute__((noinline)) static uint64_t descend(uint64_t seed, int depth)
{
    _Alignas(16) volatile uint64_t locals[6];
    uint64_t sum = 0;
    for (int i = 0; i < 6; i++)
        locals[i] = seed * 31 + (uint64_t)(i + depth);
    check_place((const void *)(uintptr_t)locals);
    if ((uintptr_t)locals % 16 != 0)
        fail("a local of 16 bytes is not aligned");
    if (others_left() && depth % 3 == 0)
        switch_with_full_registers(seed ^ (uint64_t)depth, choose());
    if (depth > 0)
        sum = descend(seed + 1, depth - 1);
    else if (others_left())
        go_to(choose());
    if (others_left() && depth % 4 == 1)
        switch_with_full_registers(seed + (uint64_t)depth, choose());
    for (int i = 0; i < 6; i++) {
        if (locals[i] != seed * 31 + (uint64_t)(i + depth))
            fail("a local was changed");
        sum += locals[i];
    }
    return sum;
}

static uint64_t expected(uint64_t seed, int depth)
{
    uint64_t sum = 0;
    for (int at = 0; at <= depth; at++)
        sum += 6 * (seed + (uint64_t)at) * 31 + 15 + 6 * (uint64_t)(depth - at);
    return sum;
}

/* The C library's variable arguments use aligned stores, if anything does. */
static void check_printing(double number)
{
    char text[64];
    snprintf(text, sizeof text, "%.2f %d %.1f", number, current, number / 2);
    if (strtod(text, NULL) != number)
        fail("a number was printed wrong");
}

static void step(uint64_t seed)
{
    int depth = (int)(random_number() % DEEPEST);
    if (descend(seed, depth) != expected(seed, depth))
        fail("the locals have the wrong sum");
    check_printing((double)(seed % 1000) + 0.25);
}

static void run_fiber(void *argument)
{
    struct fiber *fiber = argument;
    if (fiber != &fibers[current])
        fail("started with another argument");
#if defined(__x86_64__) || defined(__aarch64__)
    if ((uintptr_t)__builtin_frame_address(0) % 16 != 0)
        fail("started on a stack that is not aligned");
#endif
    for (int i = 0; i < STEPS; i++)
        step(fiber->seed + (uint64_t)i);
    fiber->done = 1;
    go_to(choose());
    fail("went on after its end");
}

/* ---- rounds -------------------------------------------------------------------------------------- */

static void start_round(int round)
{
    for (int i = 1; i <= FIBERS; i++) {
        struct fiber *fiber = &fibers[i];
        memset(fiber->memory, MARK, STACK + 2 * MARGIN);
        /* Any address will do for the top: it is rounded down. */
        fiber_prepare(&fiber->state, fiber->memory + MARGIN + STACK - i * 8 - round, run_fiber, fiber);
        fiber->seed = random_number() >> 20;
        fiber->done = 0;
        current = i;
        check_place(fiber->state.stack_pointer);
    }
    current = 0;
}

static void check_margins(void)
{
    for (int i = 1; i <= FIBERS; i++)
        for (int at = 0; at < MARGIN; at++)
            if (fibers[i].memory[at] != MARK || fibers[i].memory[MARGIN + STACK + at] != MARK) {
                current = i;
                fail("wrote past the ends of its stack");
            }
}

int main(void)
{
    for (int i = 1; i <= FIBERS; i++) {
        fibers[i].memory = malloc(STACK + 2 * MARGIN);
        if (!fibers[i].memory)
            return 2;
    }
    for (int round = 0; round < ROUNDS * ORDERS; round++) {
        order = (enum order)(round % ORDERS);
        start_round(round);
        while (others_left())
            step(random_number() >> 20);
        check_margins();
    }
    for (int i = 1; i <= FIBERS; i++)
        free(fibers[i].memory);
    printf("ok %llu\n", (unsigned long long)switches);
    return 0;
}
