# locking_entries: the table of entries while several host threads share a
# machine. Those that touch more than the calling core's own state take the lock
# around the plain entry; the others, on the core's own arrays, texts and values,
# are the plain ones. An entry that ends in a fault takes the lock there (faults.pyx).
#
# A plain entry may switch to other cores and come back on another thread: it is
# that thread's hold of the lock that `let_go` ends.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_end_entry, ep_record, fiber_state
from .eptrans_rt cimport ep_array, ep_core, ep_value
from .host_threads cimport ep_has_ticked, thread_of
from .scheduler cimport make_ready
from .sharing cimport let_go, take_hold

cdef extern from "fiber.h" nogil:
    void fiber_switch_within(fiber_state *mine, const fiber_state *other, ep_value given)

cdef ep_runtime plain


cdef void print_values(ep_core *base, int32_t count, const ep_value *values, const char *separator,
                       const char *end) noexcept nogil:
    take_hold(ep_record(base))
    plain.print(base, count, values, separator, end)
    let_go(ep_record(base))


cdef ep_value read_input(ep_core *base, ep_value prompt) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.input(base, prompt)
    let_go(ep_record(base))
    return result


cdef void send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    take_hold(ep_record(base))
    plain.send(base, value, to)
    let_go(ep_record(base))


cdef void send_elements(ep_core *base, const ep_array *array, int64_t to, int64_t count) noexcept nogil:
    take_hold(ep_record(base))
    plain.send_elements(base, array, to, count)
    let_go(ep_record(base))


cdef ep_value recv(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.recv(base, origin)
    let_go(ep_record(base))
    return result


cdef ep_value recv_rest(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.recv_rest(base, origin)
    let_go(ep_record(base))
    return result


cdef ep_array *recv_elements(ep_core *base, int64_t origin, int64_t count) noexcept nogil:
    cdef ep_array *result
    take_hold(ep_record(base))
    result = plain.recv_elements(base, origin, count)
    let_go(ep_record(base))
    return result


cdef ep_value sendrecv(ep_core *base, ep_value value, int64_t peer) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.sendrecv(base, value, peer)
    let_go(ep_record(base))
    return result


cdef ep_array *sendrecv_elements(ep_core *base, const ep_array *array, int64_t peer, int64_t count) noexcept nogil:
    cdef ep_array *result
    take_hold(ep_record(base))
    result = plain.sendrecv_elements(base, array, peer, count)
    let_go(ep_record(base))
    return result


cdef void nonblocking_send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    take_hold(ep_record(base))
    plain.nonblocking_send(base, value, to)
    let_go(ep_record(base))


cdef int32_t test_sent(ep_core *base, int64_t to) noexcept nogil:
    cdef int32_t result
    take_hold(ep_record(base))
    result = plain.test_sent(base, to)
    let_go(ep_record(base))
    return result


cdef void wait_sent(ep_core *base, int64_t to) noexcept nogil:
    take_hold(ep_record(base))
    plain.wait_sent(base, to)
    let_go(ep_record(base))


cdef int32_t probe(ep_core *base, int64_t origin) noexcept nogil:
    cdef int32_t result
    take_hold(ep_record(base))
    result = plain.probe(base, origin)
    let_go(ep_record(base))
    return result


cdef ep_value bcast(ep_core *base, ep_value value, int64_t root) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.bcast(base, value, root)
    let_go(ep_record(base))
    return result


cdef ep_value reduce(ep_core *base, ep_value value, int32_t reduction) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.reduce(base, value, reduction)
    let_go(ep_record(base))
    return result


cdef void sync(ep_core *base) noexcept nogil:
    take_hold(ep_record(base))
    plain.sync(base)
    let_go(ep_record(base))


cdef void expose(ep_core *base, ep_array *array, int64_t to) noexcept nogil:
    take_hold(ep_record(base))
    plain.expose(base, array, to)
    let_go(ep_record(base))


cdef ep_array *access(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_array *result
    take_hold(ep_record(base))
    result = plain.access(base, origin)
    let_go(ep_record(base))
    return result


cdef void order(ep_core *base, const ep_array *array, int64_t elements, int32_t use) noexcept nogil:
    take_hold(ep_record(base))
    plain.order(base, array, elements, use)
    let_go(ep_record(base))


cdef void farm_init(ep_core *base, int64_t master) noexcept nogil:
    take_hold(ep_record(base))
    plain.farm_init(base, master)
    let_go(ep_record(base))


cdef void farm_exec(ep_core *base, int64_t to, ep_value function, int32_t count,
                    const ep_value *arguments) noexcept nogil:
    take_hold(ep_record(base))
    plain.farm_exec(base, to, function, count, arguments)
    let_go(ep_record(base))


cdef int32_t farm_test(ep_core *base, int64_t origin) noexcept nogil:
    cdef int32_t result
    take_hold(ep_record(base))
    result = plain.farm_test(base, origin)
    let_go(ep_record(base))
    return result


cdef ep_value farm_wait(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_value result
    take_hold(ep_record(base))
    result = plain.farm_wait(base, origin)
    let_go(ep_record(base))
    return result


cdef void farm_worker(ep_core *base, uint32_t *callee_frame) noexcept nogil:
    take_hold(ep_record(base))
    plain.farm_worker(base, callee_frame)
    let_go(ep_record(base))


cdef void farm_shutdown(ep_core *base) noexcept nogil:
    take_hold(ep_record(base))
    plain.farm_shutdown(base)
    let_go(ep_record(base))


cdef void attend(ep_core *base) noexcept nogil:
    """The entry that a loop calls at a tick: not into the heap, but to the end of its home's ring.

    Nothing, if the core's thread has seen the tick: the attention word is raised for others.
    """
    cdef ep_core_record *core = ep_record(base)
    if not core.locked and ep_has_ticked(thread_of(core)):
        return
    take_hold(core)
    if core.machine.shared:
        make_ready(core)
        fiber_switch_within(&core.fiber, core.machine.main_fiber, core.given)
    else:
        plain.attend(base)
    let_go(core)


cdef void leave(ep_core *base) noexcept nogil:
    """The entry `exit`, which does not return."""
    take_hold(ep_record(base))
    plain.exit(base)


cdef void locking_entries_fill(const ep_runtime *plain_table, ep_runtime *table) noexcept nogil:
    """Makes the table from the plain one."""
    global plain
    plain = plain_table[0]
    table[0] = plain
    table.exit = <ep_end_entry>leave
    table.print = print_values
    table.input = read_input
    table.send = send
    table.send_elements = send_elements
    table.recv = recv
    table.recv_rest = recv_rest
    table.recv_elements = recv_elements
    table.sendrecv = sendrecv
    table.sendrecv_elements = sendrecv_elements
    table.nonblocking_send = nonblocking_send
    table.test_sent = test_sent
    table.wait_sent = wait_sent
    table.probe = probe
    table.bcast = bcast
    table.reduce = reduce
    table.sync = sync
    table.expose = expose
    table.access = access
    table.order = order
    table.farm_init = farm_init
    table.farm_exec = farm_exec
    table.farm_test = farm_test
    table.farm_wait = farm_wait
    table.farm_worker = farm_worker
    table.farm_shutdown = farm_shutdown
    table.attend = attend
