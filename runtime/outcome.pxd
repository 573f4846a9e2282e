# outcome: what a stopped machine tells, as the classes of eptrans.machine.
from libc.stdint cimport int32_t
from .core_record cimport ep_machine
from .eptrans_rt cimport ep_program
from .host cimport ep_stacks


cdef object layout_of(const ep_program *program, object options, int32_t cores)
cdef object read_outcome(ep_machine *machine, const ep_stacks *stacks, object options)
