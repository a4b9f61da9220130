/*
 * Binary to text: prints a module, or one function of it, in the WebAssembly text format. What comes out parses back
 * to an equivalent module: the same types, index spaces, bodies, segments, names and custom sections.
 *
 * Flat is the default, one instruction a line. Folded output nests operands where each of them is a single value
 * pushed by the instructions just before; what is not that plain stays flat. Names come from the name section: made
 * unique with a suffix where two things share one (then an @name annotation keeps the original), quoted as $"…"
 * where they have odd characters. Nothing here recurses on the nesting of blocks.
 */
#ifndef WAT_PRINT_H
#define WAT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/vec.h"

struct buf;
struct err;
struct module;

struct wat_print_options {
	bool folded;
	bool names;             /* identifiers of the name section; else indices */
	bool offsets;           /* (;@0x25;) before each instruction */
	int indent;             /* blanks a level; 0: two */
	int64_t func;           /* only this function; -1: the whole module */
};

/* Names on, flat, the whole module. */
struct wat_print_options wat_print_defaults(void);

/* Where instructions stand in a printed text: lines and columns from 1, columns in characters. */
struct wat_place {
	uint32_t offset;        /* of the instruction's first byte in the module */
	uint32_t line, column;
};

struct line_map {
	VEC(struct wat_place) places;           /* ordered by offset */
};

void line_map_free(struct line_map *map);
/* The instruction at OFFSET, or the last one before it; NULL: none. */
const struct wat_place *line_map_find(const struct line_map *map, uint32_t offset);

/* Append the text to OUT. False with E: a body that cannot be read, or out of memory. */
bool wat_print(const struct module *m, const struct wat_print_options *o, struct buf *out, struct err *e);
/* Append one function (or its import); lines count from the first one appended. MAP may be NULL. */
bool wat_print_func(const struct module *m, uint32_t func, const struct wat_print_options *o, struct buf *out,
	struct line_map *map, struct err *e);

#endif
