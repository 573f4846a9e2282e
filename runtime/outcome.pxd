# outcome: what a stopped machine tells, as the classes of eptrans.machine.
from .core_record cimport ep_machine
from .host cimport ep_stacks


cdef object read_outcome(ep_machine *machine, const ep_stacks *stacks, object options)
