/* fiber.h: the context switch, and nothing else.
 *
 *   fiber_prepare(stack_top, entry, argument) -> the stack pointer of a new fiber
 *   fiber_switch(&mine, other)   saves this one's stack pointer in `mine`, goes on as `other`
 *
 * Only what the calling convention keeps across a call is saved. The switch
 * leaves by a jump to the popped address: a return would be mispredicted every
 * time, since it never goes where the processor's return stack says. `entry`
 * must not return. Each C file that includes this gets its own local copy.
 *
 * x86-64 and arm64 are written in assembly. Elsewhere ucontext does it, much
 * slower: it saves the signal mask by a system call.
 */
#ifndef EPTRANS_FIBER_H
#define EPTRANS_FIBER_H

#include <stdint.h>

typedef void (*fiber_entry)(void *argument);

#if defined(__x86_64__) || defined(__aarch64__)

void fiber_switch(void **mine, void *other) __asm__("eptrans_fiber_switch");
void fiber_start(void) __asm__("eptrans_fiber_start");

#if defined(__x86_64__)

/* The SSE and x87 control words are not saved: nothing here changes them. */
__asm__(".text\n"
        ".p2align 4\n"
        "eptrans_fiber_switch:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    popq %rcx\n"
        "    jmpq *%rcx\n"
        ".p2align 4\n"
        "eptrans_fiber_start:\n"
        "    movq %r12, %rdi\n"
        "    callq *%r13\n"
        "    ud2\n");

static inline void *fiber_prepare(void *stack_top, fiber_entry entry, void *argument)
{
    uint64_t *sp = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15);
    *--sp = 0; /* keeps the stack aligned as after a call, and ends a debugger's walk */
    *--sp = 0;
    *--sp = (uint64_t)(uintptr_t)fiber_start;
    *--sp = 0;                             /* rbp */
    *--sp = 0;                             /* rbx */
    *--sp = (uint64_t)(uintptr_t)argument; /* r12 */
    *--sp = (uint64_t)(uintptr_t)entry;    /* r13 */
    *--sp = 0;                             /* r14 */
    *--sp = 0;                             /* r15 */
    return sp;
}

#else /* arm64 */

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
        "    mov sp, x1\n"
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
        "    br x30\n"
        ".p2align 4\n"
        "eptrans_fiber_start:\n"
        "    mov x0, x19\n"
        "    blr x20\n"
        "    brk #1\n");

static inline void *fiber_prepare(void *stack_top, fiber_entry entry, void *argument)
{
    uint64_t *sp = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15) - 20;
    for (int i = 0; i < 20; i++)
        sp[i] = 0;
    sp[0] = (uint64_t)(uintptr_t)argument;     /* x19 */
    sp[1] = (uint64_t)(uintptr_t)entry;        /* x20 */
    sp[11] = (uint64_t)(uintptr_t)fiber_start; /* x30 */
    return sp;
}

#endif
#else /* ucontext */

#include <ucontext.h>

/* The "stack pointer" is the address of a context, kept on the fiber's own stack.
 * makecontext passes ints only, so a pointer travels in halves. */
static void fiber_enter(unsigned entry_high, unsigned entry_low, unsigned argument_high, unsigned argument_low)
{
    uintptr_t entry = (uintptr_t)(((uint64_t)entry_high << 32) | entry_low);
    uintptr_t argument = (uintptr_t)(((uint64_t)argument_high << 32) | argument_low);
    ((fiber_entry)entry)((void *)argument);
}

static inline void fiber_switch(void **mine, void *other)
{
    ucontext_t here;
    *mine = &here;
    swapcontext(&here, (ucontext_t *)other);
}

/* The first context lies at the top of the stack; what follows below is the fiber's. Only the sum of
 * ss_sp and ss_size matters: where the stack begins. */
static inline void *fiber_prepare(void *stack_top, fiber_entry entry, void *argument)
{
    uintptr_t place = ((uintptr_t)stack_top - sizeof(ucontext_t)) & ~(uintptr_t)63;
    ucontext_t *context = (ucontext_t *)place;
    getcontext(context);
    context->uc_stack.ss_sp = (void *)(place - 32768);
    context->uc_stack.ss_size = 32768;
    context->uc_link = 0;
    makecontext(context, (void (*)(void))fiber_enter, 4, (unsigned)((uint64_t)(uintptr_t)entry >> 32),
                (unsigned)(uintptr_t)entry, (unsigned)((uint64_t)(uintptr_t)argument >> 32),
                (unsigned)(uintptr_t)argument);
    return context;
}

#endif
#endif /* EPTRANS_FIBER_H */
