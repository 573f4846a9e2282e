# collectives: see collectives.pxd.
from libc.math cimport NAN, isnan
from libc.stdint cimport uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free
from .core_record cimport (
    EP_BCASTS_FROM, EP_BCASTS_TO, EP_NO_HOST_MEMORY, EP_REDUCES, EP_SYNCS, ep_broadcast, ep_core_record,
    ep_meeting, ep_record, ep_reduce,
)
from .eptrans_rt cimport (
    EP_ARRAY, EP_BOOL, EP_IMMORTAL, EP_INT, EP_MIN, EP_PROD, EP_REAL, EP_STRING, EP_SUM, EP_UNSET,
    ep_array, ep_core,
)
from .faults cimport PLACE_ROOM, TEXT_ROOM, fault, fault_number, kind_name, place_text
from .flight cimport carry, drop_carried, is_scalar
from .memory cimport copy_value_into
from .mesh cimport answer, later, value_bytes
from .offers cimport check_sendable
from .scheduler cimport end_machine, make_all_ready, make_ready, park, park_within, wait_turn
from .trees cimport clear_held, meet_on_tree, meets_at, spread, tree, tree_create, tree_node, tree_way


# ---- bcast ----------------------------------------------------------------------------------------

cdef ep_value keep(ep_value value) noexcept nogil:
    """The same value once more: a reference of its own."""
    if value.tag == EP_ARRAY:
        value.payload.array.references += 1
    elif value.tag == EP_STRING and value.payload.string.references != EP_IMMORTAL:
        value.payload.string.references += 1
    return value


cdef broadcast *broadcast_of(ep_core_record *root) noexcept nogil:
    cdef broadcast *one = <broadcast *>root.broadcast
    if one == NULL:
        one = <broadcast *>calloc(1, sizeof(broadcast))
        if one == NULL:
            end_machine(root, EP_NO_HOST_MEMORY)
        root.broadcast = <ep_broadcast *>one
        one.line = tree_create(root.machine, root.index)
        one.cores = <coming *>calloc(<size_t>root.machine.count, sizeof(coming))
        if one.line == NULL or one.cores == NULL:
            end_machine(root, EP_NO_HOST_MEMORY)
    return one


cdef void schedule(ep_core_record *root, broadcast *one, int64_t bytes) noexcept nogil:
    """Sends a bcast on its way down the tree: when it reaches each core."""
    cdef ep_machine *machine = root.machine
    cdef tree_node *node
    cdef int32_t place
    if not machine.direct:
        wait_turn(root)
    clear_held(one.line)
    one.line.nodes[0].time = root.base.clock
    spread(machine, one.line, bytes)
    for place in range(1, one.line.count):
        node = one.line.nodes + place
        one.cores[node.core].arrival = node.time
        one.cores[node.core].held = node.held
        one.cores[node.core].taken = False
    root.base.clock = one.line.nodes[0].busy


cdef ep_value bcast_to_all(ep_core_record *root, ep_value value) noexcept nogil:
    """bcast on the root: posts the value and waits until every other core has it."""
    cdef ep_machine *machine = root.machine
    cdef broadcast *one
    cdef int32_t waiting
    check_sendable(root, value)
    if machine.count == 1:
        root.base.clock += machine.costs.send_startup
        return keep(value)
    one = broadcast_of(root)
    schedule(root, one, value_bytes(root, value))
    value.origin = root.base.frame[0]
    root.out = value
    root.sent += 1
    one.left = machine.count - 1
    one.posted = root.base.clock
    one.known = root.base.clock
    while root.first_waiting >= 0:
        waiting = root.first_waiting
        root.first_waiting = machine.cores[waiting].next_waiting
        make_ready(machine.cores + waiting)
    root.wait = EP_BCASTS_TO
    park_within(root)
    root.waited += root.base.clock - one.posted
    return keep(value)


cdef ep_value bcast_from(ep_core_record *core, ep_core_record *root) noexcept nogil:
    """bcast on another core: takes the root's value, each one once."""
    cdef ep_machine *machine = core.machine
    cdef broadcast *one = broadcast_of(root)
    cdef coming *mine = one.cores + core.index
    cdef int64_t ready = core.base.clock + machine.costs.receive
    cdef int64_t wait
    cdef ep_value value
    while one.left == 0 or mine.taken:
        core.next_waiting = root.first_waiting
        root.first_waiting = core.index
        core.peer = root.index
        core.wait = EP_BCASTS_FROM
        park_within(core)
    wait = later(mine.arrival - ready, 0)
    core.base.clock = ready + wait
    core.waited += wait
    core.waited_link += wait if wait < mine.held else mine.held
    core.received += 1
    one.known = later(one.known, answer(core, root))
    value = root.out if is_scalar(root.out) else copy_value_into(&core.base, root.out)
    mine.taken = True
    one.left -= 1
    if one.left == 0:
        root.base.clock = one.known
        make_ready(root)
    return value


