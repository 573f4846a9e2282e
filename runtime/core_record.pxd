# core_record.h for Cython: records of cores and the machine, as the scheduler,
# the mesh and the task farm use them. Meanings are told in the header.
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from .eptrans_rt cimport ep_array, ep_core, ep_program, ep_runtime, ep_value


cdef extern from "core_record.h" nogil:
    const int EP_ELEMENTS
    const int EP_REFERENCE
    const int EP_FAULT_TEXT
    const int EP_RUNTIME_STACK_BYTES

    ctypedef void (*ep_end_entry)(ep_core *) noexcept nogil
    ctypedef void (*ep_fault_entry)(ep_core *, const char *) noexcept nogil
    ctypedef void (*ep_fault_index_entry)(ep_core *, const ep_array *, int64_t, int64_t, int32_t) noexcept nogil
    ctypedef void (*ep_fault_kind_entry)(ep_core *, ep_value, const char *) noexcept nogil

    struct ep_memory
    struct ep_output
    struct ep_farm
    struct ep_broadcast
    struct ep_flights
    struct ep_exposures
    struct ep_tree
    struct ep_reduce
    struct ep_outlet
    struct ep_recorder
    struct ep_progress
    struct ep_host
    struct ep_threads
    struct ep_thread

    struct ep_costs:  # ticks
        int64_t send_startup
        int64_t receive
        int64_t reduce_element
        int64_t probe
        int64_t test
        int64_t farm_post
        int64_t farm_take
        int64_t farm_argument
        int64_t copy_word
        int64_t shared_read
        int64_t shared_write

    struct ep_core_record
    struct ep_ring

    const int EP_MESH_PLACES

    enum:
        EP_INSIDE
        EP_CHIP_EDGE
        EP_HOST_EDGE

    struct ep_links
    struct ep_way

    struct ep_network:
        int64_t startup
        int64_t hop
        int64_t read_startup
        int64_t read_hop
        int64_t copy_eight_bytes
        int64_t dma_startup
        int64_t dma_eight_bytes
        int64_t dma_read_eight_bytes
        int64_t wire[3]
        ep_links *links
        int32_t row_at[66]  # EP_MESH_PLACES
        int32_t column_at[66]
        uint8_t row_side[66]
        uint8_t column_side[66]
        uint8_t row_chip[66]
        uint8_t column_chip[66]

    struct ep_services:
        void (*output_write)(ep_core *core, const char *text, int64_t bytes) noexcept nogil
        int64_t (*input_line)(ep_core *core, const char **text) noexcept nogil
        void (*fault)(ep_core *core, const char *message) noexcept nogil
        void (*task_begins)(ep_core_record *core) noexcept nogil
        void (*task_ended)(ep_core_record *core) noexcept nogil
        void (*message_leaves)(ep_core_record *sender, ep_core_record *receiver, int64_t posted,
                               int64_t arrives) noexcept nogil
        void (*message_awaited)(ep_core_record *receiver, ep_core_record *sender, int64_t waited) noexcept nogil
        void (*links_awaited)(ep_core_record *core, int64_t start, int64_t waited) noexcept nogil
        void (*watch_trace)(ep_machine *machine) noexcept nogil
        void (*take_turn)(ep_core_record *core) noexcept nogil
        void (*check_owner)(ep_core *core, const ep_array *array) noexcept nogil

    enum ep_wait:
        EP_RUNS
        EP_SENDS
        EP_RECEIVES
        EP_EXCHANGES
        EP_WAITS_SENT
        EP_SYNCS
        EP_REDUCES
        EP_BCASTS_FROM
        EP_BCASTS_TO
        EP_WORKS
        EP_FARM_WAITS
        EP_FARM_EXECS
        EP_FARM_SHUTS
        EP_ENDED
        EP_ACCESSES
        EP_AWAITS_TURN
        EP_POSTS
        EP_POSTS_EXCHANGE
        EP_ANSWERS

    enum ep_single:
        EP_NOT_SINGLE
        EP_AT_ONCE
        EP_IN_TURN
        EP_WATCHED

    struct ep_elements:
        const char *data
        int64_t remaining
        int64_t bytes
        int32_t kind
        int32_t flags

    struct fiber_state:
        void *stack_pointer

    struct ep_core_record:
        ep_core base
        ep_machine *machine "base.machine"
        ep_ring *ring "base.ring"
        ep_value given "in"
        int64_t waited
        int64_t sent
        int64_t received
        int32_t receive_peer
        int16_t send_peer
        uint16_t index
        uint16_t posted
        uint8_t row
        uint8_t column
        uint8_t wait
        uint8_t single
        uint16_t way
        int32_t row_at
        int32_t column_at
        fiber_state fiber
        ep_value out
        int64_t sent_at
        int64_t tasks
        int16_t peer
        int16_t detail
        int16_t next_waiting
        int16_t first_waiting
        ep_memory *memory
        ep_output *output
        ep_farm *farm
        ep_broadcast *broadcast
        uint32_t *stack
        uint32_t last_tick
        int64_t held
        int64_t waited_link
        int64_t posting
        ep_way *ways
        ep_thread *thread
        uint16_t chip
        uint16_t home

    struct ep_ring:
        uint16_t *ready
        ep_core_record *cores
        uint32_t mask
        uint32_t head
        uint32_t tail
        fiber_state *main

    uint32_t ep_ring_count(const ep_ring *ring)

    enum ep_ending:
        EP_GOES_ON
        EP_FINISHED
        EP_FAULT
        EP_DEADLOCK
        EP_INTERRUPTED
        EP_OUTPUT_CLOSED
        EP_OUTPUT_FAILED
        EP_NO_HOST_MEMORY
        EP_BEGINS_AGAIN

    struct ep_meeting:
        int32_t count
        uint32_t kinds
        int64_t done

    struct ep_machine:
        const ep_program *program
        const ep_runtime *runtime
        const ep_services *services
        ep_costs costs
        ep_core_record *cores
        int32_t count
        int32_t unfinished
        int64_t stack_words
        ep_ring ring
        uint16_t *successors
        int32_t turn_count
        uint64_t *turns
        const uint64_t *least
        uint32_t turn_waits
        uint32_t shared
        ep_machine *next_running
        ep_threads *threads
        fiber_state main_fiber
        int64_t ticks_seen
        int32_t ending
        ep_network network
        const int16_t *index_of
        uint32_t number_limit
        uint16_t plain_limit
        int32_t columns
        ep_meeting meetings[5]
        ep_reduce *reduced
        ep_tree *tree
        int32_t direct
        int32_t ordered
        int64_t watch_from
        int64_t begins_again_at
        int32_t single
        ep_flights *flights
        ep_exposures *exposures
        ep_outlet *outlet
        ep_host *host
        ep_recorder *recorder
        ep_progress *progress
        ep_core_record *fault_core
        char fault_text[1024]  # EP_FAULT_TEXT
        uint32_t attention
        uint32_t interrupted
        uint32_t ticks

    ep_core_record *ep_record(ep_core *core)
    ep_machine *ep_machine_of(ep_core *core)
