/* Running one specification script: modules, actions, assertions, threads. */
#ifndef REPL_COMMAND_WAST_RUN_H
#define REPL_COMMAND_WAST_RUN_H

#include "engine/op.h"
#include "engine/value.h"
#include "wat/wast.h"

struct output;
struct source;
struct store;

struct wast_counts {
	uint64_t passed, failed;
};

struct wast_options {
	struct features features;
	bool no_guard, no_fuse, gc_stress, verify_ir;
};

/* Run SCRIPT; a line "file:line: why" per failure goes to OUT. False with E: memory ran out. */
bool wast_run(const struct source *script, const struct wast_options *o, struct output *out, struct wast_counts *counts,
	struct err *e);

/* Whether a value is what a result pattern allows (wast_match.c). */
bool wast_matches(const struct wast_value *want, struct value got, const struct store *s);
void wast_print_wanted(const struct wast_value *want, const struct store *s, struct buf *out);
/* The value of an argument. */
struct value wast_argument(const struct wast_value *v);

#endif
