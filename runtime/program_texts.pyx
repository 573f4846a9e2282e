# program_texts: see program_texts.pxd.
from libc.stdint cimport uint32_t

# In the order of `operation_name` (recorder.pxd), as programs write them.
OPERATIONS = [
    "recv", "send", "sendrecv", "nonblocking_send", "expose", "access", "wait_sent", "bcast", "reduce", "sync",
    "execFunction", "waitFunctionFinish", "shutdownTaskFarm", "worker", "message",
]


cdef inline str text(const char *bytes):
    return bytes.decode("utf-8", "replace")


cdef list program_files(const ep_program *program):
    """The paths of the program's sources."""
    cdef uint32_t index
    return [text(program.files[index]) for index in range(program.file_count)]


cdef list program_sites(const ep_program *program):
    """(file, line, column, name of the function) of each site; the line of no place is 0."""
    cdef uint32_t index
    return [
        (program.sites[index].file, program.sites[index].line, program.sites[index].column,
         text(program.frames[program.sites[index].function].name))
        for index in range(program.site_count)
    ]


cdef list program_names(const ep_program *program):
    """The names that slices have: operations that wait, functions, functions of the code table."""
    cdef uint32_t index
    names = list(OPERATIONS)
    names += [text(program.frames[index].name) for index in range(program.frame_count)]
    names += [text(program.functions[index].name) for index in range(program.function_count)]
    return names
