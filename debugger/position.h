/*
 * Where a byte of a module stands: line and column of its text, else of the source language (DWARF), else the offset in
 * its file.
 */
#ifndef DEBUGGER_POSITION_H
#define DEBUGGER_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

struct buf;
struct dwarf_call;
struct module;

struct position {
	const char *file;               /* the name without folders */
	bool has_line;
	bool source;                    /* the line is the source language's; the file has to be found: sources.h */
	struct str path;                /* … the file as the compiler knew it */
	uint32_t line, column;          /* from 1; columns in characters; column 0: unknown */
	struct str text;                /* the line of text, without blanks in front */
};

void position_of(const struct module *m, uint32_t offset, struct position *out);
/* "fac.wat:3:5", or "app.wasm:0x25". */
void position_print(const struct module *m, uint32_t offset, struct buf *out);
/*
 * The functions that are inlined into one another at OFFSET, innermost first, the function itself last; 0: none is inlined
 * there. OUT has DWARF_CALLS places.
 */
uint32_t position_inlined(const struct module *m, uint32_t offset, struct dwarf_call *out);
/* The name without folders of a file of DWARF's. */
const char *position_call_file(const struct module *m, const struct dwarf_call *call);
/* What is printed of a line: without blanks around it. */
struct str position_text(struct str line);
/*
 * The instruction on a line of the module's text that runs first, or with a COLUMN the first one written there or after it. False: none, or the
 * module has no text.
 */
bool position_find(const struct module *m, uint32_t line, uint32_t column, uint32_t *offset);
/* Whether NAME is the module's file: the whole path as given, or its last part. */
bool position_is_file(const struct module *m, struct str name);

#endif
