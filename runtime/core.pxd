# core: the emulated machine as a whole: made, run, told about, taken down.
from libc.stdint cimport int16_t
from .core_record cimport ep_machine
from .host cimport ep_signals, ep_stacks, ep_ticker

# Everything that belongs to one run. `ep_host` of core_record.h.
cdef struct run_state:
    ep_machine *machine
    ep_stacks stacks
    ep_ticker ticker
    ep_signals signals
    char *globals
    int16_t *index_of
