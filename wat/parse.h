/*
 * The inside of the text reader: one pass over the fields of a module that writes binary sections as it goes.
 *
 *	scan.c         finds the fields' names first, so that every index is known when it is used
 *	parse.c        module fields            parse_types.c  types, type uses
 *	parse_expr.c   instruction sequences    parse_imm.c    immediates        annot.c  annotations
 *	encode.c       puts the sections together
 *
 * Everything here belongs to one call of wat_encode().
 */
#ifndef WAT_PARSE_H
#define WAT_PARSE_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/progress.h"
#include "engine/base/source.h"
#include "wat/emit.h"
#include "wat/ident.h"
#include "wat/lex.h"
#include "wat/text_map.h"

enum section_id {
	SECTION_CUSTOM, SECTION_TYPE, SECTION_IMPORT, SECTION_FUNC, SECTION_TABLE, SECTION_MEMORY, SECTION_GLOBAL,
	SECTION_EXPORT, SECTION_START, SECTION_ELEM, SECTION_CODE, SECTION_DATA, SECTION_DATA_COUNT, SECTION_TAG,
	SECTION_COUNT
};

struct section_out {
	struct buf bytes;               /* without id, size and count */
	VEC(struct text_pair) pairs;    /* offsets in bytes */
	uint32_t count;
};

/* A value or storage type as it will be encoded: see parse_types.c. */
typedef uint64_t val;

#define VAL_INDEXED  ((val)1 << 32)      /* the low half is a type index, else a binary code */
#define VAL_NON_NULL ((val)1 << 33)      /* (ref ht); else the nullable reference or a number type */

enum { COMP_FUNC, COMP_STRUCT, COMP_ARRAY };

struct type_entry {
	uint8_t kind;                   /* COMP_* */
	bool plain;                     /* final, no supertype, alone in its group: an inline type may mean it */
	uint32_t first, nparams, nresults;      /* COMP_FUNC: in parser.vals */
	uint32_t first_field, nfields;          /* COMP_STRUCT: identifiers in parser.fields */
};

/* A type use: index of a function type, and what was written inline. */
struct type_use {
	uint32_t index;
	uint32_t nparams, nresults;     /* of the type, when it is a known function type */
	uint32_t written;               /* parameters written inline: their identifiers are in parser.params */
	bool has_index;                 /* (type …) was written */
	uint32_t first;                 /* inline types start here in parser.scratch */
	uint32_t inline_params, inline_results;
};

struct named {
	uint32_t index;
	struct str name;
};

typedef VEC(struct named) named_list;

struct label {
	uint32_t ident;                 /* 1 + identifier; 0: none */
	uint32_t shadowed;              /* what ident.label was before */
};

enum frame_kind {
	FRAME_BODY,                                     /* the function or expression itself */
	FRAME_BLOCK, FRAME_IF, FRAME_ELSE, FRAME_TRY, FRAME_CATCH, FRAME_CATCH_ALL,     /* flat: closed by `end` */
	FOLD_OP, FOLD_BLOCK, FOLD_IF, FOLD_THEN, FOLD_ELSE, FOLD_TRY, FOLD_CLAUSE,      /* folded: closed by `)` */
};

struct frame {
	uint8_t kind;
	uint8_t state;                  /* FOLD_IF, FOLD_TRY: which clauses were seen */
	bool hint, likely;              /* FOLD_OP, FOLD_IF: a branch hint for the instruction to come */
	uint32_t keyword;               /* text position */
	uint32_t waiting;               /* FOLD_OP, FOLD_IF: where its bytes start in parser.waiting */
	uint32_t label;                 /* FOLD_IF: 1 + identifier of its label */
};

struct custom_out {
	struct str name, bytes;
	uint8_t section;                /* before or after this one; SECTION_COUNT: all */
	bool after;
};

struct hint_out {
	uint32_t func, offset;
	bool likely;
};

