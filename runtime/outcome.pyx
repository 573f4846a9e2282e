# outcome: see outcome.pxd. The only module beside core that makes Python objects.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .collectives cimport reduction_name
from .core_record cimport (
    EP_ACCESSES, EP_BCASTS_FROM, EP_BCASTS_TO, EP_DEADLOCK, EP_REFERENCE, EP_ENDED, EP_EXCHANGES, EP_FARM_EXECS, EP_FARM_SHUTS,
    EP_FARM_WAITS, EP_FAULT, EP_FINISHED, EP_INTERRUPTED, EP_OUTPUT_CLOSED, EP_RECEIVES, EP_REDUCES, EP_SENDS,
    EP_SYNCS, EP_WAITS_SENT, EP_WORKS, ep_core_record,
)
from .eptrans_rt cimport EP_TICKS_PER_CYCLE, ep_program, ep_site
from .host cimport ep_touched_end
from .memory cimport memory_figures
from .network cimport link_loads
from .output cimport outlet_of
from .recorder_notes cimport read_notes
from .taskfarm cimport SLOT_RUNNING, farm_of, farm_part

from eptrans.memory_layout import memory_layout
from eptrans.machine import FaultReport, FrameReport, Outcome, Status, WaitReport

STATUS = {
    EP_FINISHED: Status.FINISHED,
    EP_FAULT: Status.FAULT,
    EP_DEADLOCK: Status.DEADLOCK,
    EP_INTERRUPTED: Status.INTERRUPTED,
    EP_OUTPUT_CLOSED: Status.OUTPUT_CLOSED,
}


cdef inline str text(const char *bytes):
    return bytes.decode("utf-8", "replace")


cdef const ep_site *site_of(ep_machine *machine, uint32_t site) noexcept nogil:
    """A site's entry; one that no site has is no place."""
    return machine.program.sites + (site if site < machine.program.site_count else 0)


cdef str core_name(ep_core_record *core):
    return f"core {core.base.id}"


# ---- faults ----------------------------------------------------------------------------------------------

cdef object frame_report(ep_machine *machine, uint32_t number):
    cdef const ep_site *site = site_of(machine, number)
    cdef const ep_program *program = machine.program
    return FrameReport(
        function=text(program.frames[site.function].name),
        file=text(program.files[site.file]) if site.line else "",
        line=site.line,
        column=site.column,
    )


cdef list sites_of_calls(ep_core_record *core):
    """The sites under way in the emulated frames, from the base to the innermost."""
    cdef const ep_program *program = core.machine.program
    cdef const uint32_t *frame = core.stack
    cdef uint32_t words
    sites = []
    while frame <= core.base.frame:
        sites.append(frame[0])
        words = program.frames[site_of(core.machine, frame[0]).function].words
        if frame[0] == 0 or words == 0:
            break
        frame += words
    return sites


cdef tuple task_notes(ep_core_record *core):
    """Who gave the task that the core runs."""
    cdef ep_machine *machine = core.machine
    cdef farm_part *part = farm_of(core)
    cdef const ep_site *site
    if part == NULL or part.slot != SLOT_RUNNING:
        return ()
    site = site_of(machine, part.given_at)
    note = f"in task `{text(machine.program.functions[part.function].name)}`"
    note += f" given by {core_name(machine.cores + part.giver)}"
    if site.line:
        note += f" at {text(machine.program.files[site.file])}:{site.line}"
    return (note,)


cdef object fault_report(ep_machine *machine):
    cdef ep_core_record *core = machine.fault_core
    sites = sites_of_calls(core)
    reports = {site: frame_report(machine, site) for site in set(sites)}  # recursion repeats a few many times
    return FaultReport(
        message=text(machine.fault_text),
        core=core.base.id,
        is_host=bool(core.base.is_host),
        frames=tuple([reports[site] for site in reversed(sites)]),
        notes=task_notes(core),
    )


# ---- waits -----------------------------------------------------------------------------------------------

cdef str ended_text(ep_core_record *peer):
    return " (which has ended)" if peer.wait == EP_ENDED else ""


cdef str peer_text(ep_core_record *core, int32_t index):
    """A core that another waits for."""
    cdef ep_core_record *peer = core.machine.cores + index
    return core_name(peer) + ended_text(peer)


