/*
 * History: going back in a run. While it records, moments (engine/moment.h) are taken now and then, and a recorder writes
 * down what the run takes from outside. To be at step N again, the last moment before N is restored and the guest runs on
 * from there to exactly N, its host calls answered from the tape.
 *
 *     step  0 ────┬──────────┬──────────┬────────────┬───► live end: recording goes on here
 *                 moment     moment     moment       edit: a moment that nothing before it leads to
 *
 * The guest is *in the past* while it is before the live end: no host function is called there, and nothing is recorded.
 * Running forward in the past stops at the live end, unless it has a goal to reach (finish, next). Whoever changes the state in the past makes that place the live end:
 * what was recorded behind it is dropped.
 *
 * One struct dbg has one history, of the context that it follows. Steps are the clock's: Wasm instructions executed since
 * the outermost call began.
 */
#ifndef DEBUGGER_HISTORY_H
#define DEBUGGER_HISTORY_H

#include "debugger/replay_file.h"
#include "engine/base/vec.h"

struct dbg;
struct moment;

enum record_when {
	RECORD_OFF,
	RECORD_AUTO,            /* from the first stop of a call */
	RECORD_ON,              /* from the beginning of a call */
};

/* A moment and what belongs to it. */
struct mark {
	struct moment *moment;
	uint64_t clock;
	uint64_t reached;       /* the step that leads here: less than `clock` behind a call made at the prompt */
	struct tape_place place;
	bool edit;              /* the state was changed here: running to this step does not give it */
};

/* A step with a number. */
struct checkpoint {
	uint32_t number;
	uint64_t clock;
};

struct history {
	enum record_when when;
	struct recorder recorder;
	VEC(struct mark) marks;         /* by clock; the first one is where recording began */
	VEC(struct mark) near;          /* a few that save running again; they may go at any time */
	VEC(struct checkpoint) checkpoints;
	uint32_t checkpoint_numbers;    /* given so far */
	bool on;                        /* it records, or is in the past */
	bool past;                      /* the guest is before the live end */
	bool ended;                     /* the call has ended, or it is a recording from a file: no live end to run on from */
	uint64_t end;                   /* in the past: the live end's step, or the last one */
	enum outcome end_how;           /* of a call that is over */
	bool end_trapped;               /* the live end is a trap */
	bool at_trap;                   /* the guest is there again */
	char begin[120];                /* what to type to stop at the very beginning: the front end's; "": unknown */
	char why_off[120];              /* why recording ended by itself; "": it did not */

	uint64_t before;                /* steps of the store before this call: start functions */
	uint64_t loaded_steps;          /* the next call is one of a file that was loaded: its steps; 0: it is not */
	bool used;                      /* the store was not as instantiation left it when this call began */

	bool starting;                  /* the call about to begin is a start function: a fresh program's clock goes on */

	/* private */
	bool started;                   /* the call that was begun last is one */
	struct dbg *dbg;
	bool touched;                   /* … or is not now */
	bool waiting;                   /* RECORD_AUTO before the first stop: only the beginning and the tape are kept */
	bool mark_now;                  /* a mark is to be taken where the call that runs has returned */
	bool runs;                      /* the guest does, under history_resume() or its kin */
	bool changed;                   /* the state was changed since the last mark */
	uint64_t bytes;                 /* account of the moments */
	int64_t reserve;                /* fuel that the context has not been given yet */
	uint64_t target;                /* stop there; UINT64_MAX: nowhere */
	bool arrived;                   /* it did */
	bool at_end;                    /* it stopped at the live end, where going on is something new */
	size_t at_mark;                 /* in the past: marks up to this one lie behind */
	VEC(size_t) floors;             /* the first mark of each call that the prompt made within the outermost one */
	uint64_t interval;              /* steps between marks */
	uint64_t marked_clock;          /* of the last mark */
	uint64_t run_clock;             /* since when it runs without a stop or mark, and the time, to find the interval */
	int64_t run_ns;
};

struct history *history_new(struct dbg *d);     /* NULL: out of memory */
void history_free(struct history *h);

/* ---- what the debugger tells ------------------------------------------------------------------- */

/* The context of the debugger is another one (or none). */
void history_follow(struct history *h, struct ctx *c);
/* An outermost call was begun; one of the prompt's calls within it was begun, or is over. */
void history_begun(struct history *h, uint64_t before);       /* BEFORE: the store's clock, until then */
/* The call is a start function of a program that has done nothing else: its steps belong to the call that follows. */
bool history_starts(const struct history *h);
void history_nested(struct history *h);
void history_nested_over(struct history *h);
/* The guest stopped. */
void history_stopped(struct history *h, enum outcome how);
/*
 * An expression calls the guest: no steps of the run, and nothing that the host does there is part of the recording. The
 * state may be another one afterwards.
 */
struct history_aside {
	uint64_t clock;
	enum recorder_mode mode;
};
struct history_aside history_aside(struct history *h);
void history_aside_over(struct history *h, struct history_aside aside);
/* The outermost call is over: its past can still be visited until the next one begins. */
void history_over(struct history *h);

/*
 * For who carries the guest on by himself (native.h): what was changed is noted, and at the live end of the past that is gone back
 * to: true, the state was restored. Steps until something is to be done on the way, or stop the run: history_resume() does them.
 */
bool history_goes_on(struct history *h);
uint64_t history_way(const struct history *h);
/* Run the guest, as ctx_resume() does, recording or replaying. */
enum outcome history_resume(struct history *h, enum run_mode mode);
/* Fuel of a context is gone: engine/ctx.h. */
enum outcome history_out_of_fuel(struct history *h, struct ctx *c);

/* ---- for commands ------------------------------------------------------------------------------ */

/*
 * The whole run up to here, or to its end, as a file has it. False with E: it does not begin with a fresh program, or its
 * state was changed on the way.
 */
bool history_whole(const struct history *h, struct replay_head *out, struct err *e);
/* What FROM has read is what the next call, of a fresh store, took from outside: STEPS of the store altogether. */
void history_from(struct history *h, struct recorder *from, uint64_t steps);
/* Begin to record where the guest is stopped, forgetting what was; end it. */
bool history_start(struct history *h, struct err *e);
void history_stop(struct history *h);
/* The state is changed, by a command: what was recorded behind this place is dropped. */
void history_change(struct history *h);
/* The first step that can be visited, and the last. */
uint64_t history_first(const struct history *h);
uint64_t history_last(const struct history *h);
/*
 * Be at step N, without a stop on the way; at the step before it when N lies in a call that a host function made. False
 * with E: it was not recorded (E_HISTORY), or the way there was interrupted. The debugger has settled nothing. In the past
 * of a call that is over its frames are there again.
 */
bool history_goto(struct history *h, uint64_t n, struct err *e);
/* Be at the last mark at or before step N; its step is the clock's. */
bool history_restore(struct history *h, uint64_t n, struct err *e);
/*
 * In the past: run on to step N, with breakpoints and probes observed. OUT_STOP and h->arrived: there; else as
 * ctx_resume().
 */
enum outcome history_watch_to(struct history *h, uint64_t n);
/* At the live end: run on to step N, passing breakpoints. */
enum outcome history_run_on(struct history *h, uint64_t n);
/* Give this step a number. */
bool history_checkpoint(struct history *h, uint32_t *number, struct err *e);
const struct checkpoint *history_checkpoint_number(const struct history *h, uint64_t number);  /* NULL: none */
/* E_HISTORY with the words for "there is nothing before". */
bool err_history(const struct history *h, struct err *e);

#endif
