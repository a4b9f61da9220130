/*
 * Conditions on events, as they are typed after `trace on LIST` and `trace where`:
 *
 *     op=i32.store addr in 0x100..0x1ff          all conditions hold; "and" may stand between them
 *     $fac    /^str/    #12    3..17             a function by name, pattern, index, range of indices
 *     call    i32.store    i32.*                 a kind or event; an instruction, with *
 *     value=5  thread=2  inst=1  depth<3  step in 100..200  offset=0x3f  func!=$log
 *
 * A..B includes both ends. What depends on the place alone (func, op, inst, offset) is answered once for each place.
 */
#ifndef TRACE_FILTER_H
#define TRACE_FILTER_H

#include "engine/base/vec.h"
#include "trace/event.h"

struct err;
struct module;
struct places;

enum filter_field {
	FILTER_FUNC, FILTER_OP, FILTER_INST, FILTER_OFFSET,     /* of the place */
	FILTER_EVENT, FILTER_ADDR, FILTER_VALUE, FILTER_THREAD, FILTER_DEPTH, FILTER_STEP,
};

struct filter_term {
	enum filter_field field;
	bool negated;
	uint64_t from, to;              /* numbers, and indices of functions */
	char *text;                     /* owned; a name or pattern (FILTER_FUNC), an instruction with * (FILTER_OP) */
	void *regex;                    /* owned; FILTER_FUNC: compiled; NULL: by name or index */
	uint32_t events;                /* FILTER_EVENT: bits 1 << enum trace_event_id */
};

struct filter {
	VEC(struct filter_term) terms;
	char *text;                     /* owned; as typed; "" everything */
};

/* Read TEXT, which may be empty. False with E (E_USAGE): what is wrong with it. */
bool filter_parse(struct filter *f, struct str text, struct err *e);
void filter_free(struct filter *f);

/* Those conditions that a place can fail, then the others. */
bool filter_place(const struct filter *f, const struct places *p, uint32_t place);
bool filter_event(const struct filter *f, const struct places *p, const struct trace_event *e);
/* Whether any place of this instruction can pass; of function FUNC of M (an index in its function space). */
bool filter_op(const struct filter *f, unsigned op);
bool filter_func(const struct filter *f, const struct module *m, uint32_t func);

#endif
