# The part of core_record.h that memory, arithmetic and text use: the machine's
# program, its cost table and the services of the modules above. Faults do not
# return: what follows one is only there for the C compiler.
from libc.stdint cimport int32_t, int64_t
from .eptrans_rt cimport ep_array, ep_core, ep_program, ep_runtime, ep_value


cdef extern from "core_record.h" nogil:
    struct ep_memory

    struct ep_costs:  # ticks
        int64_t allocate
        int64_t release
        int64_t copy_word
        int64_t shared_read
        int64_t shared_write
        int64_t print_call
        int64_t print_character
        int64_t input_line
        int64_t dynamic_operation
        int64_t sort_step
        int64_t format_character
        int64_t collect

    struct ep_services:
        void (*output_write)(ep_core *core, const char *text, int64_t bytes) noexcept nogil
        int64_t (*input_line)(ep_core *core, const char **text) noexcept nogil
        void (*fault)(ep_core *core, const char *message) noexcept nogil
        void (*check_owner)(ep_core *core, const ep_array *array) noexcept nogil

    struct ep_machine:
        const ep_program *program
        const ep_runtime *runtime
        const ep_services *services
        ep_costs costs

    struct ep_core_record:
        ep_machine *machine
        ep_memory *memory

    ep_core_record *ep_record(ep_core *core)
    ep_machine *ep_machine_of(ep_core *core)


cdef inline bint is_python3(ep_core *core) noexcept nogil:
    return ep_machine_of(core).program.python3 != 0


cdef inline bint is_word64(ep_core *core) noexcept nogil:
    return ep_machine_of(core).program.word == 64


cdef inline int64_t word_bytes(ep_core *core) noexcept nogil:
    return 8 if is_word64(core) else 4


cdef inline ep_costs *costs_of(ep_core *core) noexcept nogil:
    return &ep_machine_of(core).costs


cdef inline void fault(ep_core *core, const char *message) noexcept nogil:
    ep_machine_of(core).services.fault(core, message)


cdef inline void check_owner(ep_core *core, const ep_array *array) noexcept nogil:
    ep_machine_of(core).services.check_owner(core, array)


cdef inline void fault_kind(ep_core *core, ep_value value, const char *wanted) noexcept nogil:
    ep_machine_of(core).runtime.fault_kind(core, value, wanted)
