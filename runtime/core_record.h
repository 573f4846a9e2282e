/* core_record.h: what the runtime's own modules share and programs never see.
 *
 * A machine, its cores' records (each starts with the `struct ep_core` that
 * generated code touches), the cost table and the services that one part of
 * the runtime offers to another through pointers, so that no module needs to
 * cimport one that stands above it.
 */
#ifndef EPTRANS_CORE_RECORD_H
#define EPTRANS_CORE_RECORD_H

#include <stddef.h>

#include "eptrans_rt.h"
#include "fiber_state.h"

/* ---- costs -------------------------------------------------------------------
 * The names of the runtime's costs; eptrans/costs.toml holds each one's cycles and
 * source under the same name (in [runtime]). Kept here in ticks. */
#define EP_COSTS_OF_MESH(X)                                                                                  \
    X(send_startup) X(receive) X(reduce_element) X(probe) X(test) X(farm_post) X(farm_take) X(farm_argument)
#define EP_COSTS_OF_VALUES(X)                                                                                \
    X(allocate) X(release) X(copy_word) X(shared_read) X(shared_write) X(shared_fetch) X(print_call)            \
    X(print_character) X(input_line) X(dynamic_operation) X(sort_step) X(format_character) X(collect)
#define EP_COST_FIELD(name) int64_t name;
struct ep_costs {
    EP_COSTS_OF_MESH(EP_COST_FIELD)
    EP_COSTS_OF_VALUES(EP_COST_FIELD)
};

/* ---- the network ---------------------------------------------------------------
 * What the mesh takes, in ticks, from the chip's file (eptrans/chip.py says what each
 * number means), and where its rows and columns lie: the distance of two of them is
 * what a message takes from one to the other, edges of chips included. */
#define EP_NETWORK_NUMBERS(X)                                                                               \
    X(startup) X(hop) X(read_startup) X(read_hop) X(copy_eight_bytes) X(dma_startup) X(dma_eight_bytes)      \
    X(dma_read_eight_bytes)
#define EP_NETWORK_FIELD(name) int64_t name;
#define EP_MESH_PLACES 66 /* rows or columns, the host's column among them */
enum ep_side { EP_INSIDE = 0, EP_CHIP_EDGE = 1, EP_HOST_EDGE = 2 }; /* what a link crosses */
struct ep_links; /* what each link carries and when: links.pyx */
struct ep_way;   /* what a core takes for messages to another: ways.pxd */
struct ep_network {
    EP_NETWORK_NUMBERS(EP_NETWORK_FIELD)
    int64_t wire[3];                   /* a link takes this long for 8 bytes; by ep_side */
    struct ep_links *links;            /* NULL: the mesh model `ideal`, in which none is ever taken */
    int32_t row_at[EP_MESH_PLACES];    /* ticks from the first row */
    int32_t column_at[EP_MESH_PLACES];
    uint8_t row_side[EP_MESH_PLACES];  /* what the links from this row to the next cross: an ep_side */
    uint8_t column_side[EP_MESH_PLACES];
    uint8_t row_chip[EP_MESH_PLACES];  /* the chip that it lies on */
    uint8_t column_chip[EP_MESH_PLACES];
};

/* ---- services between the modules of the runtime ------------------------------- */
struct ep_core_record;
struct ep_machine;
struct ep_services {
    /* Prints text of this core: whole lines get the core's prefix and are released in
     * order of their clocks, a part of a line is held. The text is copied. May switch
     * to other cores (on the caller's own fiber). */
    void (*output_write)(struct ep_core *core, const char *text, int64_t bytes);
    /* Waits for the core's turn, shows the core's held part of a line (the prompt) and
     * reads one line of standard input. Its length without the line's end, or -1 at the
     * end of input; *text stays valid until the core's next call, not NUL-terminated. */
    int64_t (*input_line)(struct ep_core *core, const char **text);
    /* Ends the program with a message, which is copied (same as the entry `fault`). */
    EP_NORETURN void (*fault)(struct ep_core *core, const char *message);
    /* A task of the farm begins and has ended: called only while a run is recorded. */
    void (*task_begins)(struct ep_core_record *core);
    void (*task_ended)(struct ep_core_record *core);
    /* A message leaves its sender and will arrive, in ticks: called only while a run is recorded. */
    void (*message_leaves)(struct ep_core_record *sender, struct ep_core_record *receiver, int64_t posted,
                           int64_t arrives);
    /* A receive of several messages has waited so long for one, in ticks: called only while a run is recorded. */
    void (*message_awaited)(struct ep_core_record *receiver, struct ep_core_record *sender, int64_t waited);
    /* A read or write of another core's array waits so many ticks for links, from `start` on: called likewise. */
    void (*links_awaited)(struct ep_core_record *core, int64_t start, int64_t waited);
    /* At a tick, the same: looks how long the run's trace has become. */
    void (*watch_trace)(struct ep_machine *machine);
    /* Does what a core waits for in the heap (EP_POSTS and what follows there), which is the least now. */
    void (*take_turn)(struct ep_core_record *core);
    /* A fault where the core would free, grow or reshape an array that lies on another one. */
    void (*check_owner)(struct ep_core *core, const struct ep_array *array);
};

