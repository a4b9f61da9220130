/*
 * Tracing: what a store does, recorded. Rules say which kinds of events are wanted and where; what happens reaches the
 * recorder by three ways of the engine's, each used only while somebody wants what it tells:
 *
 *     call hooks  (engine/regir/call_hook.h)   call            fast bodies, only the functions wanted
 *     host gate   (engine/host_gate.h)         host            every call of a host function
 *     probe       (engine/probe.h)             exec mem branch gc trap, counts: plain bodies, only the instructions wanted
 *
 *     engine ──► recorder ──┬─► ring ──► show, where, diff, save      struct trace_event, 32 bytes
 *       record*.c           ├─► sinks: text, JSON, … while it runs
 *                           └─► monitors                              and counts[place] of executed instructions
 *
 * While nothing is wanted the engine runs as if this folder did not exist.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <pthread.h>

#include "engine/ctx.h"
#include "engine/effect.h"
#include "engine/host_gate.h"
#include "engine/probe.h"
#include "engine/regir/call_hook.h"
#include "trace/filter.h"
#include "trace/place.h"
#include "trace/ring.h"

struct native_code;

/* `trace on LIST [FILTER]`. */
struct trace_rule {
	uint32_t kinds;                 /* bits 1 << enum trace_kind */
	struct filter filter;
	bool live;                      /* not made in the past of a replay: what is replayed it was told of before */
};

enum { RULES_MAX = 32 };

/* Who is given events beside the ring: everything of its kinds, or only what rules select. */
struct trace_listener {
	struct trace_listener *next;    /* private */
	bool live;                      /* … as of a rule */
	void *user;
	uint32_t kinds;
	bool selected;                  /* only what a rule selects */
	bool counts;                    /* wants executions of instructions counted in trace->counts */
	/* VALUES: the words of the event, WORDS of them; a and b are the first two. NULL: only counts are wanted. */
	void (*event)(void *user, const struct trace_event *e, const uint64_t *values, unsigned words);
};

/* A frame that was begun and not left: what depth and unwinding are found by. */
struct open_frame {
	slot *fp;
	uint32_t func;                  /* in places.funcs */
};

/* What is remembered of a context between two callbacks. */
struct trace_thread {
	const struct ctx *c;
	VEC(struct open_frame) frames;
	struct effect effects[EFFECTS_MAX];     /* of the instruction that is being executed */
	unsigned neffects;
	uint32_t place;                 /* of it: afterwards its frame may be gone */
	const struct wcell *cell;
	uint64_t collections;           /* before it */
	uint64_t pages;                 /* of the memory that is to grow */
};

struct trace {
	struct places places;
	struct ring ring;
	uint64_t ring_size;             /* records that it gets when it is first needed; at least 1 + MORE_MAX */
	VEC(struct trace_rule) rules;
	VEC(uint64_t) counts;           /* by place: executions, while a listener wants them */
	const bool *replaying;          /* set while what runs has run before: a debugger went back; NULL: never */

	/* private */
	struct trace_listener *listeners;
	struct store *store;            /* followed; NULL: none */
	VEC(uint32_t) selected;         /* by place: bits of the rules whose conditions on places it meets */
	VEC(const struct module *) modules;
	VEC(struct trace_thread *) threads;
	pthread_mutex_t lock;           /* everything above, while several threads of the store run */
	uint32_t kinds;                 /* wanted by rules and listeners together */
	bool counting;
	bool past_wanted;               /* a rule or listener was made in the past and is told of it */
	int8_t operands[R_COUNT][2];    /* which fields of a plain cell name the operands that exec shows; -1: none */
	struct trace_func_cache { const struct body *body; const struct func *func; uint32_t first; } last;
	bool probing, aftering, hooking, gating;        /* what the store has of these */
	struct probe probe, after;      /* told before instructions; after those that move memory or make objects */
	struct call_hook hook;
	struct host_gate gate;
};

struct trace *trace_new(void);          /* NULL: out of memory */
void trace_free(struct trace *t);

/* Follow this store (NULL: none any more) while none of its code runs. False with E: out of memory. */
bool trace_follow(struct trace *t, struct store *s, struct err *e);
/* A module whose functions may be called from now on; one that goes. */
bool trace_add_module(struct trace *t, const struct module *m, struct err *e);
void trace_drop_module(struct trace *t, const struct module *m);

/* Rules. RULE is taken, its filter freed also on failure. While no code of the store runs. */
bool trace_on(struct trace *t, struct trace_rule *rule, struct err *e);
/* Take KINDS out of all rules. */
bool trace_off(struct trace *t, uint32_t kinds, struct err *e);
bool trace_listen(struct trace *t, struct trace_listener *l, struct err *e);
void trace_unlisten(struct trace *t, struct trace_listener *l);
/* Forget the events in the ring. */
void trace_clear(struct trace *t);

/* A call that the prompt made is over: traps, exceptions and exits are told of here. */
void trace_ended(struct trace *t, struct ctx *c, enum outcome how);

/* F was compiled, for C, to N. */
void record_compiled(struct trace *t, struct ctx *c, const struct func *f, const struct native_code *n);
/* An interpreted frame of F goes on compiled, at the loop at OFFSET. */
void record_entered(struct trace *t, struct ctx *c, const struct func *f, uint32_t offset);

/* ---- for record*.c ------------------------------------------------------------------------------------------------- */

/* Give an event to the ring, if a rule selects it, and to the listeners. Under the lock. */
void trace_put(struct trace *t, struct trace_event *e, const uint64_t *values, unsigned words);
struct trace_thread *trace_thread(struct trace *t, const struct ctx *c);       /* NULL: out of memory */
/* An event of C at PLACE with the clock and the depth filled in. */
struct trace_event trace_event_at(const struct trace_thread *th, const struct ctx *c, enum trace_event_id id, uint32_t place);
static inline bool trace_wants(const struct trace *t, enum trace_kind k)
{
	return t->kinds >> k & 1;
}
/* Only needed, and only taken, while the store has several contexts: give to unlock what lock gave. */
static inline bool trace_replays(const struct trace *t)
{
	return t->replaying && *t->replaying;
}
/* Nobody is to be told of what runs now. */
static inline bool trace_is_quiet(const struct trace *t)
{
	return trace_replays(t) && !t->past_wanted;
}
bool trace_lock(struct trace *t);
void trace_unlock(struct trace *t, bool locked);

/* record_calls.c, record_host.c, record_probe.c: the callbacks. */
void record_enter(void *user, struct ctx *c, struct func *f, slot *fp);
void record_leave(void *user, struct ctx *c, struct func *f, slot *fp, const slot *results);
void record_caught(void *user, struct ctx *c, slot *fp);
enum outcome record_host(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results);
bool record_before(void *user, struct ctx *c, const struct probe_at *at);
bool record_after(void *user, struct ctx *c, const struct probe_at *at);
/* Frames of C at FP and above are gone, without a return. Under the lock. */
void record_gone(struct trace *t, struct trace_thread *th, struct ctx *c, const slot *fp);
void record_operands_init(struct trace *t);
/* Whether the recorder has something to tell of executions of OP, KINDS (and counts) being wanted. */
bool record_needs(uint32_t kinds, bool counts, enum op op);

#endif
