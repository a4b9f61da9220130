/* What the parts of the DWARF reader share: sections, units, entries. Not for others: see dwarf.h, dwarf_type.h. */
#ifndef DEBUGGER_DWARF_UNIT_H
#define DEBUGGER_DWARF_UNIT_H

#include "debugger/dwarf.h"
#include "debugger/dwarf_const.h"
#include "debugger/dwarf_cursor.h"
#include "debugger/dwarf_type.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

enum dwarf_section {
	SECTION_INFO, SECTION_ABBREV, SECTION_LINE, SECTION_STR, SECTION_LINE_STR, SECTION_STR_OFFSETS, SECTION_ADDR,
	SECTION_RANGES, SECTION_RNGLISTS, SECTION_LOC, SECTION_LOCLISTS, SECTION_COUNT
};

struct dwarf_span {
	uint64_t low, high;             /* addresses [low, high) */
};

/* One row of a line table: it counts up to the next row. */
struct dwarf_row {
	uint32_t address, line, file;
	uint16_t column;
	bool statement, end, prologue_end;
};

struct dwarf_lines {
	VEC(uint32_t) files;            /* numbers in the program to dwarf_file()'s */
	VEC(struct dwarf_row) rows;     /* by address */
};

/* A function with code. */
struct dwarf_func {
	uint32_t low, high, entry;
};

/* An entry that others are named within: to find the parent of one. */
struct dwarf_scope {
	uint32_t entry, parent;         /* parent: 0 at the top of the unit */
};

/* The shape of entries: a tag, and the attributes they have. */
struct dwarf_abbrev {
	uint64_t code, tag;
	bool children;
	const uint8_t *specs;           /* pairs of attribute and form */
};

struct dwarf_abbrevs {
	uint64_t offset;
	VEC(struct dwarf_abbrev) list;
};

struct dwarf_unit {
	uint32_t start, end, entries;   /* in .debug_info: header, behind it all, first entry */
	uint16_t version;
	bool wide;
	uint8_t address_size;
	const struct dwarf_abbrevs *abbrevs;
	struct str name, directory, producer;
	uint64_t language, low;         /* low: what lists of ranges and locations count from */
	bool has_lines;
	uint64_t line_offset;
	uint64_t str_offsets_base, addr_base, rnglists_base, loclists_base;
	VEC(struct dwarf_span) spans;   /* its code */
	struct dwarf_lines *lines;      /* made when first asked for */
	bool files_read, rows_read;     /* … how much of them */
	bool indexed;                   /* the following were made */
	VEC(struct dwarf_func) funcs;   /* by address */
	VEC(struct dwarf_scope) scopes; /* by entry */
	VEC(uint32_t) globals;          /* variables outside of functions */
};

/* Code of a unit. */
struct dwarf_unit_span {
	uint32_t low, high, unit;
};

struct dwarf {
	const struct module *module;
	uint32_t code;                  /* byte of the module that address 0 is */
	uint32_t code_size;
	struct { const uint8_t *p; size_t n; } sections[SECTION_COUNT];
	struct arena arena;
	VEC(struct dwarf_abbrevs *) abbrevs;
	VEC(struct dwarf_unit) units;
	VEC(struct dwarf_unit_span) spans;      /* by address */
	VEC(struct str) files;
	struct map file_numbers;
	bool files_known;               /* of all units */
	struct map globals;             /* name to entry; made when first asked for */
	bool globals_known;
	struct map funcs;               /* name to low address; with globals */
	char problem[160];
};

/* The first problem is kept. Returns false. */
bool dwarf_note(struct dwarf *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A cursor on a section from OFFSET on; at its end when there is no such byte. */
struct dwarf_cursor dwarf_section_at(const struct dwarf *d, enum dwarf_section s, uint64_t offset);
struct dwarf_cursor dwarf_unit_cursor(const struct dwarf *d, const struct dwarf_unit *u, enum dwarf_section s,
	uint64_t offset);
/* Whether an address is in the code: linkers leave 0, -1 and -2 for what they dropped. */
static inline bool dwarf_is_code(const struct dwarf *d, uint64_t address)
{
	return address > 0 && address < d->code_size;
}
struct dwarf_unit *dwarf_unit_of_entry(const struct dwarf *d, uint64_t entry);
struct dwarf_unit *dwarf_unit_of_address(const struct dwarf *d, uint64_t address);

/* ---- entries (dwarf_die.c) ------------------------------------------------------------------- */

struct dwarf_die {
	const struct dwarf_unit *unit;
	uint32_t entry;                 /* offset in .debug_info */
	uint64_t tag;                   /* enum dwarf_tag; 0: the end of a list of children */
	const struct dwarf_abbrev *abbrev;
	const uint8_t *values;          /* of its attributes */
};

enum dwarf_class {
	CLASS_NONE, CLASS_ADDRESS, CLASS_CONSTANT, CLASS_SIGNED, CLASS_BLOCK, CLASS_STRING, CLASS_REFERENCE, CLASS_OFFSET,
	CLASS_FLAG, CLASS_LIST_INDEX
};

struct dwarf_attr {
	enum dwarf_class class;
	uint64_t u;                     /* number, address, entry; of a block: its size */
	const uint8_t *block;           /* CLASS_BLOCK */
	struct str string;              /* CLASS_STRING */
};

bool dwarf_die_at(const struct dwarf *d, uint64_t entry, struct dwarf_die *out);
bool dwarf_die_attr(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, struct dwarf_attr *out);
/* The same, also where an abstract origin, specification or declaration has it. */
bool dwarf_die_attr_far(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name,
	struct dwarf_attr *out);
bool dwarf_die_number(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, uint64_t *out);
struct str dwarf_die_name(const struct dwarf *d, const struct dwarf_die *die);
bool dwarf_die_flag(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name);
/* The entry that an attribute refers to. */
bool dwarf_die_ref(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, struct dwarf_die *out);
/* First child, next of the same parent. False: none. */
bool dwarf_die_child(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_die *out);
bool dwarf_die_next(const struct dwarf *d, struct dwarf_die *die);
/* The entry that follows in the section, children included; tag 0 closes a list. False: the unit's end. */
bool dwarf_die_after(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_die *out);
/* Contributions to .debug_str_offsets and .debug_addr. */
bool dwarf_indexed_address(const struct dwarf *d, const struct dwarf_unit *u, uint64_t index, uint64_t *out);

/* ---- others ---------------------------------------------------------------------------------- */

/* dwarf_range.c: the ranges of an entry; appended to a vector of spans. */
struct dwarf_spans {
	struct dwarf_span *data;
	size_t count, cap;
};
void dwarf_die_spans(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_spans *out);
bool dwarf_die_covers(const struct dwarf *d, const struct dwarf_die *die, uint64_t address);
/* The expression of an attribute that holds at ADDRESS: a block, or an entry of a location list. */
bool dwarf_location_at(const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_attr *at, uint64_t address,
	struct str *expr);

/* dwarf_line.c */
bool dwarf_lines_read(struct dwarf *d, struct dwarf_unit *u, bool rows);

/* dwarf_type.c: the type that an entry says it has */
struct dwarf_type dwarf_type_of(struct dwarf *d, const struct dwarf_die *die);

/* dwarf_func.c */
bool dwarf_unit_index(struct dwarf *d, struct dwarf_unit *u);
const struct dwarf_func *dwarf_func_at(struct dwarf *d, uint64_t address);

#endif