/* The types of entries that do not return, for casts: Cython has no word for that. */
typedef EP_NORETURN void (*ep_end_entry)(struct ep_core *);
typedef EP_NORETURN void (*ep_fault_entry)(struct ep_core *, const char *);
typedef EP_NORETURN void (*ep_fault_index_entry)(struct ep_core *, const struct ep_array *, int64_t, int64_t,
                                                 int32_t);
typedef EP_NORETURN void (*ep_fault_kind_entry)(struct ep_core *, ep_value, const char *);

struct ep_memory;    /* one core's local memory and its share of shared memory: memory.pyx */
struct ep_output;    /* one core's lines not yet released: output.pyx */
struct ep_farm;      /* one core's part in the task farm: taskfarm.pyx */
struct ep_broadcast; /* a bcast under way: collectives.pyx */
struct ep_flights;   /* messages that lie between their sender and their receiver: flight.pyx */
struct ep_exposures; /* whose the arrays are that others use: concurrency.pyx */
struct ep_tree;      /* the way of a collective: trees.pyx */
struct ep_reduce;    /* a result that not all cores have fetched: collectives.pyx */
struct ep_outlet;    /* the machine's output and input: output.pyx */
struct ep_recorder;  /* what is noted of a run that is recorded: recorder.pyx */
struct ep_progress;  /* the line that tells how far the run is: progress.pyx */
struct ep_host;      /* mappings, ticker and signal handling: host.h */
struct ep_threads;   /* the host threads that run the cores: host_threads.h */
struct ep_thread;    /* one of them */

/* ---- a core ---------------------------------------------------------------------- */

/* What a core waits for. Sends and receives are bits: a sendrecv is both at once. */
enum ep_wait {
    EP_RUNS = 0, /* running, or in the ready queue or the heap: it may run at any time */
    EP_SENDS = 1,
    EP_RECEIVES = 2,
    EP_EXCHANGES = 3,
    EP_WAITS_SENT = 4,
    EP_SYNCS = 5,
    EP_REDUCES = 6,
    EP_BCASTS_FROM = 7, /* waits for the root */
    EP_BCASTS_TO = 8,   /* is the root */
    EP_WORKS = 9,       /* worker without a task */
    EP_FARM_WAITS = 10, /* waitFunctionFinish */
    EP_FARM_EXECS = 11, /* execFunction while an earlier task runs */
    EP_FARM_SHUTS = 12, /* shutdownTaskFarm while a task runs */
    EP_ENDED = 13,
    EP_ACCESSES = 15,   /* access */
    /* From here on: in the heap, and nothing happens to it before it is the least there. */
    EP_AWAITS_TURN = 16,     /* it goes on then */
    EP_POSTS = 17,           /* its message is put on its way then: contention.pyx */
    EP_POSTS_EXCHANGE = 18,  /* the same of a sendrecv */
    EP_ANSWERS = 19          /* it has taken a message, and its sender is told then */
};

/* Whether and how a value may be put into the record of a core that waits for one. */
enum ep_single {
    EP_NOT_SINGLE = 0, /* it has to take it off the channel itself */
    EP_AT_ONCE = 1,
    EP_IN_TURN = 2, /* links are taken: when its sender has had its turn to post it (contention.pyx) */
    EP_WATCHED = 3  /* links are watched: at once, unless it might wait for one (watching.pyx) */
};

/* Elements of an array under way as one message; lies on the sender's stack. */
struct ep_elements {
    const char *data; /* the next element */
    int64_t remaining;
    int64_t bytes; /* of the whole message: decides when it arrives */
    int32_t kind;
    int32_t flags; /* of the array */
};
#define EP_REFERENCE 15 /* the tag of ep_core_record.out while an array is exposed to a core */
#define EP_ELEMENTS 13 /* the tag of ep_core_record.out while it stands for ep_elements; see is_scalar */

