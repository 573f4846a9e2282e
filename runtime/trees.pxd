# trees: the way of a collective over the mesh: from one core to all, or from all
# to one and back again.
#
# The tree goes along the root's column first, from row to row, and then along each
# row; among n it takes as many steps as n has binary digits, the far ones first, so
# that most of its messages go to a neighbour. Each edge of it is a message: posted
# by one core, taken by the other, one after the other on a core that has several.
from libc.stdint cimport int32_t, int64_t, uint16_t
from .core_record cimport ep_core_record, ep_machine


# One core's place in a tree.
cdef struct tree_node:
    uint16_t core       # its index
    uint16_t parent     # a place in the tree, before this one
    uint16_t side       # the narrowest kind of link on the way from its parent: an ep_side
    int32_t way         # ticks from its parent, and back
    int64_t time        # scratch: its clock as a collective goes on
    int64_t busy        # scratch: when it has sent to all its children
    int64_t held        # scratch: ticks for which its messages waited for links


# What a core's messages of at most 8 bytes take through the whole tree if none waits for a link. The root has
# all when the latest has come of what each core alone would make it wait for: so that nobody has to walk the
# tree, see `meets_at`.
cdef struct tree_way:
    int64_t up          # ticks from a core's beginning to the root's having its message, folding not counted
    int64_t folds       # how often one value is made of two on that way
    int64_t down        # ticks from then to the core's having word of it; of the root: to its having sent its last


# `struct ep_tree` of core_record.h. Parents come before their children, and of these the largest part first.
cdef struct tree:
    int32_t count
    tree_way *ways      # by core; behind the nodes
    tree_node nodes[1]


cdef tree *tree_create(ep_machine *machine, int32_t root) noexcept nogil
cdef void meet_on_tree(ep_machine *machine, tree *line, int64_t bytes, int64_t fold) noexcept nogil
cdef void clear_held(tree *line) noexcept nogil
cdef void gather(ep_machine *machine, tree *line, int64_t bytes, int64_t fold) noexcept nogil
cdef void spread(ep_machine *machine, tree *line, int64_t bytes) noexcept nogil


cdef inline const tree_way *way_of(const ep_core_record *core) noexcept nogil:
    """The core's way in collectives in which all take part."""
    return (<const tree *>core.machine.tree).ways + core.index


cdef inline int64_t meets_at(const ep_core_record *core, int64_t fold) noexcept nogil:
    """When the root would have all if the others waited for this core only; the latest of all is when it has.

    For messages of at most 8 bytes of which none waits for a link. `fold`: ticks in which a core makes one
    value of its own and one that it has received.
    """
    cdef const tree_way *way = way_of(core)
    return core.base.clock + way.up + way.folds * fold
