/*
 * Making a module small while something about it stays: lines of its text are left out or replaced by simpler ones, as long as
 * the caller says that what is left still shows it.
 *
 *     text of the module, everything in it named, one instruction a line
 *       1  bodies of functions become `unreachable`, many at once, then fewer
 *       2  fields go: functions, exports, segments, types …
 *       3  blocks are unwrapped, runs of instructions go, then pairs, single ones become constants
 *     … again from 1 until nothing changes or the time is up
 *
 * Most of what is tried is no module any more, which the caller finds out by reading it. Nothing here knows WebAssembly but the
 * form in which wat/print.h writes it.
 */
#ifndef DEBUGGER_REPRO_H
#define DEBUGGER_REPRO_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

struct buf;
struct err;
struct module;

struct repro {
	/* Whether TEXT is a module that still shows it. */
	bool (*holds)(void *user, struct str text);
	/* The time is up. */
	bool (*enough)(void *user);
	void *user;
	uint64_t tries, kept;           /* what was tried, and what of that stayed */
};

/* The text of M to begin with: no custom sections, a name for everything. False with E: out of memory. */
bool repro_text(const struct module *m, struct buf *out, struct err *e);
/* The same with functions in place of imported ones, which give zeros. */
void repro_without_host(struct str text, struct buf *out);
/* Make TEXT, which holds, smaller. False: out of memory, and TEXT is as it was. */
bool repro_reduce(struct repro *r, struct buf *text);
/* Instructions in a text. */
uint32_t repro_size(struct str text);

#endif