struct ep_core_record {
    struct ep_core base; /* one cache line */

    /* The second cache line: all that it takes to give a single value to a core that waits for it. */
    ep_value in;         /* what it was given, owned; EP_UNSET: nothing yet. It wakes with it */
    int64_t waited;      /* ticks spent waiting */
    int64_t sent, received; /* messages */
    int32_t receive_peer; /* index of the core that it waits for a message from, or -1 */
    int16_t send_peer;   /* index of the core that may take `out`, or -1 */
    uint16_t index;      /* place in the machine's records: cores in the order of their numbers */
    uint16_t posted;     /* its messages of nonblocking_send that nobody has taken yet */
    uint8_t row, column; /* on the mesh */
    uint8_t wait;        /* an ep_wait; not EP_RUNS: parked, somebody must wake it */
    uint8_t single;      /* while it receives: how a value may be put into `in`: an ep_single */
    uint16_t way;        /* where among the ways that another core notes the one to this core is, in bytes */
    int32_t row_at, column_at; /* ticks from the first row and column: see ep_network */

    struct fiber_state fiber; /* the third: what it goes on with while it is parked */

    /* the fourth: what a sender offers that has to wait, and what is used seldom */
    ep_value out;    /* what it sends, borrowed; or EP_ELEMENTS */
    int64_t sent_at; /* while `out` waits: when it was posted; then: when its sender may go on */
    int64_t tasks;   /* run by the task farm */
    int16_t peer;         /* index of the core that any other wait is for, or -1 */
    int16_t detail;       /* the reduction it is in */
    int16_t next_waiting; /* link in a list of cores that wait for one bcast's root, or -1 */
    int16_t first_waiting; /* head of the list that waits for this core as root, or -1 */
    struct ep_memory *memory;
    struct ep_output *output;
    struct ep_farm *farm;
    struct ep_broadcast *broadcast; /* the bcast it is the root of */
    uint32_t *stack;                /* base of the emulated stack */
    int64_t held;                   /* ticks for which its message and the word back waited for links */
    int64_t waited_link;            /* the part of `waited` that such waiting made */
    int64_t posting;                /* bytes of the message that it waits to post */
    struct ep_way *ways;            /* those noted that begin at it, or NULL: see ways.pxd */
    struct ep_thread *thread;       /* that runs it; if the machine has several: sharing.pxd */
    uint16_t chip;                  /* that it lies on: the same number for all cores of a chip */
    uint16_t home;                  /* number of the thread that should run it */
    uint32_t last_tick;             /* the tick after which it was last given the host's time */
} __attribute__((aligned(64)));

#ifdef FIBER_X86_64
_Static_assert(offsetof(struct ep_core_record, in) == 64 && offsetof(struct ep_core_record, out) >= 192
                   && offsetof(struct ep_core_record, fiber) == 128,
               "the parts of a record are cache lines");
#ifndef __SANITIZE_THREAD__ /* which wants to know more of a fiber */
_Static_assert(sizeof(struct ep_core_record) == 320, "of an odd number, records use all sets of the host's caches");
#endif
#endif

static inline struct ep_core_record *ep_record(struct ep_core *core)
{
    return (struct ep_core_record *)core;
}

/* ---- ready cores ------------------------------------------------------------------ */

/* Cores that a host thread runs next: their indices, first come first served. */
struct ep_ring {
    uint16_t *ready;
    struct ep_core_record *cores; /* the machine's */
    uint32_t mask, head, tail;
    struct fiber_state *main; /* the thread's own stack, while it runs cores */
};

static inline uint32_t ep_ring_count(const struct ep_ring *ring)
{
    return ring->tail - ring->head;
}

/* ---- the machine ---------------------------------------------------------------------- */

/* Why the machine stopped. */
enum ep_ending {
    EP_GOES_ON = 0,
    EP_FINISHED,
    EP_FAULT,
    EP_DEADLOCK,
    EP_INTERRUPTED,
    EP_OUTPUT_CLOSED,
    EP_OUTPUT_FAILED,
    EP_NO_HOST_MEMORY,
    EP_BEGINS_AGAIN /* links are only watched, and somebody may have to wait for one: links.pxd */
};