struct parser {
	const struct source *text;
	struct progress *progress;      /* NULL: nobody wants to know */
	struct features features;
	struct err *e;
	struct lexer lx;
	struct token tok, next;
	bool peeked;
	struct arena arena;             /* names, annotations */
	struct idents idents;
	struct keywords keywords;
	struct str module_name;
	bool module_named;              /* by @name */

	VEC(struct type_entry) types;
	VEC(val) vals;                  /* parameters and results of function types */
	VEC(uint32_t) fields;           /* 1 + identifier of each struct field; 0: none */
	uint32_t *type_slots;           /* plain function types by hash: 1 + index */
	size_t type_cap, type_used;
	uint32_t counts[SPACE_COUNT];   /* entries so far in each index space */
	uint32_t defined;               /* spaces that have a definition already: 1 << space */
	bool has_start;
	bool needs_data_count;
	named_list names[SPACE_COUNT], renames[SPACE_COUNT];    /* by identifiers; by @name */
	struct section_out sections[SECTION_COUNT];
	struct buf local_names, label_names;            /* contents of their subsections */
	uint32_t local_name_funcs, label_name_funcs;
	VEC(struct custom_out) customs;
	VEC(struct hint_out) hints;

	/* the expression being read */
	struct section_out *out;
	uint32_t func;                  /* 1 + its number; 0: a constant expression */
	size_t body;                    /* where the body starts in out->bytes */
	uint32_t nlocals;
	VEC(struct frame) frames;
	VEC(struct label) labels;
	uint32_t label_count;           /* labels opened so far in this function */
	struct buf waiting;             /* folded instructions whose operands come first */
	VEC(val) scratch;
	VEC(uint32_t) params;           /* 1 + identifier of each inline parameter */
	VEC(uint32_t) targets;          /* of a br_table */
	struct section_out offset, list;        /* parts of a segment whose header comes first */
	struct buf fn_locals, fn_labels, bytes;
	uint32_t fn_nlocals, fn_nlabels;
};

/* ---- tokens (parse.c) ------------------------------------------------------------------------------------------ */

bool parse_misplaced(struct parser *p);         /* an annotation where none may be */
/* "unexpected token X, expected WHAT"; false */
bool parse_unexpected(struct parser *p, const char *what);

static inline struct place place_of(const struct token *t)
{
	return place_text(t->start, t->length);
}

static inline bool advance(struct parser *p)
{
	if (__builtin_expect(p->tok.annotation != 0, 0))
		return parse_misplaced(p);
	if (p->peeked) {
		p->tok = p->next;
		p->peeked = false;
		return true;
	}
	return lex_next(&p->lx, &p->tok);
}

/* Read the token after the current one into p->next. */
static inline bool peek(struct parser *p)
{
	if (!p->peeked) {
		if (!lex_next(&p->lx, &p->next))
			return false;
		p->peeked = true;
	}
	return true;
}

static inline bool at_word(const struct parser *p, enum word w)
{
	return p->tok.kind == TK_WORD && p->tok.id == w;
}

/* *yes: the next two tokens are "(" and this word. False only on errors. */
static inline bool at_clause(struct parser *p, enum word w, bool *yes)
{
	*yes = false;
	if (p->tok.kind != TK_LPAR)
		return true;
	if (!peek(p))
		return false;
	*yes = p->next.kind == TK_WORD && p->next.id == w;
	return true;
}

bool parse_lpar(struct parser *p);
bool parse_rpar(struct parser *p);
bool parse_word(struct parser *p, enum word w);
/* "(" and WORD at once */
bool parse_open(struct parser *p, enum word w);

/* Numbers; each moves on. */
bool parse_u32(struct parser *p, uint32_t *out);
bool parse_u64(struct parser *p, uint64_t *out);
/* An optional identifier: 1 + position, or 0. */
bool parse_id(struct parser *p, uint32_t *ident);
bool parse_ident(struct parser *p, const struct token *t, uint32_t *ident);
/* An index by number or name. */
bool parse_index(struct parser *p, enum space space, uint32_t *out);
bool parse_at_index(const struct parser *p);
bool parse_unknown(struct parser *p, enum err_code code, const char *what, struct place at, struct str name,
	uint32_t (*known)(const struct parser *p, const struct ident *id));