cdef ep_value bcast(ep_core *base, ep_value value, int64_t root) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    cdef int32_t index = machine.index_of[root] if 0 <= root < machine.number_limit else -1
    if index < 0:
        fault_number(core, b"bcast from core %lld: there is no such core in this run", root)
    if index == core.index:
        return bcast_to_all(core, value)
    return bcast_from(core, machine.cores + index)


# ---- sync ------------------------------------------------------------------------------------------

cdef inline bint meet(ep_core_record *core, ep_meeting *meeting, int64_t fold) noexcept nogil:
    """The core comes to a meeting. True: it is the last. `fold`: see `adjourn`."""
    meeting.done = later(meeting.done, meets_at(core, fold))
    meeting.count += 1
    return meeting.count == core.machine.count


cdef void leave_at_once(ep_core_record *last, int64_t done, const ep_value *given) noexcept nogil:
    """`adjourn` where no message waits for a link. `done`: when the root has the last of them."""
    cdef ep_machine *machine = last.machine
    cdef const tree_way *ways = (<const tree *>machine.tree).ways
    cdef ep_core_record *core
    cdef int64_t time
    cdef int32_t index
    for index in range(machine.count):
        core = machine.cores + index
        time = done + ways[index].down
        core.waited += time - core.base.clock
        core.base.clock = time
        if given != NULL:
            core.given = given[0]


cdef void leave_by_tree(ep_core_record *last, const ep_value *given, int64_t bytes,
                        int64_t fold) noexcept nogil:
    """`adjourn` of large messages, or where links are taken."""
    cdef ep_machine *machine = last.machine
    cdef tree *line = <tree *>machine.tree
    cdef tree_node *node
    cdef ep_core_record *core
    cdef int32_t place
    meet_on_tree(machine, line, bytes, fold)
    for place in range(line.count):
        node = line.nodes + place
        core = machine.cores + node.core
        core.waited += node.time - core.base.clock
        core.waited_link += node.held
        core.base.clock = node.time
        if given != NULL:
            core.given = given[0]


cdef void adjourn(ep_core_record *last, ep_meeting *meeting, const ep_value *given, int64_t bytes,
                  int64_t fold) noexcept nogil:
    """All cores leave a meeting, each when word has come to it; the last to come runs on.

    `given`: put into their records, or NULL; `bytes`: of each message; `fold`: ticks in which a core puts a
    message and what it has together, as told to `meet`.
    """
    if last.machine.direct and bytes <= 8:
        leave_at_once(last, meeting.done, given)
    else:
        leave_by_tree(last, given, bytes, fold)
    make_all_ready(last)
    meeting.count = 0
    meeting.kinds = 0
    meeting.done = 0


cdef void sync(ep_core *base) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_meeting *meeting = &core.machine.meetings[0]
    if meet(core, meeting, 0):
        adjourn(core, meeting, NULL, 8, 0)
        return
    core.wait = EP_SYNCS
    park(core)


# ---- reduce: folding ---------------------------------------------------------------------------------

cdef const char *reduction_name(int32_t reduction) noexcept nogil:
    """As programs write it."""
    if reduction == EP_SUM:
        return b"sum"
    if reduction == EP_PROD:
        return b"prod"
    return b"min" if reduction == EP_MIN else b"max"


cdef inline int64_t fold_ints(int32_t reduction, int64_t left, int64_t right) noexcept nogil:
    """Wraps at 64 bits; the low 32 are right for a word of 32."""
    if reduction == EP_SUM:
        return <int64_t>(<uint64_t>left + <uint64_t>right)
    if reduction == EP_PROD:
        return <int64_t>(<uint64_t>left * <uint64_t>right)
    if reduction == EP_MIN:
        return right if right < left else left
    return right if right > left else left


cdef inline double fold_reals(int32_t reduction, double left, double right, bint single) noexcept nogil:
    """nan wins; `single`: rounded to a float. A sum or product of two floats is the same, rounded once
    more, as one computed in single precision."""
    cdef double result
    if reduction == EP_SUM:
        result = left + right
    elif reduction == EP_PROD:
        result = left * right
    elif isnan(left) or isnan(right):
        return NAN
    elif reduction == EP_MIN:
        return right if right < left else left
    else:
        return right if right > left else left
    return <float>result if single else result


cdef inline double as_real(int32_t kind, int64_t integer, double real, bint single) noexcept nogil:
    if kind == EP_REAL:
        return real
    return <float>integer if single else <double>integer


