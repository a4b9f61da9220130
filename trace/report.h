/*
 * What monitors and profiles have to show: rows of named columns. Commands print it as text and give it as JSON; nothing
 * here knows of either.
 */
#ifndef TRACE_REPORT_H
#define TRACE_REPORT_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_FUNC,                    /* text: a function, which JSON names without its dollar */
	COLUMN_COUNT,                   /* a number, which may be large */
	COLUMN_SHARE,                   /* parts of 10,000: "12.34 %" */
	COLUMN_OFFSET,                  /* a number in hexadecimal */
};

struct column {
	const char *key;                /* of JSON: "function" */
	const char *head;               /* for people */
	enum column_kind kind;
};

struct cell_value {
	struct str text;                /* COLUMN_TEXT */
	uint64_t number;
	bool absent;                    /* nothing is known */
};

struct sheet {
	const char *key;                /* what the rows are, for JSON: "functions" */
	const char *title;              /* a line above; NULL: none */
	const struct column *columns;   /* ends with key NULL */
	unsigned ncolumns;
	VEC(struct cell_value) cells;
	size_t hidden;                  /* rows that were left out at the end */
	bool failed;                    /* memory ran out: what follows is missing */
};

/* A number about everything. */
struct total {
	const char *key, *words;        /* of JSON; behind the number for people, NULL: not for them */
	uint64_t number;
	enum column_kind kind;
};

/* What a monitor shows: tables under one another, and lines of totals. */
struct report {
	struct arena arena;             /* of texts */
	struct sheet sheets[3];
	unsigned nsheets;
	VEC(struct total) totals;
};

struct sheet *report_sheet(struct report *r, const char *key, const char *title, const struct column *columns);
/* WORDS: what stands behind the number, for people; NULL: only for JSON. */
void report_total(struct report *r, const char *key, uint64_t number, enum column_kind kind, const char *words);
void report_free(struct report *r);

/* Cells, from left to right, row by row. */
void sheet_put_text(struct sheet *t, struct str s);             /* borrowed */
void sheet_put_copy(struct report *r, struct sheet *t, struct str s);
void sheet_put_number(struct sheet *t, uint64_t n);
void sheet_put_absent(struct sheet *t);
/* How many there are. */
size_t sheet_rows(const struct sheet *t);

/* Parts of 10,000 that PART is of WHOLE. */
static inline uint64_t share(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((unsigned __int128)part * 10000 / whole) : 0;
}

#endif
