# recorder_notes: what a recorder holds after the run, as Python objects.
from .core_record cimport ep_machine


cdef object read_notes(ep_machine *machine)
