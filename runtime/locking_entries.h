/* locking_entries.h: the entries of the runtime that lock, one line for each.
 *
 * While several host threads share a machine, every entry that touches more than the
 * calling core's own state is called with the machine held. Messages between two cores
 * of one thread need that thread's own lock only, as long as nothing is pending that is
 * ordered by time: no core waits for its turn and no links are taken. Their entries touch
 * both cores' records and the thread's rings, and what else they need they ask for
 * (a fault takes hold of the machine, flight.pyx has a lock for its copies).
 *
 * Entries that are not named here work on the core's own arrays, texts and values.
 * `exit` and `attend` stand in locking_entries.pyx: they do not do what the plain ones do.
 */
#ifndef EPTRANS_LOCKING_ENTRIES_H
#define EPTRANS_LOCKING_ENTRIES_H

#include "host_threads.h"

/* DOES(name, parameters, arguments) and GIVES(type of the result, name, parameters, arguments) */
#define EP_ENTRIES_HOLDING_MACHINE(DOES, GIVES)                                                                   \
    DOES(print,                                                                                                   \
         (struct ep_core * core, int32_t count, const ep_value *values, const char *separator, const char *end),  \
         (core, count, values, separator, end))                                                                   \
    GIVES(ep_value, input, (struct ep_core * core, ep_value prompt), (core, prompt))                              \
    DOES(nonblocking_send, (struct ep_core * core, ep_value value, int64_t to), (core, value, to))                \
    GIVES(int32_t, test_sent, (struct ep_core * core, int64_t to), (core, to))                                    \
    DOES(wait_sent, (struct ep_core * core, int64_t to), (core, to))                                              \
    GIVES(int32_t, probe, (struct ep_core * core, int64_t from), (core, from))                                    \
    GIVES(ep_value, bcast, (struct ep_core * core, ep_value value, int64_t root), (core, value, root))            \
    GIVES(ep_value, reduce, (struct ep_core * core, ep_value value, int32_t reduction), (core, value, reduction)) \
    DOES(sync, (struct ep_core * core), (core))                                                                   \
    DOES(expose, (struct ep_core * core, struct ep_array * array, int64_t to), (core, array, to))                 \
    GIVES(struct ep_array *, access, (struct ep_core * core, int64_t from), (core, from))                         \
    DOES(order, (struct ep_core * core, const struct ep_array *array, int64_t elements, int32_t use),             \
         (core, array, elements, use))                                                                            \
    DOES(farm_init, (struct ep_core * core, int64_t master), (core, master))                                      \
    DOES(farm_exec,                                                                                               \
         (struct ep_core * core, int64_t to, ep_value function, int32_t count, const ep_value *arguments),        \
         (core, to, function, count, arguments))                                                                  \
    GIVES(int32_t, farm_test, (struct ep_core * core, int64_t from), (core, from))                                \
    GIVES(ep_value, farm_wait, (struct ep_core * core, int64_t from), (core, from))                               \
    DOES(farm_worker, (struct ep_core * core, uint32_t *callee_frame), (core, callee_frame))                      \
    DOES(farm_shutdown, (struct ep_core * core), (core))

/* The same; the parameter `peer` is the other core's number. */
#define EP_ENTRIES_BETWEEN_TWO(DOES, GIVES)                                                                       \
    DOES(send, (struct ep_core * core, ep_value value, int64_t peer), (core, value, peer))                        \
    DOES(send_elements, (struct ep_core * core, const struct ep_array *array, int64_t peer, int64_t count),       \
         (core, array, peer, count))                                                                              \
    GIVES(ep_value, recv, (struct ep_core * core, int64_t peer), (core, peer))                                    \
    GIVES(ep_value, recv_rest, (struct ep_core * core, int64_t peer), (core, peer))                               \
    GIVES(struct ep_array *, recv_elements, (struct ep_core * core, int64_t peer, int64_t count),                 \
          (core, peer, count))                                                                                    \
    GIVES(ep_value, sendrecv, (struct ep_core * core, ep_value value, int64_t peer), (core, value, peer))         \
    GIVES(struct ep_array *, sendrecv_elements,                                                                   \
          (struct ep_core * core, const struct ep_array *array, int64_t peer, int64_t count),                     \
          (core, array, peer, count))

/* So often a core that needs no more than its thread's lock may go before those that wait for the machine to be held:
 * without it one of these would bring the next, since who has held the machine is woken for that again. */
#define EP_MOST_PASSES 6