/* A name in UTF-8; in p->arena. */
bool parse_name(struct parser *p, struct str *out);
/* String literals to the end of the list, decoded into OUT. */
bool parse_strings(struct parser *p, struct buf *out);

/* Remember that what is written next into S comes from the text at KEYWORD; FIELD: not an instruction. */
static inline bool map_here(struct parser *p, struct section_out *s, uint32_t keyword, bool field)
{
	struct text_pair pair = { (uint32_t)s->bytes.size, keyword | (field ? TEXT_PAIR_FIELD : 0) };

	return vec_push(&s->pairs, pair) || err_oom(p->e);
}

/* ---- types (parse_types.c) ------------------------------------------------------------------------------------- */

bool parse_valtype(struct parser *p, val *out);
bool parse_reftype(struct parser *p, val *out);
bool parse_heaptype(struct parser *p, val *out);        /* as nullable reference to it */
bool parse_at_reftype(struct parser *p, bool *yes);
void emit_val(struct buf *b, val v);
void emit_heap(struct buf *b, val v);
bool parse_type_field(struct parser *p);                /* (type …) or (rec …), behind "(" */
/* BIND: parameters may have identifiers, which go to p->params. */
bool parse_type_use(struct parser *p, bool bind, struct type_use *use);
/* The index of a type use: what it names, or the first equal type, or a new one. */
bool type_use_index(struct parser *p, struct type_use *use, struct place at);
/* A block type: short where possible. */
bool parse_block_type(struct parser *p);
bool parse_results(struct parser *p);                   /* (result …)* into p->scratch */
/* Types up to ")" into p->scratch; with IDS one may have an identifier, and each adds to p->params. */
bool parse_typed_list(struct parser *p, bool ids);

/* ---- expressions (parse_expr.c, parse_imm.c) --------------------------------------------------------------------- */

/* Instructions up to the `)` that closes what they stand in; writes them and `end` to OUT. */
bool parse_expr(struct parser *p, struct section_out *out);
/* One folded instruction and `end`, for offsets and elements. */
bool parse_folded_expr(struct parser *p, struct section_out *out);
/* Opcode and immediates of OP to p->out; the keyword has been read. */
bool parse_immediates(struct parser *p, enum op op);
void emit_op(struct buf *b, enum op op);
/* Bits of a number token, for scripts too; false: it does not fit. */
bool literal_i32(const struct lexer *lx, const struct token *t, uint32_t *out);
bool literal_i64(const struct lexer *lx, const struct token *t, uint64_t *out);
bool literal_f32(const struct lexer *lx, const struct token *t, uint32_t *out);
bool literal_f64(const struct lexer *lx, const struct token *t, uint64_t *out);
/* One lane of SHAPE at OUT[lane], little-endian. */
bool literal_lane(const struct lexer *lx, const struct token *t, enum word shape, unsigned lane, uint8_t *out);

/* ---- fields, annotations, assembly ------------------------------------------------------------------------------- */

/* How far it is; false with E: it is to end. */
bool parser_reach(struct parser *p);
bool scan_module(struct parser *p);             /* scan.c */
bool parse_module(struct parser *p);            /* parse.c */
/* The annotations before the current token, where a field may stand. FIRST: at the module's very beginning. */
bool annotations_at_field(struct parser *p, bool first);
/* @name after an entity's identifier; 0-based INDEX in SPACE. */
bool annotation_at_id(struct parser *p, enum space space, uint32_t index);
/* A branch hint before an instruction: *hint set when there is one. */
bool annotation_at_instr(struct parser *p, bool *hint, bool *likely);
bool annotation_hints_emit(struct parser *p, struct buf *out);  /* the branch hint section */

#endif
