# watching: the entries of a machine with the mesh model `contention`: single values
# between two cores where links are only watched (watched_links.pxd).
#
# Nearly all messages of such a run come here. A program gets this table of entries in
# place of the plain one when such a machine begins to run it (sharing.pyx), so that
# neither has to ask for what the other does. Whatever is otherwise here goes the way of
# the plain entries: they serve every machine.
#
# `watch_way` stands here and not in watched_links.pyx since a function of another module is called
# through a pointer, so that the C compiler keeps it apart from what it seldom needs.
from libc.stdint cimport int64_t
from .core_record cimport ep_core_record
from .eptrans_rt cimport ep_runtime
from .links cimport known_way


cdef int64_t watch_way(const known_way *way, int64_t departs, ep_core_record *runs) noexcept nogil
cdef void watching_fill_entries(ep_runtime *watching, const ep_runtime *plain) noexcept nogil
