/* fiber.h: the context switch, and nothing else.
 *
 *   fiber_prepare(&state, stack_top, entry, argument)   makes the state of a new fiber
 *   fiber_switch(&mine, &other, given)   saves this one's state in `mine` and goes on as `other`, whose
 *                                        own fiber_switch returns `given`
 *   fiber_switch_within(...)             the same for a function that goes on afterwards; returns nothing
 *
 * Only what the calling convention keeps across a call is saved. A function whose last act is
 * `return fiber_switch(...)` jumps here with its frame already gone, so that its caller is what goes on
 * later, with the value in registers. The switch leaves by a jump, not by a return: that would be
 * mispredicted every time, since it never goes where the processor's stack of return addresses says.
 * `entry` must not return. Each C file that includes this gets its own local copy.
 *
 *   fiber_forget(&state)  when a suspended fiber will not go on any more
 *
 * x86-64 and arm64 are written in assembly. Elsewhere, and where EPTRANS_FIBER_UCONTEXT
 * is defined, ucontext does it, much slower: it saves the signal mask by a system call.
 */
#ifndef EPTRANS_FIBER_H
#define EPTRANS_FIBER_H

#include <stdint.h>

#include "eptrans_rt.h"
#include "fiber_state.h"

typedef void (*fiber_entry)(void *argument);

#ifdef FIBER_TOLD_TO_TSAN /* what follows is wrapped at the end */
#define fiber_prepare fiber_prepare_untold
#define fiber_switch fiber_switch_untold
#define fiber_switch_within fiber_switch_within_untold
#endif

/* For what is written in assembly here and is local to the file. Told to be hidden, it is not looked up in
 * the global offset table, which GNU binutils for arm64 get wrong for a local symbol: they drop its
 * offset, and the address found is that of the section. */
#define FIBER_LOCAL(name) __asm__(name) __attribute__((visibility("hidden")))

#if defined(FIBER_X86_64)

ep_value fiber_switch(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
    FIBER_LOCAL("eptrans_fiber_switch");
void fiber_start(void) FIBER_LOCAL("eptrans_fiber_start");

/* `given` comes in rdx and rcx and is returned in rax and rdx. The SSE and x87 control words are not
 * saved: nothing changes them. */
__asm__(".text\n"
        ".p2align 4\n"
        "eptrans_fiber_switch:\n"
        "    popq 8(%rdi)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rbx, 16(%rdi)\n"
        "    movq %rbp, 24(%rdi)\n"
        "    movq %r12, 32(%rdi)\n"
        "    movq %r13, 40(%rdi)\n"
        "    movq %r14, 48(%rdi)\n"
        "    movq %r15, 56(%rdi)\n"
        "    movq %rdx, %rax\n"
        "    movq %rcx, %rdx\n"
        "    movq (%rsi), %rsp\n"
        "    movq 16(%rsi), %rbx\n"
        "    movq 24(%rsi), %rbp\n"
        "    movq 32(%rsi), %r12\n"
        "    movq 40(%rsi), %r13\n"
        "    movq 48(%rsi), %r14\n"
        "    movq 56(%rsi), %r15\n"
        "    jmpq *8(%rsi)\n"
        ".p2align 4\n"
        "eptrans_fiber_start:\n"
        "    movq %rbx, %rdi\n"
        "    callq *%r12\n"
        "    ud2\n");

/* In line, every register told as lost, so that the compiler saves just those that it needs: what
 * lies in their places in the state is loaded for nothing. The processor's stack of return addresses stays as
 * deep as the calls are: a function that goes on here returns to where the one that suspended itself was
 * called from, which for fibers that run the same program is mostly right. The 128 bytes below the stack
 * pointer may be in use by the function around. */
#ifdef __AVX512F__
#define FIBER_LOST_AVX512                                                                                    \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",     \
        "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define FIBER_LOST_AVX512
#endif

static inline void fiber_switch_within(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    uint64_t halves[2];
    __builtin_memcpy(halves, &given, sizeof given);
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rsp, (%%rdi)\n\t"
                     "movq %%rax, 8(%%rdi)\n\t"
                     "movq %%rbp, 24(%%rdi)\n\t"
                     "movq %%rdx, %%rax\n\t"
                     "movq %%rcx, %%rdx\n\t"
                     "movq (%%rsi), %%rsp\n\t"
                     "movq 16(%%rsi), %%rbx\n\t"
                     "movq 24(%%rsi), %%rbp\n\t"
                     "movq 32(%%rsi), %%r12\n\t"
                     "movq 40(%%rsi), %%r13\n\t"
                     "movq 48(%%rsi), %%r14\n\t"
                     "movq 56(%%rsi), %%r15\n\t"
                     "jmpq *8(%%rsi)\n\t"
                     ".p2align 4\n"
                     "1:\n\t"
                     "leaq 128(%%rsp), %%rsp\n"
                     : "+D"(mine), "+S"(other), "+d"(halves[0]), "+c"(halves[1])
                     :
                     : "rax", "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc", "xmm0", "xmm1",
                       "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                       "xmm13", "xmm14", "xmm15" FIBER_LOST_AVX512);
}

static inline void fiber_prepare(struct fiber_state *state, void *stack_top, fiber_entry entry, void *argument)
{
    uint64_t *top = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15) - 2;
    top[0] = top[1] = 0; /* they end a debugger's walk */
    *state = (struct fiber_state){.stack_pointer = top,
                                  .go_on_at = (uint64_t)(uintptr_t)fiber_start,
                                  .rbx = (uint64_t)(uintptr_t)argument,
                                  .r12 = (uint64_t)(uintptr_t)entry};
}

