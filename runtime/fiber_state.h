/* fiber_state.h: what a suspended fiber goes on with. fiber.h switches between them.
 *
 * On x86-64 the registers that a call keeps lie here, in one cache line, and not on the fiber's stack: they
 * are there as soon as it is known which fiber comes next, without looking up its stack pointer first.
 */
#ifndef EPTRANS_FIBER_STATE_H
#define EPTRANS_FIBER_STATE_H

#include <stdint.h>

#if defined(__x86_64__) && !defined(EPTRANS_FIBER_UCONTEXT)
#define FIBER_X86_64
#elif defined(__aarch64__) && !defined(EPTRANS_FIBER_UCONTEXT)
#define FIBER_ARM64
#endif

#if defined(__SANITIZE_THREAD__)
#define FIBER_TOLD_TO_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TOLD_TO_TSAN
#endif
#endif

struct fiber_state {
    void *stack_pointer; /* with ucontext: the address of its context, on its stack */
#ifdef FIBER_X86_64
    uint64_t go_on_at; /* fiber.h knows these by their offsets */
    uint64_t rbx, rbp, r12, r13, r14, r15;
#endif
#ifdef FIBER_TOLD_TO_TSAN
    void *told; /* ThreadSanitizer's own state of the fiber */
#endif
};

#endif /* EPTRANS_FIBER_STATE_H */