static struct ep_runtime ep_plain_entries;
static void (*ep_take_hold)(struct ep_core_record *); /* of the machine */
static void (*ep_let_go)(struct ep_core_record *);

/* ---- locking -------------------------------------------------------------------------------- */

/* Whether the lock of its thread, which is taken, is enough for a core to talk to another. */
static inline int ep_own_lock_is_enough(struct ep_thread *thread, int64_t peer)
{
    const struct ep_machine *machine = thread->all->machine;
    int32_t index = peer >= 0 && peer < machine->number_limit ? machine->index_of[peer] : -1;
    return index >= 0 && machine->cores[index].thread == thread && machine->turn_count == 0 && machine->direct
           && machine->ending == EP_GOES_ON
           && (ep_ring_count(thread->ring) == 0 || thread->passes++ < EP_MOST_PASSES);
}

/* A core enters: from now on its thread holds what it takes to talk to a peer. A plain entry may switch to other
 * cores and come back on another thread: it is that thread's hold that ep_leave_entry ends. */
static inline void ep_enter_with(struct ep_core *core, int64_t peer)
{
    struct ep_thread *thread = ep_record(core)->thread;
    if (!core->machine->shared)
        return;
    if (thread->hold == EP_HOLDS_NOTHING) {
        ep_take_own_lock(thread);
        if (EP_LIKELY(ep_own_lock_is_enough(thread, peer))) {
            core->ring = &thread->own_ring;
            thread->runs = -1;
            thread->own_entries++;
            return;
        }
        ep_give_own_lock(thread);
    }
    ep_take_hold(ep_record(core));
}

static inline void ep_enter(struct ep_core *core)
{
    if (core->machine->shared)
        ep_take_hold(ep_record(core));
}

static inline void ep_leave_entry(struct ep_core *core)
{
    struct ep_thread *thread = ep_record(core)->thread;
    if (!core->machine->shared)
        return;
    if (thread->hold == EP_HOLDS_OWN_LOCK) {
        thread->clock = core->clock;
        thread->runs = ep_record(core)->index;
        ep_give_own_lock(thread);
    } else {
        ep_let_go(ep_record(core));
    }
}

/* ---- the entries ------------------------------------------------------------------------------ */

#define EP_DOES(entered, name, parameters, arguments)                                                        \
    static void ep_locking_##name parameters                                                                 \
    {                                                                                                        \
        entered;                                                                                             \
        ep_plain_entries.name arguments;                                                                     \
        ep_leave_entry(core);                                                                                \
    }
#define EP_GIVES(entered, type, name, parameters, arguments)                                                 \
    static type ep_locking_##name parameters                                                                 \
    {                                                                                                        \
        type result;                                                                                         \
        entered;                                                                                             \
        result = ep_plain_entries.name arguments;                                                            \
        ep_leave_entry(core);                                                                                \
        return result;                                                                                       \
    }
#define EP_DOES_HOLDING_MACHINE(...) EP_DOES(ep_enter(core), __VA_ARGS__)
#define EP_GIVES_HOLDING_MACHINE(...) EP_GIVES(ep_enter(core), __VA_ARGS__)
#define EP_DOES_BETWEEN_TWO(...) EP_DOES(ep_enter_with(core, peer), __VA_ARGS__)
#define EP_GIVES_BETWEEN_TWO(...) EP_GIVES(ep_enter_with(core, peer), __VA_ARGS__)

EP_ENTRIES_HOLDING_MACHINE(EP_DOES_HOLDING_MACHINE, EP_GIVES_HOLDING_MACHINE)
EP_ENTRIES_BETWEEN_TWO(EP_DOES_BETWEEN_TWO, EP_GIVES_BETWEEN_TWO)

#define EP_SET_DOES(name, parameters, arguments) table->name = ep_locking_##name;
#define EP_SET_GIVES(type, name, parameters, arguments) table->name = ep_locking_##name;

/* Makes the table from the plain one, whose other entries it keeps. */
static inline void ep_locking_entries_fill(const struct ep_runtime *plain, struct ep_runtime *table,
                                           void (*take_hold)(struct ep_core_record *),
                                           void (*let_go)(struct ep_core_record *))
{
    ep_plain_entries = *plain;
    ep_take_hold = take_hold;
    ep_let_go = let_go;
    *table = *plain;
    EP_ENTRIES_HOLDING_MACHINE(EP_SET_DOES, EP_SET_GIVES)
    EP_ENTRIES_BETWEEN_TWO(EP_SET_DOES, EP_SET_GIVES)
}

#endif /* EPTRANS_LOCKING_ENTRIES_H */
