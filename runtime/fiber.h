/* fiber.h: the context switch, and nothing else.
 *
 *   fiber_prepare(stack_top, entry, argument) -> the stack pointer of a new fiber
 *   fiber_switch(&mine, other)   saves this one's stack pointer in `mine`, goes on as `other`
 *
 * Only what the calling convention keeps across a call is saved. The switch
 * leaves by a jump, not by a return: that would be mispredicted every time, since
 * it never goes where the processor's stack of return addresses says. `entry`
 * must not return. Each C file that includes this gets its own local copy.
 *
 * x86-64 and arm64 are written in assembly. Elsewhere, and where EPTRANS_FIBER_UCONTEXT
 * is defined, ucontext does it, much slower: it saves the signal mask by a system call.
 */
#ifndef EPTRANS_FIBER_H
#define EPTRANS_FIBER_H

#include <stdint.h>

typedef void (*fiber_entry)(void *argument);

/* For what is written in assembly here and is local to the file. Told to be hidden, it is not looked up in
 * the global offset table, which GNU binutils for arm64 get wrong for a local symbol: they drop its
 * offset, and the address found is that of the section. */
#define FIBER_LOCAL(name) __asm__(name) __attribute__((visibility("hidden")))

#if defined(__x86_64__) && !defined(EPTRANS_FIBER_UCONTEXT)

/* The address to go on at lies on top of a suspended fiber's stack. */
void fiber_start(void) FIBER_LOCAL("eptrans_fiber_start");
__asm__(".text\n"
        ".p2align 4\n"
        "eptrans_fiber_start:\n"
        "    popq %rdi\n"
        "    popq %rax\n"
        "    callq *%rax\n"
        "    ud2\n");

static inline void *fiber_prepare(void *stack_top, fiber_entry entry, void *argument)
{
    uint64_t *sp = (uint64_t *)((uintptr_t)stack_top & ~(uintptr_t)15);
    *--sp = 0; /* ends a debugger's walk, and keeps the stack aligned for the call */
    *--sp = 0;
    *--sp = (uint64_t)(uintptr_t)entry;
    *--sp = (uint64_t)(uintptr_t)argument;
    *--sp = (uint64_t)(uintptr_t)fiber_start;
    return sp;
}

/* In line, and every register told as lost, so that the compiler saves just those that it
 * needs, and the processor's stack of return addresses stays as deep as the calls are: a
 * function that resumes here returns to where the one that suspended here was called from,
 * which for fibers that run the same program is mostly right. The 128 bytes below the stack
 * pointer may be in use by the function around. The SSE and x87 control words are not saved:
 * nothing changes them. */
#ifdef __AVX512F__
#define FIBER_LOST_AVX512                                                                                    \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",     \
        "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define FIBER_LOST_AVX512
#endif

static inline void fiber_switch(void **mine, void *other)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "pushq %%rbp\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "movq %%rsp, (%%rdi)\n\t"
                     "movq %%rsi, %%rsp\n\t"
                     "popq %%rax\n\t"
                     "jmpq *%%rax\n\t"
                     ".p2align 4\n"
                     "1:\n\t"
                     "popq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp\n"
                     : "+D"(mine), "+S"(other)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",
                       "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15" FIBER_LOST_AVX512);
}

#elif defined(__aarch64__) && !defined(EPTRANS_FIBER_UCONTEXT)

/* Where branches are checked (BTI), a jump may only land on a mark, and the place after a call has none;
 * a return may go anywhere. x18 is the platform's own. */
#ifdef __ARM_FEATURE_BTI_DEFAULT
#define FIBER_LEAVE "    ret\n"
#else
#define FIBER_LEAVE "    br x30\n"
#endif

void fiber_switch(void **mine, void *other) FIBER_LOCAL("eptrans_fiber_switch");
void fiber_start(void) FIBER_LOCAL("eptrans_fiber_start");

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
        FIBER_LEAVE
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

#else /* ucontext */

#include <ucontext.h>

/* The "stack pointer" is the address of a context, kept on the fiber's own stack.
 * makecontext passes ints only, so a pointer travels in halves. */
static inline void fiber_enter(unsigned entry_high, unsigned entry_low, unsigned argument_high,
                               unsigned argument_low)
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
