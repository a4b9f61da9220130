/*
 * A decoded and validated module. Immutable after module_load_take(); shared by all its instances.
 *
 * Positions are byte offsets in the module's bytes. Function bodies and constant expressions stay as bytes and are
 * named by offset; the translator reads them again when a function is first called. Everything hangs from the
 * module's arena. Index spaces list imports first, as the specification numbers them.
 */
#ifndef ENGINE_MODULE_H
#define ENGINE_MODULE_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "engine/op.h"
#include "engine/types.h"

struct err;
struct names;
struct source;
struct code;            /* translated bodies: engine/regir/code.h */
struct text_map;        /* WAT positions of a module read from text: wat/ fills it */
struct dwarf;           /* the source language's lines and variables: debugger/ fills it */

enum extern_kind { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEMORY, EXTERN_GLOBAL, EXTERN_TAG };

/* A constant expression: the bytes [start, end), `end` opcode included. */
struct const_expr {
	uint32_t start, end;
};

struct limits {
	uint64_t min, max;      /* pages of the memory's page size, or table elements; max only with has_max */
	bool has_max, is64, shared;
};

struct import {
	struct str module, name;
	enum extern_kind kind;
	uint32_t index;         /* in the kind's index space */
	uint32_t offset;        /* of the entry */
};

struct export {
	struct str name;
	enum extern_kind kind;
	uint32_t index;
	uint32_t offset;
};

struct func_decl {
	const struct deftype *type;
	uint32_t type_index;    /* the module's own type index; for imports too */
	uint32_t body;          /* first byte after the body's size: its local declarations; 0 for imports */
	uint32_t body_size;
	int32_t import;         /* index in imports, or -1 */
	bool declared;          /* ref.func may name it (core 3.4: occurs in an element, export or global) */
};

struct table_decl {
	valtype type;
	struct limits limits;
	bool has_init;
	struct const_expr init;
	int32_t import;
	uint32_t offset;
};

struct memory_decl {
	struct limits limits;
	uint8_t page_log2;      /* 16, or 0 with custom-page-sizes */
	int32_t import;
	uint32_t offset;
};

struct global_decl {
	valtype type;
	bool mut;
	struct const_expr init; /* unless imported */
	int32_t import;
	uint32_t offset;
};

struct tag_decl {
	const struct deftype *type;
	uint32_t type_index;
	int32_t import;
	uint32_t offset;
};

enum segment_mode { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARED };

struct elem_decl {
	enum segment_mode mode;
	uint32_t table;
	struct const_expr at;           /* SEGMENT_ACTIVE: the offset expression */
	valtype type;
	uint32_t count;
	const uint32_t *funcs;          /* count function indices, or NULL when given as expressions */
	const struct const_expr *exprs; /* count expressions, or NULL */
	uint32_t offset;
};

struct data_decl {
	enum segment_mode mode;
	uint32_t memory;
	struct const_expr at;
	uint32_t start, size;           /* its bytes in the module */
	uint32_t offset;
};

struct custom {
	struct str name;
	uint32_t start, size;           /* contents after the name */
	uint32_t offset;                /* of the section id */
	uint8_t after;                  /* id of the last section before it that was not custom; 0: at the start */
};

struct section {
	uint8_t id;
	uint32_t start, size;           /* contents */
};

/* metadata.code.branch_hint */
struct branch_hint {
	uint32_t func, offset;          /* offset from the body's first byte */
	bool likely;
};

struct module {
	struct engine *engine;          /* borrowed; outlives the module */
	struct source *source;          /* the binary; owned */
	const uint8_t *bytes;           /* source's bytes */
	uint32_t size;
	struct features features;
	struct arena arena;
	uint32_t number;                /* as the prompt numbers it; 0: not listed */
	struct str name;                /* from the name section, else "" */

	uint32_t ntypes;
	const struct deftype **types;           /* by the module's type index */
	uint32_t nimports;
	struct import *imports;
	uint32_t nfuncs, nimported_funcs;
	struct func_decl *funcs;
	uint32_t ntables, nimported_tables;
	struct table_decl *tables;
	uint32_t nmemories, nimported_memories;
	struct memory_decl *memories;
	uint32_t nglobals, nimported_globals;
	struct global_decl *globals;
	uint32_t ntags, nimported_tags;
	struct tag_decl *tags;
	uint32_t nexports;
	struct export *exports;
	bool has_start;
	uint32_t start, start_offset;
	uint32_t nelems;
	struct elem_decl *elems;
	bool has_data_count;
	uint32_t data_count;
	uint32_t ndatas;
	struct data_decl *datas;
	uint32_t ncustoms;
	struct custom *customs;
	uint32_t nsections;
	struct section *sections;
	uint32_t nhints;
	struct branch_hint *hints;              /* sorted by func, offset */

	/* engine/replace.h */
	const struct module *base;              /* it stands in for functions of this one; NULL: it is itself */
	const struct module **replaced;         /* by defined function, what stands in for it; NULL: nothing for any */

	/* made when first asked for */
	struct names *names;                    /* engine/names.h */
	struct code *code;                      /* engine/regir/code.h */
	/* set by whoever read the module from text; owned, freed through free_text */
	struct source *text;
	struct text_map *text_map;
	void (*free_text)(struct module *m);
	/* made by the debugger when it first asks for a source line; owned */
	struct dwarf *dwarf;
	void (*free_dwarf)(struct dwarf *d);
};

/*
 * Decode and validate. Takes SOURCE (freed with the module, or at once on failure). NULL with E set: malformed,
 * invalid or out of memory, with the offset. E's file is the source's name.
 */
struct module *module_load_take(struct engine *en, struct source *source, const struct features *f, struct err *e);
/*
 * Decode only, for `check` and `validate --explain`: gives the module as far as it could be read, with E set when
 * it is malformed. Free it in any case. NULL only when even the header is wrong or memory runs out.
 */
struct module *module_decode_take(struct engine *en, struct source *source, const struct features *f, struct err *e);
/* Validate a decoded module (types of bodies, constant expressions, everything of core 3). */
bool module_validate(struct module *m, struct err *e);
/* Check the custom sections that have a meaning (name, branch hints), which loading does not. */
bool custom_check(const struct module *m, struct err *e);
void module_free(struct module *m);

/* Find an export; NULL: none. */
const struct export *module_export(const struct module *m, struct str name);
const struct export *module_export_kind(const struct module *m, struct str name, enum extern_kind kind);
const char *extern_kind_name(enum extern_kind kind);    /* "func", "table", "memory", "global", "tag" */
const char *module_section_name(uint8_t id);                   /* "type", "data count", …, "unknown" */
/* The function whose body holds byte OFFSET; false: none. */
bool module_func_at(const struct module *m, uint32_t offset, uint32_t *func);
/* Type namer for messages: names canonical ids by this module's names or first index. User is the module. */
void module_type_name(void *module, uint32_t id, struct buf *out);
/* "$name" of the name section (or of an export, without the dollar doubled), else "#index". For messages. */
void module_func_label(const struct module *m, uint32_t func, struct buf *out);

#endif