cdef ep_value fold_all_ints(ep_machine *machine, int32_t reduction) noexcept nogil:
    """`fold_values` of ints only."""
    cdef ep_value total = machine.cores[0].out
    cdef int64_t folded = total.payload.integer
    cdef int32_t index
    for index in range(1, machine.count):
        folded = fold_ints(reduction, folded, machine.cores[index].out.payload.integer)
    total.payload.integer = <int32_t>folded if machine.program.word == 32 else folded
    total.origin = 0
    return total


cdef ep_value fold_values(ep_machine *machine, int32_t reduction) noexcept nogil:
    """All cores' single numbers into one, in core order."""
    cdef bint single = machine.program.word == 32
    cdef ep_value total = machine.cores[0].out
    cdef ep_value other
    cdef int32_t index
    for index in range(1, machine.count):
        other = machine.cores[index].out
        if total.tag == EP_REAL or other.tag == EP_REAL:
            total.payload.real = fold_reals(
                reduction, as_real(total.tag, total.payload.integer, total.payload.real, single),
                as_real(other.tag, other.payload.integer, other.payload.real, single), single)
            total.tag = EP_REAL
            continue
        total.payload.integer = fold_ints(reduction, total.payload.integer, other.payload.integer)
        if single:
            total.payload.integer = <int32_t>total.payload.integer
        if total.tag != other.tag or reduction == EP_SUM or reduction == EP_PROD:
            total.tag = EP_INT
    if total.tag == EP_BOOL and (reduction == EP_SUM or reduction == EP_PROD):
        total.tag = EP_INT
    total.origin = 0
    return total


cdef inline int64_t int_slot(const ep_array *array, int64_t place, bint single) noexcept nogil:
    return (<const int32_t *>array.data)[place] if single else (<const int64_t *>array.data)[place]


cdef inline double real_slot(const ep_array *array, int64_t place, bint single) noexcept nogil:
    """A slot of a number of any kind as a real."""
    if array.kind != EP_REAL:
        return as_real(array.kind, int_slot(array, place, single), 0.0, single)
    return (<const float *>array.data)[place] if single else (<const double *>array.data)[place]


cdef void fold_array(ep_array *total, const ep_array *other, int32_t reduction, bint single) noexcept nogil:
    """Folds another core's array into the total; both have as many elements."""
    cdef int64_t place
    cdef int64_t integer
    cdef double real
    if total.kind == EP_REAL or other.kind == EP_REAL:
        for place in range(total.length):
            real = fold_reals(reduction, real_slot(total, place, single), real_slot(other, place, single), single)
            if single:
                (<float *>total.data)[place] = <float>real
            else:
                (<double *>total.data)[place] = real
        total.kind = EP_REAL
        return
    for place in range(total.length):
        integer = fold_ints(reduction, int_slot(total, place, single), int_slot(other, place, single))
        if single:
            (<int32_t *>total.data)[place] = <int32_t>integer
        else:
            (<int64_t *>total.data)[place] = integer
    if total.kind != other.kind or reduction == EP_SUM or reduction == EP_PROD:
        total.kind = EP_INT


cdef ep_value fold_arrays(ep_core_record *last, int32_t reduction) noexcept nogil:
    cdef ep_machine *machine = last.machine
    cdef ep_value total = carry(last, machine.cores[0].out)
    cdef int32_t index
    total.origin = 0
    for index in range(1, machine.count):
        fold_array(total.payload.array, machine.cores[index].out.payload.array, reduction,
                   machine.program.word == 32)
    if machine.count == 1 and total.payload.array.kind == EP_BOOL and (reduction == EP_SUM
                                                                       or reduction == EP_PROD):
        total.payload.array.kind = EP_INT
    return total


# ---- reduce: the meeting -------------------------------------------------------------------------------

cdef inline bint is_number(int32_t kind) noexcept nogil:
    return EP_BOOL <= kind <= EP_REAL


cdef void check_reducible(ep_core_record *core, ep_value value, int32_t reduction) noexcept nogil:
    """Of what is no single number: a fault if it is no array of numbers either."""
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    cdef const char *what
    cdef const char *origin = b""
    if value.tag == EP_ARRAY and is_number(value.payload.array.kind):
        return
    what = kind_name(value)
    if value.tag == EP_ARRAY:
        what = b"an array of functions"
    if place_text(core.machine, value.origin, place, PLACE_ROOM) > 0:
        origin = b"; the value was sent at "
    snprintf(text, TEXT_ROOM, b"reduce \"%s\" takes numbers and arrays of numbers, not %s%s%s",
             reduction_name(reduction), what, origin, place)
    fault(&core.base, text)


cdef inline int64_t extent(ep_value value) noexcept nogil:
    """An array's length, -1 for a single number."""
    return value.payload.array.length if value.tag == EP_ARRAY else -1


cdef ep_core_record *find_unlike(ep_machine *machine) noexcept nogil:
    """The first core whose value has not the shape of the first core's, or NULL."""
    cdef int64_t wanted = extent(machine.cores[0].out)
    cdef int32_t index
    for index in range(1, machine.count):
        if extent(machine.cores[index].out) != wanted:
            return machine.cores + index
    return NULL


