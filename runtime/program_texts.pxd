# program_texts: the tables of a program as Python objects, for those who show what was recorded.
from .eptrans_rt cimport ep_program


cdef list program_files(const ep_program *program)
cdef list program_sites(const ep_program *program)
cdef list program_names(const ep_program *program)