/* The cores that have come to a sync (entry 0) or to a reduce (1 and its reduction). */
struct ep_meeting {
    int32_t count;
    uint32_t kinds; /* of what they have brought: bit ep_tag */
    int64_t done;   /* the latest of their `meets_at`, ticks; for single values */
};
#define EP_MEETINGS 5
#define EP_FAULT_TEXT 1024

struct ep_machine {
    /* Written by the ticker and by signal handlers: a cache line of its own. First, so that a core's
     * pointer to the attention word is its pointer to the machine as well. */
    uint32_t attention;
    uint32_t interrupted;
    uint32_t ticks; /* counted by the ticker, and by who else wants every host thread's attention */

    const struct ep_program *program __attribute__((aligned(64)));
    const struct ep_runtime *runtime;   /* the table of entries */
    const struct ep_services *services;
    struct ep_costs costs;              /* ticks */
    struct ep_core_record *cores;       /* by index */
    int32_t count;
    int32_t unfinished;                 /* cores that have not ended */
    int64_t stack_words;                /* of the emulated stack of each core, wherever they lie */

    /* scheduler: the ready cores, a heap of keys (clock, index) that wait for their turn */
    struct ep_ring ring; /* of the first thread, where there are several */
    uint16_t *successors; /* of each core: the index of that which ran after it last. NULL: few cores */
    int32_t turn_count;
    uint64_t *turns; /* turns[0] is the least; all ones when there is none */
    const uint64_t *least; /* a core with a smaller key may take its turn at once: turns, while one thread runs */
    uint32_t turn_waits;   /* counts cores that had to wait for their turn */
    uint32_t shared;       /* not 0: several host threads run cores, and entries take the lock */
    struct ep_machine *next_running; /* of all machines in this process: sharing.pyx */
    struct ep_threads *threads; /* NULL: this machine runs on one host thread only */
    struct fiber_state main_fiber; /* of the first thread: what `run_cores` goes on with */
    int64_t ticks_seen;
    int32_t ending; /* an ep_ending */

    /* the mesh */
    struct ep_network network;
    const int16_t *index_of; /* core number -> index, or -1 */
    uint32_t number_limit;   /* numbers that index_of covers */
    uint16_t plain_limit;    /* a smaller number is its own index: most often all are */
    int32_t columns;
    struct ep_meeting meetings[EP_MEETINGS];
    struct ep_reduce *reduced;
    struct ep_tree *tree;    /* of the collectives in which all take part; its root is the first core */
    int32_t direct;          /* 0: links are taken */
    int32_t ordered;         /* not 0: each message and each word back takes them in its turn; else they are watched */
    int64_t watch_from;      /* ticks: when links are only watched from then on */
    int64_t begins_again_at; /* ticks: when a message might have had to wait for one of those */
    int32_t single;          /* how a value is put into the record of a core that waits for one: an ep_single */
    struct ep_flights *flights;
    struct ep_exposures *exposures; /* NULL: no array is exposed */
    struct ep_outlet *outlet;
    struct ep_host *host;
    struct ep_recorder *recorder; /* NULL: the run is not recorded */
    struct ep_progress *progress; /* NULL: no progress line is shown */

    /* the fault that ended the program */
    struct ep_core_record *fault_core;
    char fault_text[EP_FAULT_TEXT];
};

static inline struct ep_machine *ep_machine_of(struct ep_core *core)
{
    return core->machine;
}

/* The table of a cost's names and places, for the module that fills them in. */
struct ep_cost_name {
    const char *name;
    size_t offset; /* in struct ep_costs */
};
#define EP_COST_NAME(name) {#name, offsetof(struct ep_costs, name)},
static const struct ep_cost_name ep_cost_names[] EP_UNUSED = {
    EP_COSTS_OF_MESH(EP_COST_NAME) EP_COSTS_OF_VALUES(EP_COST_NAME) {0, 0}};

#define EP_NETWORK_NAME(name) {#name, offsetof(struct ep_network, name)},
static const struct ep_cost_name ep_network_names[] EP_UNUSED = {EP_NETWORK_NUMBERS(EP_NETWORK_NAME){0, 0}};

/* The host stack of a fiber has this much room for the runtime and the C library,
 * beside what the emulated stack's limit is worth. Keep buffers on it below a half. */
#define EP_RUNTIME_STACK_BYTES 65536

#endif /* EPTRANS_CORE_RECORD_H */