cdef int32_t extent_text(ep_value value, char *text, int32_t room) noexcept nogil:
    if value.tag == EP_ARRAY:
        return snprintf(text, room, b"an array of %lld elements", <long long>value.payload.array.length)
    return snprintf(text, room, b"a single number")


cdef void fault_unlike(ep_core_record *core, int32_t reduction) noexcept nogil:
    cdef ep_core_record *first = core.machine.cores
    cdef char text[TEXT_ROOM]
    cdef char mine[64]
    cdef char other[64]
    cdef char place[PLACE_ROOM]
    extent_text(core.out, mine, 64)
    extent_text(first.out, other, 64)
    place_text(core.machine, first.out.origin, place, PLACE_ROOM)
    snprintf(text, TEXT_ROOM, b"reduce \"%s\" of %s here, but of %s on core %d at %s",
             reduction_name(reduction), mine, other, first.base.id, place)
    fault(&core.base, text)


cdef int64_t latest_clock(ep_machine *machine) noexcept nogil:
    """The clock of the core that came to a meeting last."""
    cdef int64_t latest = 0
    cdef int32_t index
    for index in range(machine.count):
        latest = later(latest, machine.cores[index].base.clock)
    return latest


cdef bint end_reduce(ep_core_record *last, ep_meeting *meeting, int32_t reduction) noexcept nogil:
    """Folds, and lets all cores go: numbers are put into their records, an array they copy themselves.

    Where the shapes differ, only the core that differs goes on, to its fault; false: it is not `last`.
    """
    cdef ep_machine *machine = last.machine
    cdef ep_core_record *unlike
    cdef ep_value total
    if not meeting.kinds & (1 << EP_ARRAY):
        total = (fold_all_ints(machine, reduction) if meeting.kinds == 1 << EP_INT
                 else fold_values(machine, reduction))
        adjourn(last, meeting, &total, 8, machine.costs.reduce_element)
        return True
    unlike = find_unlike(machine)
    if unlike != NULL:
        unlike.base.clock = latest_clock(machine)
        if unlike != last:
            make_ready(unlike)
        return unlike == last
    total = fold_arrays(last, reduction)
    machine.reduced = <ep_reduce *>calloc(1, sizeof(reduce_result))
    if machine.reduced == NULL:
        end_machine(last, EP_NO_HOST_MEMORY)
    (<reduce_result *>machine.reduced).left = machine.count
    (<reduce_result *>machine.reduced).value = total
    adjourn(last, meeting, &total, value_bytes(last, total),
            total.payload.array.length * machine.costs.reduce_element)
    return True


cdef ep_value fetch_reduced(ep_core_record *core) noexcept nogil:
    """Copies the array that a reduce gave into the core's memory; the last to do so gives it up."""
    cdef reduce_result *result = <reduce_result *>core.machine.reduced
    cdef ep_value value = copy_value_into(&core.base, result.value)
    result.left -= 1
    if result.left == 0:
        collectives_destroy_result(core.machine)
    return value


cdef ep_value reduce(ep_core *base, ep_value value, int32_t reduction) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_meeting *meeting = &core.machine.meetings[1 + reduction]
    cdef int64_t fold = core.machine.costs.reduce_element
    if not is_number(value.tag):
        check_sendable(core, value)
        check_reducible(core, value, reduction)
        fold *= value.payload.array.length
    value.origin = base.frame[0]
    core.out = value
    core.sent += 1
    core.received += 1
    core.detail = reduction
    core.given.tag = EP_UNSET
    meeting.kinds |= 1 << value.tag
    if not (meet(core, meeting, fold) and end_reduce(core, meeting, reduction)):
        core.wait = EP_REDUCES
        park_within(core)
    if core.given.tag == EP_UNSET:
        fault_unlike(core, reduction)
    if core.given.tag == EP_ARRAY:
        return fetch_reduced(core)
    return core.given


# ---- teardown ---------------------------------------------------------------------------------------------

cdef void collectives_destroy_result(ep_machine *machine) noexcept nogil:
    cdef reduce_result *result = <reduce_result *>machine.reduced
    if result != NULL:
        drop_carried(machine, result.value)
        free(result)
    machine.reduced = NULL


cdef void collectives_destroy(ep_machine *machine) noexcept nogil:
    cdef broadcast *one
    cdef int32_t index
    collectives_destroy_result(machine)
    for index in range(machine.count):
        one = <broadcast *>machine.cores[index].broadcast
        if one != NULL:
            free(one.line)
            free(one.cores)
            free(one)
        machine.cores[index].broadcast = NULL


cdef void collectives_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.bcast = bcast
    runtime.reduce = reduce
    runtime.sync = sync
