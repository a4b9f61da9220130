/*
 * The marks of a history (history.h): moments of the run at hand, sparser the older they are, and a few near places that
 * were visited. For history*.c.
 */
#ifndef DEBUGGER_MARK_H
#define DEBUGGER_MARK_H

#include "debugger/history.h"

/* At the live end. EDIT: nothing before it leads here. False: out of memory. */
bool marks_add(struct history *h, bool edit);
/* From index FROM on they are dropped. */
void marks_drop(struct history *h, size_t from);
/* Index of the last mark at or before step N; never below the floor. */
size_t marks_before(const struct history *h, uint64_t n);
/* The first mark of the prompt's innermost call. */
size_t marks_floor(const struct history *h);

/* Where the guest is, so that coming here again is quick. */
void marks_near_add(struct history *h);
/* Those at or behind this step go. */
void marks_near_drop(struct history *h, uint64_t clock);
/* The last one at or before step N of both kinds. */
const struct mark *marks_nearest(const struct history *h, uint64_t n);

#endif
