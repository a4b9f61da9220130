/*
 * Edit and continue: functions get new bodies while the guest is stopped. A swap makes a module of its own (wat/splice.h) that
 * stands in for that one function (engine/replace.h); further swaps build on the newest, so that one is always the whole
 * changed module. Swaps are undone in reverse order.
 */
#ifndef DEBUGGER_SWAP_H
#define DEBUGGER_SWAP_H

#include "engine/base/vec.h"
#include "engine/store.h"

struct source;

struct swap {
	struct module *base, *made;     /* borrowed: whoever keeps modules keeps them */
	const struct module *before;    /* what ran instead of base; base itself: nothing did */
	uint32_t func;
	bool written;                   /* a file has it */
};

struct swaps {
	VEC(struct swap) list;          /* those that hold */
	uint32_t count;                 /* made so far */
};

/* All changes of BASE together: the newest module made from it; BASE when there are none. */
const struct module *swaps_newest(const struct swaps *w, const struct module *base);
/*
 * FUNC of BASE gets the body that TEXT (taken) has; S: where it may be running, or NULL. The new module, which the caller
 * has to keep until no store can run it. NULL with E: places are in TEXT; nothing has changed.
 */
struct module *swap_func(struct swaps *w, struct store *s, struct module *base, uint32_t func, struct source *text,
	struct err *e);
/* Undo the last one; *UNDONE says which it was. False: there is none. */
bool swap_undo(struct swaps *w, struct store *s, struct swap *undone);
/* The newest module of BASE is in a file now. */
void swaps_written(struct swaps *w, const struct module *base);
/* The first swap that is in no file; NULL: none. */
const struct swap *swaps_unwritten(const struct swaps *w);

#endif
