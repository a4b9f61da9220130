/* Where a byte of a module stands: line and column of its text, else the offset in its file. */
#ifndef DEBUGGER_POSITION_H
#define DEBUGGER_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

struct buf;
struct module;

struct position {
	const char *file;               /* the name without folders */
	bool has_line;
	uint32_t line, column;          /* from 1; columns in characters */
	struct str text;                /* the line, without blanks in front */
};

void position_of(const struct module *m, uint32_t offset, struct position *out);
/* "fac.wat:3:5", or "app.wasm:0x25". */
void position_print(const struct module *m, uint32_t offset, struct buf *out);
/*
 * The instruction on a line that runs first, or with a COLUMN the first one written there or after it. False: none, or the
 * module has no text.
 */
bool position_find(const struct module *m, uint32_t line, uint32_t column, uint32_t *offset);
/* Whether NAME is the module's file: the whole path as given, or its last part. */
bool position_is_file(const struct module *m, struct str name);

#endif
