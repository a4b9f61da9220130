/*
 * What the files of history share (history.h): history.c has its life, history_run.c carries the guest on in it,
 * history_go.c brings it to another step. For them only.
 */
#ifndef DEBUGGER_HISTORY_RUN_H
#define DEBUGGER_HISTORY_RUN_H

#include "debugger/dbg.h"
#include "debugger/history.h"
#include "debugger/mark.h"
#include "engine/turns.h"

enum { HISTORY_FAR = 150000 };          /* steps that are worth a near mark */

static inline struct ctx *history_ctx(const struct history *h)
{
	return h->dbg->root;
}

/* The one that runs: another one only while threads take turns. */
static inline struct ctx *history_running(const struct history *h)
{
	struct ctx *c = history_ctx(h);

	return c->store->turns ? c->store->turns->place.now : c;
}

static inline uint64_t history_clock(const struct history *h)
{
	return ctx_clock(history_running(h));
}

/* Below what runs lies a host function, which cannot be left and come back to. */
static inline bool history_under_host(const struct history *h, const struct ctx *c)
{
	return c->host || c->depth != (c == history_ctx(h) ? h->dbg->depth : 1);
}

/* history.c: a mark at the live end; false: there is no memory, and recording has ended. */
bool history_mark_add(struct history *h, bool edit);
void history_drop_all(struct history *h);
bool history_recording_ends(struct history *h, const char *why);       /* false */
/* Threads run side by side: what they do is not recorded. */
bool history_other_threads(const struct history *h);

/* history_run.c: the fuel up to where something is to be done, and the rest again. */
void history_give(struct history *h);
void history_take_back(struct history *h);
/* Whether it is to do something at this step. */
bool history_stops_here(const struct history *h);
/* The guest is at M, to be replayed from there; at the live end, to be recorded. */
bool history_put_on(struct history *h, const struct mark *m);
void history_go_live(struct history *h);
/* Run on to step N with nobody looking. */
enum outcome history_run_quietly(struct history *h, uint64_t n);

#endif
