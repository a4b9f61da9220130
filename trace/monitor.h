/*
 * Monitors: each watches one thing while the guest runs and shows it as tables. A monitor is a const record and the code
 * behind it, in a file of its own; monitors.def lists them.
 */
#ifndef TRACE_MONITOR_H
#define TRACE_MONITOR_H

#include "trace/report.h"
#include "trace/trace.h"

struct tally;

struct monitor;

/* Which line of which file a byte of a module stands in: the front end knows (text, DWARF). */
struct line_at {
	const char *file;               /* without folders */
	uint32_t line, column;          /* from 1 */
	struct str text;                /* the line; empty: not known */
};

struct line_source {
	void *user;
	bool (*at)(void *user, const struct module *m, uint32_t offset, struct line_at *out);
};

/* What is to be shown. */
struct monitor_ask {
	size_t rows;                    /* at most, of each table */
	struct line_source lines;
	const struct traced_func *func; /* only this function; NULL: all */
};

struct monitor_info {
	const char *name, *summary;
	uint32_t kinds;                 /* bits 1 << enum trace_kind of the events it is given */
	bool counts;                    /* it reads monitor_count() */
	size_t state;                   /* bytes of its state, zeroed when it is switched on */
	void (*event)(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words);
	void (*show)(struct monitor *m, const struct monitor_ask *ask, struct report *out);
	void (*clear)(void *state);     /* frees what the state holds; NULL: nothing */
};

struct monitor {
	const struct monitor_info *info;
	struct trace *trace;
	bool on;
	void *state;

	/* private */
	struct trace_listener listener;
	VEC(uint64_t) before, counted;  /* by place: when it was switched on; until it was switched off */
};

extern const struct monitor_info *const monitors[];     /* ends with NULL */

/* NULL: out of memory. Off at first. */
struct monitor *monitor_new(struct trace *t, const struct monitor_info *i);
void monitor_free(struct monitor *m);
/* Switching on begins anew; off keeps what was seen. False with E: out of memory. */
bool monitor_on(struct monitor *m, struct err *e);
void monitor_off(struct monitor *m);
void monitor_show(struct monitor *m, const struct monitor_ask *ask, struct report *out);

/* ---- for the monitors -------------------------------------------------------------------------------------------------- */

/* Executions of the instruction at PLACE while it was on. */
uint64_t monitor_count(const struct monitor *m, uint32_t place);
/* Every function of the store gets its places, so that what was never called can be shown. */
void monitor_know_all(struct monitor *m);

static inline const struct places *monitor_places(const struct monitor *m)
{
	return &m->trace->places;
}

/* A number with what it stands for, to be sorted: largest first, then in order. */
struct ranked {
	uint64_t value;
	uint32_t key;
};
void ranked_sort(struct ranked *r, size_t n);

/* Cells for a place: "$fac+0x12"; its line "fac.wat:3", or absent. */
void put_place(struct report *r, struct sheet *t, const struct places *p, uint32_t place);
void put_func(struct report *r, struct sheet *t, const struct places *p, uint32_t func);
void put_instr(struct report *r, struct sheet *t, const struct places *p, uint32_t place);
void put_line(struct report *r, struct sheet *t, const struct places *p, uint32_t place, const struct line_source *lines);
/* The first rows of R, places by rank: both of their counts, instruction, line, place. */
void put_tallies(struct report *out, struct sheet *t, const struct places *p, const struct tally *counts, const struct ranked *r,
	size_t n, const struct monitor_ask *ask);

#endif
