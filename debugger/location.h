/*
 * Locations as they are typed: name, $name, #12, #12+0x1f, @0x3ac, 12, 12:5, FILE:12:5, i:12.7, *0x7f…, ., +2, and each
 * of them after MOD!. A place inside an instruction moves to its first byte.
 */
#ifndef DEBUGGER_LOCATION_H
#define DEBUGGER_LOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/value.h"

struct arena;
struct buf;
struct err;
struct module;

struct location {
	const struct module *module;
	uint32_t func, offset;          /* the first byte of an instruction */
	uint32_t asked;                 /* the offset that was asked for: differs when it moved */
};

/* What locations are relative to. */
struct location_scope {
	const struct module *module;    /* what a bare name means; NULL: nothing is loaded */
	bool here;                      /* func and offset are where the guest is stopped: `.`, +N, bare lines */
	uint32_t func, offset;
	const struct module *const *modules;    /* all that are loaded, for FILE:LINE */
	uint32_t nmodules;
	bool checked, fuse;             /* which bodies run: those that i:F.N counts in */
	/* MOD! -> module; false with E. */
	bool (*find_module)(void *user, struct str name, const struct module **out, struct err *e);
	void *user;
};

/*
 * Find the places that TEXT means: more than one when several functions have the name. Memory from A. False with E;
 * *PENDING is then set when what it names may be loaded later.
 */
bool location_find(struct str text, const struct location_scope *sc, struct arena *a, struct location **out,
	uint32_t *n, bool *pending, struct err *e);
/* "moved from 0x26 to 0x25, the first byte of local.get"; false: it did not move, nothing printed. */
bool location_moved(const struct location *l, struct buf *out);

#endif
