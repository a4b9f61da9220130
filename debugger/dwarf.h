/*
 * The debugging information of a module: DWARF 2 to 5 in its custom sections.
 *
 *     dwarf_cursor  bytes            dwarf_die    abbreviations, entries and their attributes
 *     dwarf_line    line tables      dwarf_range  address ranges and location lists
 *     dwarf_func    functions, inlined calls, variables in scope      dwarf_type   types
 *     dwarf_expr    location expressions                              dwarf        units; offsets to lines and back
 *
 * Nothing is read before somebody asks. Then the heads of all units are read, and of the unit in question its line table
 * or its functions; what was read stays. Offsets here are bytes of the module, as everywhere; DWARF counts from the
 * contents of the code section, which only this reader knows.
 *
 * What is damaged is left out: a question about it has no answer, and dwarf_problem() says what was found first. Not
 * read: split DWARF (.dwo), supplementary files, macros, call frames.
 */
#ifndef DEBUGGER_DWARF_H
#define DEBUGGER_DWARF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

struct dwarf;
struct buf;
struct module;

/* Of a module, made when first asked for; owned by it. NULL: it has none (or memory ran out). */
struct dwarf *dwarf_of(const struct module *m);
/* "" or what is wrong with it. */
const char *dwarf_problem(const struct dwarf *d);
const struct module *dwarf_module(const struct dwarf *d);

/* ---- lines ----------------------------------------------------------------------------------- */

struct dwarf_place {
	uint32_t file;                  /* dwarf_file() */
	uint32_t line, column;          /* from 1; 0: the compiler gave none */
	uint32_t start, end;            /* bytes of the module that this row covers */
	bool statement;                 /* START is a good place to stop at */
};

/* The path of a file, as the compiler knew it. */
struct str dwarf_file(const struct dwarf *d, uint32_t file);
/* Where a byte of the code comes from; false: unknown (also for rows of line 0). */
bool dwarf_line_at(struct dwarf *d, uint32_t offset, struct dwarf_place *out);
/* Whether NAME means the file: its path, or the last parts of it. */
bool dwarf_file_is(const struct dwarf *d, uint32_t file, struct str name);
/* Whether a file is called NAME; *FILE is the first. */
bool dwarf_file_find(struct dwarf *d, struct str name, uint32_t *file);

/* Where the code of a line begins. */
struct dwarf_stop {
	uint32_t func, offset;          /* function and byte of the module */
	uint32_t inlined;               /* entry of the inlined call it is in, 0: none; to tell copies apart */
	uint32_t line, column;
};
/*
 * The beginnings of statements on LINE (with a COLUMN: there or right of it) of files called NAME; when it has no code, of
 * the next line that has. One for each function and inlined copy of it. Memory is the caller's: free(). False: none;
 * *KNOWN: there is such a file.
 */
bool dwarf_line_find(struct dwarf *d, struct str name, uint32_t line, uint32_t column, struct dwarf_stop **out,
	uint32_t *n, bool *known);
/* All rows of function FUNC, by address. free(). */
bool dwarf_line_rows(struct dwarf *d, uint32_t func, struct dwarf_place **out, uint32_t *n);
/* Where function FUNC's own work begins: behind what prepares its frame. False: it has no lines. */
bool dwarf_prologue_end(struct dwarf *d, uint32_t func, uint32_t *offset);

/* ---- functions ------------------------------------------------------------------------------- */

/* One function that is running at a byte: the function itself, or one that was inlined into it. */
struct dwarf_call {
	bool inlined;
	uint32_t entry;                 /* of the function or inlined call */
	uint32_t file, line, column;    /* where it is: of the innermost, the row's; of the others, of the call in them */
};
enum { DWARF_CALLS = 32 };
/* Those at OFFSET, innermost first; 0: unknown. The last one is the function itself. */
uint32_t dwarf_calls_at(struct dwarf *d, uint32_t offset, struct dwarf_call out[DWARF_CALLS]);
/*
 * The bytes of calls that were inlined into the function at OFFSET and do not hold OFFSET: what `next` goes over. free().
 */
struct dwarf_bytes {
	uint32_t start, end;
};
void dwarf_inlined_elsewhere(struct dwarf *d, uint32_t offset, struct dwarf_bytes **out, uint32_t *n);
/* "std::vector::push"; of a function, an inlined call or a type. */
void dwarf_print_name(struct dwarf *d, uint32_t entry, struct buf *out);
/* The same of function FUNC; false: nothing is known of it. */
bool dwarf_print_func(struct dwarf *d, uint32_t func, struct buf *out);
/* The function that a DWARF name means: its index. For the names that the name section does not have. */
bool dwarf_func_named(struct dwarf *d, struct str name, uint32_t *func);

/* "clang version 14" and the like of the unit at OFFSET; language as people call it. False: no unit is there. */
struct dwarf_unit_info {
	struct str name, directory, producer;
	const char *language;
	unsigned version;
};
bool dwarf_unit_at(struct dwarf *d, uint32_t offset, struct dwarf_unit_info *out);

#endif
