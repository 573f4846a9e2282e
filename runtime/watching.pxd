# watching: the entries of a machine with the mesh model `contention`: single values
# between two cores where links are only watched (watched_links.pxd).
#
# Nearly all messages of such a run come here. A program gets this table of entries in
# place of the plain one when such a machine begins to run it (sharing.pyx), so that
# neither has to ask for what the other does. Whatever is otherwise here goes the way of
# the plain entries: they serve every machine.
from .eptrans_rt cimport ep_runtime


cdef void watching_fill_entries(ep_runtime *watching, const ep_runtime *plain) noexcept nogil
