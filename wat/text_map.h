/*
 * Which text each byte of an encoded module came from: pairs of (binary offset, text position), sorted by offset, one
 * for each instruction and for each entry of a section (a function's entry stands at the first byte of its body). The
 * text is borrowed: it must outlive the map.
 */
#ifndef WAT_TEXT_MAP_H
#define WAT_TEXT_MAP_H

#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/base/vec.h"

struct text_pair {
	uint32_t offset;        /* in the binary */
	uint32_t text;          /* of the keyword, or of the parenthesis that stands for `end`; TEXT_PAIR_FIELD added */
};

#define TEXT_PAIR_FIELD 0x80000000u     /* a field of the module, not an instruction */

struct text_map {
	const struct source *source;
	VEC(struct text_pair) pairs;
};

/* The keyword of the instruction at BINARY_OFFSET, or of the nearest one before; false: none. */
bool text_map_find(const struct text_map *m, uint32_t binary_offset, struct place *out);
/* The first instruction at or after a text position on the same line; false: none. */
bool text_map_offset(const struct text_map *m, uint64_t text_start, uint32_t *binary_offset);
/* Turn a place in the binary and those of notes into places in the text. */
void text_map_err(const struct text_map *m, struct err *e);
void text_map_free(struct text_map *m);

#endif