#elif defined(FIBER_ARM64)

/* Where branches are checked (BTI), a jump may only land on a mark, and the place after a call has none;
 * a return may go anywhere. x18 is the platform's own. */
#ifdef __ARM_FEATURE_BTI_DEFAULT
#define FIBER_LEAVE "    ret\n"
#else
#define FIBER_LEAVE "    br x30\n"
#endif

ep_value fiber_switch(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
    FIBER_LOCAL("eptrans_fiber_switch");
void fiber_start(void) FIBER_LOCAL("eptrans_fiber_start");

/* `given` comes in x2 and x3 and is returned in x0 and x1. */
__asm__(".text\n"
        ".p2align 4\n"
        "eptrans_fiber_switch:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    ldr x9, [x1]\n"
        "    mov sp, x9\n"
        "    mov x0, x2\n"
        "    mov x1, x3\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        FIBER_LEAVE
        ".p2align 4\n"
        "eptrans_fiber_start:\n"
        "    mov x0, x19\n"
        "    blr x20\n"
        "    brk #1\n");

static inline void fiber_switch_within(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    fiber_switch(mine, other, given);
}

static inline void fiber_prepare(struct fiber_state *state, void *stack_top, fiber_entry entry, void *argument)
{
    uint64_t *sp = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15) - 20;
    for (int i = 0; i < 20; i++)
        sp[i] = 0;
    sp[0] = (uint64_t)(uintptr_t)argument;     /* x19 */
    sp[1] = (uint64_t)(uintptr_t)entry;        /* x20 */
    sp[11] = (uint64_t)(uintptr_t)fiber_start; /* x30 */
    state->stack_pointer = sp;
}

#else /* ucontext */

#include <ucontext.h>

/* The "stack pointer" is the address of one of these, kept on the fiber's own stack. */
struct fiber_context {
    ucontext_t registers;
    ep_value given;
};

/* What a new fiber begins with.
 * makecontext passes ints only, so a pointer travels in halves. */
static inline void fiber_enter(unsigned entry_high, unsigned entry_low, unsigned argument_high,
                               unsigned argument_low)
{
    uintptr_t entry = (uintptr_t)(((uint64_t)entry_high << 32) | entry_low);
    uintptr_t argument = (uintptr_t)(((uint64_t)argument_high << 32) | argument_low);
    ((fiber_entry)entry)((void *)argument);
}

static inline ep_value fiber_switch(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    struct fiber_context here;
    struct fiber_context *there = (struct fiber_context *)other->stack_pointer;
    mine->stack_pointer = &here;
    there->given = given;
    swapcontext(&here.registers, &there->registers);
    return here.given;
}

static inline void fiber_switch_within(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    fiber_switch(mine, other, given);
}

/* The first context lies at the top of the stack; what follows below is the fiber's. Only the sum of
 * ss_sp and ss_size matters: where the stack begins. */
static inline void fiber_prepare(struct fiber_state *state, void *stack_top, fiber_entry entry, void *argument)
{
    uintptr_t place = ((uintptr_t)stack_top - sizeof(struct fiber_context)) & ~(uintptr_t)63;
    ucontext_t *context = &((struct fiber_context *)place)->registers;
    getcontext(context);
    context->uc_stack.ss_sp = (void *)(place - 32768);
    context->uc_stack.ss_size = 32768;
    context->uc_link = 0;
    makecontext(context, (void (*)(void))fiber_enter, 4, (unsigned)((uint64_t)(uintptr_t)entry >> 32),
                (unsigned)(uintptr_t)entry, (unsigned)((uint64_t)(uintptr_t)argument >> 32),
                (unsigned)(uintptr_t)argument);
    state->stack_pointer = (void *)place;
}

#endif

#ifdef FIBER_TOLD_TO_TSAN
#undef fiber_prepare
#undef fiber_switch
#undef fiber_switch_within
#include <sanitizer/tsan_interface.h>

static inline void fiber_prepare(struct fiber_state *state, void *stack_top, fiber_entry entry, void *argument)
{
    fiber_prepare_untold(state, stack_top, entry, argument);
    state->told = __tsan_create_fiber(0);
}

static inline ep_value fiber_switch(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    mine->told = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(other->told, 0);
    return fiber_switch_untold(mine, other, given);
}

static inline void fiber_switch_within(struct fiber_state *mine, const struct fiber_state *other, ep_value given)
{
    fiber_switch(mine, other, given);
}

static inline void fiber_forget(struct fiber_state *state)
{
    __tsan_destroy_fiber(state->told);
}
#else
static inline void fiber_forget(struct fiber_state *state)
{
    (void)state;
}
#endif
#endif /* EPTRANS_FIBER_H */
