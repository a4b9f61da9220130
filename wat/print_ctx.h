/*
 * What the parts of the printer share: where the text goes, how things are called, and the body being printed.
 *
 *     print.c         the module's fields in order      print_func.c   one function, flat
 *     print_type.c    types, fields, type uses          print_fold.c   a body, folded
 *     print_name.c    identifiers and strings           print_imm.c    one instruction's line
 *     print_arity.c   values popped and pushed
 */
#ifndef WAT_PRINT_CTX_H
#define WAT_PRINT_CTX_H

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/names.h"
#include "wat/print.h"

struct type_at { uint32_t id, index; };

/* An enclosing block while a body is printed. */
struct label {
	uint32_t ordinal;       /* the block's number in the function, by position */
	uint32_t nparams, nresults;
	bool loop, branched;    /* branched: something branches to it, so it is given an identifier */
	struct str name;        /* of the name section; {NULL, 0}: none */
};

struct printer {
	const struct module *m;
	struct wat_print_options o;
	struct buf *out;
	struct err *e;
	struct line_map *map;           /* or NULL */
	uint32_t line;
	size_t line_start;              /* where the current line begins in out */

	struct map names[NAME_TAG + 1]; /* by kind: name -> first index; keys borrowed from the name section */
	bool named[NAME_TAG + 1];       /* made already */
	struct type_names types;        /* names canonical ids for valtype_print */
	struct type_at *ids;            /* the module's type indices by id; made when first needed */
	uint32_t group_id, group_size, group_index;     /* the recursive group being printed names its own members */

	/* the body being printed */
	bool in_body;
	uint32_t func;
	uint32_t head_line;             /* the line its head stands on */
	struct map locals;              /* name -> first local called so; keys borrowed from the name section */
	VEC(struct label) labels;
	VEC(bool) branched;             /* by ordinal; made by a first pass over the body */
	uint32_t ordinal;               /* of the next block */
	uint32_t hint;                  /* next of the module's branch hints */
};

/* print.c */
bool printer_init(struct printer *p, const struct module *m, const struct wat_print_options *o, struct buf *out,
	struct err *e);
void printer_free(struct printer *p);
/* A new line, indented by LEVEL. */
void print_line(struct printer *p, uint32_t level);
/* Note that the instruction at OFFSET stands at the end of what is printed. */
void print_place(struct printer *p, uint32_t offset);
/* "(import …)" of import I, without a line break. */
void print_import(struct printer *p, uint32_t i);
/* The type of one, after its identifier. */
void print_table_type(struct printer *p, const struct table_decl *t);
void print_memory_type(struct printer *p, const struct memory_decl *d);
void print_global_type(struct printer *p, const struct global_decl *g);

/* print_name.c */
void print_string(struct buf *out, const char *s, size_t n, bool text);  /* with quotes; text: keep UTF-8 readable */
void print_id_text(struct buf *out, struct str name);                    /* $name or $"name" */
/* How something is referred to: its identifier, else its index. */
void print_ref(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out);
/* Where it is defined: " $name (;3;)", with an @name annotation where the identifier had to differ. */
void print_def(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out);
void print_field_ref(struct printer *p, uint32_t type, uint32_t field, struct buf *out);
bool print_field_id(struct printer *p, uint32_t type, uint32_t field, struct buf *out);  /* false: it has none */
bool print_names_locals(struct printer *p, uint32_t nlocals);
bool print_local_id(struct printer *p, uint32_t local, struct buf *out);
void print_local_ref(struct printer *p, uint32_t local, struct buf *out);

/* print_type.c */
void print_types(struct printer *p);
void print_valtype(struct printer *p, valtype t, struct buf *out);
void print_valtypes(struct printer *p, const char *word, const valtype *t, uint32_t n, struct buf *out);
void print_limits(const struct limits *l, struct buf *out);
/* Between these, members of the group of T, which INDEX names, are called by the indices next to INDEX. */
void print_group_enter(struct printer *p, const struct deftype *t, uint32_t index);
void print_group_leave(struct printer *p);
/* " (type 3) (param …) (result …)" */
void print_type_use(struct printer *p, const struct deftype *t, uint32_t index, struct buf *out);

/* print_imm.c */
void print_instr(struct printer *p, const struct instr *in, struct buf *out);
/* The instructions of a constant expression: in brackets when it is one, else after WORD in brackets, or bare. */
bool print_const(struct printer *p, struct const_expr x, const char *word);
/* The label a block opens; call before printing the block, and pop at its end. */
bool label_push(struct printer *p, const struct instr *in);
struct label *label_at(struct printer *p, uint32_t depth);     /* NULL: the function's own, or none */
bool op_opens(enum op op);

/* print_func.c */
bool print_func(struct printer *p, uint32_t func, uint32_t level);
struct cursor print_body_cursor(struct printer *p);
/* "(@metadata.code.branch_hint …) " when the instruction has one. */
void print_hint(struct printer *p, const struct instr *in, struct buf *out);

/* The bracket that closes a function whose end is at OFFSET: on a line of its own unless nothing follows the head. */
void print_func_close(struct printer *p, uint32_t level, uint32_t offset);

/* print_arity.c: how many values IN pops and pushes where it stands; false: unknown (an invalid module) */
bool print_arity(struct printer *p, const struct instr *in, uint32_t *pops, uint32_t *pushes);

/* print_fold.c: the body from C on, up to its end */
bool print_folded(struct printer *p, struct cursor *c, uint32_t level);

#endif
