/*
 * A tape: what a run took from outside itself, in order - results of host functions with the bytes that they wrote, calls
 * that they made back into the guest, growing that was refused, how waits ended. With a moment of the run (engine/moment.h)
 * to begin at, it is all that is needed to run again.
 *
 * Entries are packed bytes, so that a call of the host takes ten or so. Reading checks everything: a tape may come from a
 * file. Places on a tape are counts of bytes since its beginning, also when the beginning was cut off.
 */
#ifndef DEBUGGER_TAPE_H
#define DEBUGGER_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"

enum tape_kind { TAPE_CALL = 1, TAPE_CALL_IN, TAPE_REFUSED, TAPE_WAIT, TAPE_KINDS };

/* Bytes that the host wrote; or while recording only where. */
struct tape_write {
	uint32_t memory;                /* its number in the store */
	uint64_t at, size;
	const uint8_t *bytes;           /* borrowed */
};

struct tape_entry {
	enum tape_kind kind;
	uint32_t func;                  /* CALL: of the tape's list; CALL_IN: index in its instance */
	uint32_t instance;              /* CALL_IN */
	uint64_t clock;                 /* CALL: when it was made */
	uint16_t check;                 /* CALL: of the arguments */
	uint8_t stream;                 /* CALL: what it wrote to standard output (1) or error (2); 0: no such thing */
	enum outcome outcome;           /* CALL */
	uint64_t number;                /* CALL: exit status, trap, tag; REFUSED: which growing; WAIT: result */
	struct str message;             /* CALL that trapped; borrowed */
	uint32_t nslots;                /* results of CALL that is done, payload of its exception, arguments of CALL_IN */
	slot *slots;
	uint32_t nwrites;
	struct tape_write *writes;
};

/* Where one is on a tape, and what counts from there. */
struct tape_place {
	uint64_t at;
	uint64_t clock;                 /* of the last call */
	uint64_t growings;              /* carried out so far */
};

struct tape {
	struct buf bytes;               /* of places [base, base + bytes.size) */
	uint64_t base;
	uint64_t entries;               /* written */
	/* private: storage of the entry read last */
	VEC(slot) slots;
	VEC(struct tape_write) writes;
};

void tape_free(struct tape *t);
uint64_t tape_end(const struct tape *t);
/* Append. P: the end, moves on. False: out of memory. */
bool tape_write_entry(struct tape *t, struct tape_place *p, const struct tape_entry *x);
/*
 * Read the entry at P, which moves behind it; what it points to is good until the next call. False: P is at the end, or
 * (with E) there is no such entry.
 */
bool tape_read_entry(struct tape *t, struct tape_place *p, struct tape_entry *x, struct err *e);
/* Nothing behind this place is wanted any more; nothing before it. */
void tape_cut_after(struct tape *t, uint64_t at);
void tape_cut_before(struct tape *t, uint64_t at);

#endif
