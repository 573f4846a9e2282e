# network: see network.pxd.
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset
from .core_record cimport EP_INSIDE
from .eptrans_rt cimport EP_TICKS_PER_CYCLE
from .links cimport (
    NETWORKS, WRITES, lay_out, link, link_table, links_create, links_destroy, links_here,
    network_kind, place, read_time, take_route, transfer, way, worst_side, write_transfer,
)
from .watched_links cimport messages_of, watch_links

from eptrans.machine import MachineError, MeshModel, table_of_links

cdef extern from "core_record.h" nogil:
    struct ep_cost_name:
        const char *name
        size_t offset
    const ep_cost_name *ep_network_names


cdef int64_t ticks(double cycles):
    return round(cycles * EP_TICKS_PER_CYCLE)


cdef object network_create(ep_network *network, object options):
    """Fills in the network of a machine, from the chip of its `MachineOptions`. Raises MachineError."""
    cdef const ep_cost_name *one = ep_network_names
    cdef int64_t edge = ticks(options.chip["edge.latency"])
    while one.name != NULL:
        (<int64_t *>(<char *>network + one.offset))[0] = ticks(options.chip[f"mesh.{one.name.decode()}"])
        one += 1
    widths = [options.chip[name] for name in ("mesh.link_bytes", "edge.link_bytes", "edge.host_bytes")]
    for side, width in enumerate(widths):
        network.wire[side] = max(1, ticks(8 / width))
    lay_out(network, options.rows, options.columns, options.chip_rows, options.chip_columns, &edge)
    if options.mesh_model is MeshModel.CONTENTION and not links_create(network, options.rows, options.columns,
                                                                              len(options.cores) + options.host_cores):
        raise MachineError("there is not enough memory on this computer for the links of the mesh")


cdef void network_destroy(ep_network *network) noexcept nogil:
    links_destroy(network)


cdef class Network:
    """The mesh alone, without cores: what messages take and how they wait for each other.

    Times are in cycles; a place is (row, column), the host's is (0, columns). With the mesh model
    `contention` messages are to be given in the order in which they are posted.
    """

    cdef ep_network network
    cdef int32_t rows
    cdef int32_t columns

    def __cinit__(self):
        memset(&self.network, 0, sizeof(ep_network))

    def __init__(self, options: "MachineOptions"):
        self.rows, self.columns = options.rows, options.columns
        links_destroy(&self.network)
        network_create(&self.network, options)

    def __dealloc__(self):
        network_destroy(&self.network)

    cdef place checked(self, object where):
        """Raises ValueError for a place that the mesh has not."""
        cdef place found
        found.row, found.column = where
        if not (0 <= found.row < self.rows and 0 <= found.column < self.columns) and where != (0, self.columns):
            raise ValueError(f"{where} is no place of a mesh of {self.rows}x{self.columns}")
        return found

    def latency(self, start: tuple[int, int], end: tuple[int, int]) -> float:
        """Cycles from a write of at most 8 bytes leaving one place to its being in the other's memory."""
        return way(&self.network, self.checked(start), self.checked(end)) / <double>EP_TICKS_PER_CYCLE

    def transfer(self, start: tuple[int, int], end: tuple[int, int], size: int) -> float:
        """Cycles that so many bytes take beyond what 8 take, by a copying loop or by DMA."""
        cdef place first = self.checked(start)
        cdef place last = self.checked(end)
        cdef transfer time = write_transfer(&self.network, worst_side(&self.network, first, last), size)
        return (time.work + time.rest) / <double>EP_TICKS_PER_CYCLE

    def read(self, reader: tuple[int, int], owner: tuple[int, int], size: int = 4) -> float:
        """Cycles in which a core reads so many bytes of another's memory."""
        return read_time(&self.network, self.checked(reader), self.checked(owner), size) / <double>EP_TICKS_PER_CYCLE

    def send(self, posted: float, start: tuple[int, int], end: tuple[int, int], size: int = 8) -> float | None:
        """Posts a message and tells when its first 8 bytes have arrived, after what it had to wait for."""
        cdef place first = self.checked(start)
        cdef place last = self.checked(end)
        cdef int64_t time = ticks(posted)
        cdef int64_t waited = 0
        if self.network.links != NULL:
            waited = take_route(&self.network, WRITES, first, last, time, size)
            if waited and (<link_table *>self.network.links).watched:
                return None
        return (time + way(&self.network, first, last) + waited) / <double>EP_TICKS_PER_CYCLE

    def watch(self, now: float) -> None:
        """Lets links only be watched from a time on, at which nobody posts anything earlier any more.

        Messages may then be given in any order. Where one might have to wait, `send` gives None and the mesh is of
        no more use.
        """
        if self.network.links != NULL:
            watch_links(&self.network, ticks(now))

    def loads(self) -> "NDArray | None":
        """What each link carried: rows of `eptrans.recording.LINK`, those of all networks together.

        None with the mesh model `ideal`, where nobody looks at links.
        """
        rows = link_loads(&self.network, self.rows, self.columns)
        return None if rows is None else table_of_links(rows)


cdef object link_loads(ep_network *network, int32_t rows, int32_t columns):
    """What each link carried, fields as in `eptrans.recording.LINK`; None where nobody counted that."""
    cdef link *one
    cdef place where
    cdef int64_t carried, messages, size, busy, waited
    cdef int32_t row, column, towards, kind
    found = []
    if network.links == NULL or (<link_table *>network.links).whole:
        return None
    for row in range(rows):
        for column in range(columns + 1):
            where.row, where.column = row, column
            for towards in range(4):
                messages = size = busy = waited = 0
                for kind in range(<int32_t>NETWORKS):
                    one = links_here(network, <network_kind>kind, where, towards)
                    carried = messages_of(one)
                    messages += carried
                    size += 8 * carried + one.more_bytes
                    busy += network.wire[EP_INSIDE] * carried + one.more_busy
                    waited += one.waited
                if messages:
                    found.append((row, column, towards, messages, size, busy, waited))
    return found
