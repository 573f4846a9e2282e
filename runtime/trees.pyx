# trees: see trees.pxd.
from libc.stdlib cimport calloc, free
from .core_record cimport EP_BEGINS_AGAIN, ep_core_record
from .links cimport WRITES, place_of, take_route, transfer, way, worst_side, write_transfer
from .mesh cimport later

cdef enum:
    ROWS = 64


# ---- making it ------------------------------------------------------------------------------------

cdef int32_t lead_of_row(ep_machine *machine, const uint16_t *members, int32_t count, int32_t root) noexcept nogil:
    """The place among a row's cores of the one nearest to the root's column, or of the root itself."""
    cdef int32_t column = machine.cores[root].column
    cdef int32_t best = 0
    cdef int32_t far, least
    cdef int32_t position
    least = ROWS * 2
    for position in range(count):
        if members[position] == root:
            return position
        far = <int32_t>machine.cores[members[position]].column - column
        if far < 0:
            far = -far
        if far < least:
            least = far
            best = position
    return best


cdef int32_t add_branch(tree *line, int32_t filled, const uint16_t *cores, int32_t count, int32_t first,
                        uint16_t *positions) noexcept nogil:
    """Adds all but the one at `first` of a line of cores below it. How many there are then.

    Counted from `first` on, round the end, number j hangs below j with its lowest binary digit 1 taken away.
    `positions`: the places in the tree of those numbers; [0] is given, the others are filled in.
    """
    cdef int32_t step = 1
    cdef int32_t number
    cdef tree_node *node
    while step < count:
        step *= 2
    while step > 0:
        number = step
        while number < count:
            node = line.nodes + filled
            node.core = cores[(first + number) % count]
            node.parent = positions[number & (number - 1)]
            positions[number] = <uint16_t>filled
            filled += 1
            number += 2 * step
        step //= 2
    return filled


cdef void measure(ep_machine *machine, tree *line) noexcept nogil:
    """Fills in what the messages of a tree take."""
    cdef int32_t index
    cdef tree_node *node
    cdef ep_core_record *core
    cdef ep_core_record *parent
    for index in range(1, line.count):
        node = line.nodes + index
        core = machine.cores + node.core
        parent = machine.cores + line.nodes[node.parent].core
        node.way = <int32_t>way(&machine.network, place_of(parent), place_of(core))
        node.side = worst_side(&machine.network, place_of(parent), place_of(core))


cdef void grow_tree(ep_machine *machine, tree *line, int32_t root, uint16_t *members,
                    uint16_t *positions) noexcept nogil:
    """Puts the cores of a machine into a tree. `members` and `positions` have room for one a core."""
    cdef int32_t starts[ROWS + 1]
    cdef int32_t leads[ROWS]        # of the rows in use: places among its cores
    cdef int32_t rows[ROWS]
    cdef uint16_t lead_cores[ROWS]
    cdef uint16_t lead_positions[ROWS]
    cdef int32_t used = 0
    cdef int32_t first = 0
    cdef int32_t filled = 1
    cdef int32_t row, index
    starts[0] = 0
    for row in range(ROWS):  # the cores of each row, by their columns
        starts[row + 1] = starts[row]
        for index in range(machine.count):
            if machine.cores[index].row == row:
                members[starts[row + 1]] = <uint16_t>index
                starts[row + 1] += 1
    for index in range(ROWS):
        if starts[index + 1] > starts[index]:
            leads[used] = lead_of_row(machine, members + starts[index], starts[index + 1] - starts[index], root)
            lead_cores[used] = members[starts[index] + leads[used]]
            rows[used] = index
            if lead_cores[used] == root:
                first = used
            used += 1
    line.nodes[0].core = <uint16_t>root
    lead_positions[0] = 0
    filled = add_branch(line, filled, lead_cores, used, first, lead_positions)
    for index in range(used):
        row = rows[index]
        positions[0] = lead_positions[(index - first + used) % used]
        filled = add_branch(line, filled, members + starts[row], starts[row + 1] - starts[row], leads[index],
                            positions)


cdef void gather_unhindered(ep_machine *machine, tree *line) noexcept nogil:
    """Fills in `up` and `folds`: what `gather` comes to where nobody waits for a link."""
    cdef tree_node *node
    cdef tree_node *parent
    cdef tree_way *mine
    cdef int32_t index
    for index in range(line.count):  # `busy` counts children here, `held` what is folded
        line.nodes[index].time = line.nodes[index].busy = line.nodes[index].held = 0
    for index in range(1, line.count):
        node = line.nodes + index
        parent = line.nodes + node.parent
        # The last of a core's children is the first whose message it takes: those before come afterwards.
        node.time = (parent.time + machine.costs.send_startup + node.way
                     + parent.busy * machine.costs.receive)
        node.held = parent.held + parent.busy + 1
        parent.busy += 1
    for index in range(line.count):
        node = line.nodes + index
        mine = line.ways + node.core
        mine.up = node.time + node.busy * machine.costs.receive
        mine.folds = node.held + node.busy