cdef str wait_text(ep_core_record *core):
    """What a core waits for, in a few words."""
    cdef int wait = core.wait
    cdef ep_core_record *peer = core.machine.cores + (core.peer if core.peer >= 0 else 0)
    if wait == EP_ACCESSES:
        return f"access from {peer_text(core, core.receive_peer)}"
    if wait == EP_SENDS and core.out.tag == EP_REFERENCE:
        return f"expose to {peer_text(core, core.send_peer)}"
    if wait == EP_SENDS:
        return f"send to {peer_text(core, core.send_peer)}"
    if wait == EP_RECEIVES:
        return f"recv from {peer_text(core, core.receive_peer)}"
    if wait == EP_EXCHANGES:
        return f"sendrecv with {peer_text(core, core.receive_peer)}"
    if wait == EP_WAITS_SENT:
        return f"{'nonblocking_send' if core.detail else 'wait_sent'} to {peer_text(core, core.peer)}"
    if wait == EP_SYNCS:
        return "sync"
    if wait == EP_REDUCES:
        return f'reduce "{text(reduction_name(core.detail))}"'
    if wait == EP_BCASTS_FROM:
        return f"bcast from {peer_text(core, core.peer)}"
    if wait == EP_BCASTS_TO:
        return "bcast as its root"
    if wait == EP_WORKS:
        return f"worker: task from {peer_text(core, core.peer)}"
    if wait == EP_FARM_WAITS:
        return f"waitFunctionFinish({peer.base.id}){ended_text(peer)}"
    if wait == EP_FARM_EXECS:
        return f"execFunction to {peer_text(core, core.peer)}"
    if wait == EP_FARM_SHUTS:
        return f"shutdownTaskFarm: task on {peer_text(core, core.peer)}"
    return "running"


cdef object wait_report(ep_core_record *core):
    cdef const ep_site *site = site_of(core.machine, core.base.frame[0])
    return WaitReport(
        core=core.base.id,
        is_host=bool(core.base.is_host),
        text=wait_text(core),
        file=text(core.machine.program.files[site.file]) if site.line else "",
        line=site.line,
    )


# ---- figures ---------------------------------------------------------------------------------------------

cdef int64_t stack_peak(ep_core_record *core, const ep_stacks *stacks):
    """Words of the emulated stack up to the end of the highest frame in which a call was made.

    Only a frame's first word is ever written, so the highest word that is not 0 is one.
    """
    cdef const uint32_t *top
    cdef size_t room = <size_t>core.machine.stack_words * sizeof(uint32_t)
    top = <const uint32_t *>ep_touched_end(stacks, <const char *>core.stack, room)
    while top > core.stack:
        top -= 1
        if top[0] != 0:
            return (top - core.stack) + core.machine.program.frames[site_of(core.machine, top[0]).function].words
    return 0


cdef object layout_of(const ep_program *program, object options, int32_t cores):
    """Where the parts of the program lie on each core."""
    return memory_layout(program.code_bytes, program.data_bytes,
                         program.stack_words * (program.word // 8), options, cores)


cdef object read_outcome(ep_machine *machine, const ep_stacks *stacks, object options):
    """The outcome of a machine that has stopped."""
    cdef ep_core_record *core
    cdef int64_t figures[4]
    cdef int32_t index
    stopped = machine.ending in (EP_DEADLOCK, EP_INTERRUPTED)
    waits, numbers, hosts, cycles, waited, sent, received, tasks = [], [], [], [], [], [], [], []
    local_peak, shared_peak, stack_peaks, waited_link = [], [], [], []
    for index in range(machine.count):
        core = machine.cores + index
        if stopped and core.wait != EP_ENDED:
            waits.append(wait_report(core))
        memory_figures(&core.base, figures)
        numbers.append(core.base.id)
        hosts.append(bool(core.base.is_host))
        cycles.append(core.base.clock / <double>EP_TICKS_PER_CYCLE)
        waited.append(core.waited / <double>EP_TICKS_PER_CYCLE)
        waited_link.append(core.waited_link / <double>EP_TICKS_PER_CYCLE)
        sent.append(core.sent)
        received.append(core.received)
        tasks.append(core.tasks)
        local_peak.append(figures[1])
        shared_peak.append(figures[3])
        stack_peaks.append(stack_peak(core, stacks))
    return Outcome(
        status=STATUS[machine.ending],
        output=outlet_of(machine).buffer[:outlet_of(machine).used] if options.capture else b"",
        fault=fault_report(machine) if machine.ending == EP_FAULT else None,
        waits=tuple(waits),
        core_ids=numbers, is_host=hosts, cycles=cycles, waited=waited, waited_link=waited_link,
        messages_sent=sent, messages_received=received, tasks=tasks,
        local_peak=local_peak, shared_peak=shared_peak, stack_peak=stack_peaks,
        layout=layout_of(machine.program, options, machine.count),
        clock_hz=options.chip.clock_hz, device=options.description,
        link_rows=link_loads(&machine.network, options.rows, options.columns),
        notes=read_notes(machine) if machine.recorder != NULL else None,
    )
