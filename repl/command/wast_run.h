/* Running one specification script: modules, actions, assertions, threads. */
#ifndef REPL_COMMAND_WAST_RUN_H
#define REPL_COMMAND_WAST_RUN_H

#include "engine/op.h"
#include "engine/store.h"
#include "engine/value.h"
#include "wat/wast.h"

struct ctx;
struct func;
struct output;
struct source;
struct store;
struct tiering;

struct wast_counts {
	uint64_t passed, failed;
};

struct wast_options {
	struct features features;
	bool no_guard, no_fuse, gc_stress, verify_ir;
	struct tiering *tiering;        /* NULL: everything is interpreted */
};

/* Run SCRIPT; a line "file:line: why" per failure goes to OUT. False with E: memory ran out. */
bool wast_run(const struct source *script, const struct wast_options *o, struct output *out, struct wast_counts *counts,
	struct err *e);

/* Change F by ";;! multi_memory = false" and the like at the head of a script. */
void wast_apply_headers(const struct source *script, struct features *f);

/* Who looks on while a script runs in two stores at once, each command first in the first one. */
struct wast_pair {
	void *user;
	void (*begin)(void *user, struct ctx *c[2]);
	/* Makes a call in place of ctx_call(), start functions included. */
	enum outcome (*call)(void *user, int which, struct func *f, const slot *args, slot *results);
	/* A command, at LINE, was done in both; it made modules or instances. False: that is enough. */
	bool (*done)(void *user, uint32_t line, bool modules);
	void (*threads)(void *user);    /* the script starts threads: it ends here */
	void (*end)(void *user);        /* before the stores go */
};
/* What the script expects is not looked at. False with E: it cannot be read, or memory ran out. */
bool wast_run_both(const struct source *script, const struct wast_options *o, const struct wast_pair *pair, struct err *e);

/* Whether a value is what a result pattern allows (wast_match.c). */
bool wast_matches(const struct wast_value *want, struct value got, const struct store *s);
void wast_print_wanted(const struct wast_value *want, const struct store *s, struct buf *out);
/* The value of an argument. */
struct value wast_argument(const struct wast_value *v);

#endif