cdef void spread_unhindered(ep_machine *machine, tree *line) noexcept nogil:
    """Fills in `down`: what `spread` comes to where nobody waits for a link."""
    cdef tree_node *node
    cdef tree_node *parent
    cdef int32_t index
    line.nodes[0].busy = 0
    for index in range(1, line.count):
        node = line.nodes + index
        parent = line.nodes + node.parent
        parent.busy += machine.costs.send_startup
        node.busy = parent.busy + node.way
        line.ways[node.core].down = node.busy
    line.ways[line.nodes[0].core].down = line.nodes[0].busy


cdef tree *tree_create(ep_machine *machine, int32_t root) noexcept nogil:
    """The tree from a core to all others. NULL: no memory. `free` ends it."""
    cdef size_t count = <size_t>machine.count
    cdef bint made = False
    cdef size_t nodes = sizeof(tree) + count * sizeof(tree_node)
    cdef tree *line = <tree *>calloc(1, nodes + count * sizeof(tree_way))
    cdef uint16_t *members = <uint16_t *>calloc(count + 1, sizeof(uint16_t))
    cdef uint16_t *positions = <uint16_t *>calloc(count + 1, sizeof(uint16_t))
    if line != NULL and members != NULL and positions != NULL:
        line.count = machine.count
        line.ways = <tree_way *>(<char *>line + nodes)
        grow_tree(machine, line, root, members, positions)
        measure(machine, line)
        gather_unhindered(machine, line)
        spread_unhindered(machine, line)
        made = True
    free(members)
    free(positions)
    if not made:
        free(line)
        return NULL
    return line


cdef void clear_held(tree *line) noexcept nogil:
    """Before a collective begins."""
    cdef int32_t index
    for index in range(line.count):
        line.nodes[index].held = 0


# ---- going over it --------------------------------------------------------------------------------

cdef inline int64_t held_up(ep_machine *machine, tree_node *node, tree_node *parent, bint down, int64_t posted,
                            int64_t bytes) noexcept nogil:
    """Ticks for which the message between a core and its parent waits for links."""
    cdef ep_core_record *core = machine.cores + node.core
    cdef ep_core_record *other = machine.cores + parent.core
    cdef int64_t waited
    if machine.network.links == NULL:
        return 0
    if down:
        waited = take_route(&machine.network, WRITES, place_of(other), place_of(core), posted, bytes)
    else:
        waited = take_route(&machine.network, WRITES, place_of(core), place_of(other), posted, bytes)
    if waited and not machine.ordered:
        machine.ending = EP_BEGINS_AGAIN
    node.held += waited
    return waited


cdef void gather(ep_machine *machine, tree *line, int64_t bytes, int64_t fold) noexcept nogil:
    """From all cores to the root: `time` of each node is when it begins, of the root then when it has all.

    `fold`: ticks in which a core makes one value of its own and one that it has received.
    """
    cdef tree_node *node
    cdef tree_node *parent
    cdef transfer more
    cdef int64_t posted, arrival
    cdef int32_t index
    for index in range(line.count - 1, 0, -1):
        node = line.nodes + index
        parent = line.nodes + node.parent
        more = write_transfer(&machine.network, <unsigned char>node.side, bytes)
        posted = node.time + machine.costs.send_startup + more.work
        arrival = posted + node.way + more.rest + held_up(machine, node, parent, False, posted, bytes)
        parent.time = later(parent.time + machine.costs.receive, arrival) + fold


cdef void spread(ep_machine *machine, tree *line, int64_t bytes) noexcept nogil:
    """From the root, whose `time` is given, to all: `time` of each node is when it has the value."""
    cdef tree_node *node
    cdef tree_node *parent
    cdef transfer more
    cdef int64_t posted
    cdef int32_t index
    line.nodes[0].busy = line.nodes[0].time
    for index in range(1, line.count):
        node = line.nodes + index
        parent = line.nodes + node.parent
        more = write_transfer(&machine.network, <unsigned char>node.side, bytes)
        posted = parent.busy + machine.costs.send_startup + more.work
        parent.busy = posted
        node.time = posted + node.way + more.rest + held_up(machine, node, parent, True, posted, bytes)
        node.busy = node.time


cdef void meet_on_tree(ep_machine *machine, tree *line, int64_t bytes, int64_t fold) noexcept nogil:
    """All cores' messages to the root and its word back: `time` of each node is when it goes on."""
    cdef tree_node *nodes = line.nodes
    cdef int32_t index
    for index in range(line.count):
        nodes[index].time = machine.cores[nodes[index].core].base.clock
    clear_held(line)
    gather(machine, line, bytes, fold)
    spread(machine, line, bytes)
    nodes[0].time = nodes[0].busy
