/*
 * Tokens of the text format (core specification 6.3), read one at a time. Comments are skipped, annotations that mean
 * something (@custom, @name, @metadata.code.branch_hint) are remembered and attached to the token after them, others
 * are checked and dropped. Reserved words and unknown keywords are errors here ("unknown operator").
 */
#ifndef WAT_LEX_H
#define WAT_LEX_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"
#include "engine/op.h"

struct buf;
struct err;
struct source;

enum token_kind {
	TK_EOF, TK_LPAR, TK_RPAR, TK_STRING, TK_ID, TK_NAT, TK_INT, TK_FLOAT,
	TK_OP,          /* an instruction: id is its enum op */
	TK_WORD,        /* another keyword: id is its enum word */
	TK_OFFSET,      /* offset=N */
	TK_ALIGN,       /* align=N */
	TK_RESERVED,    /* anything else; only inside annotations */
};

enum word {
#define WORD(id, text, class, value) W_##id,
#include "wat/token.def"
	W_COUNT
};

enum word_class { WORD_NONE, WORD_NUM, WORD_PACKED, WORD_REF, WORD_HEAP, WORD_FIELD, WORD_SHAPE };

struct word_info {
	const char *text;
	uint8_t class, value;
};

extern const struct word_info word_info[W_COUNT];

struct token {
	uint32_t start, length;
	uint8_t kind;           /* enum token_kind */
	bool overflow;          /* a number of more than 64 bits */
	uint16_t id;
	uint32_t annotation;    /* 1 + index of the first annotation before this token; 0: none */
	uint64_t value;         /* TK_NAT, TK_INT (without the sign), TK_OFFSET, TK_ALIGN */
};

enum annotation_kind { ANNOTATION_CUSTOM, ANNOTATION_NAME, ANNOTATION_HINT };

struct annotation {
	enum annotation_kind kind;
	uint32_t start, content, end;   /* of "(@", after the name, after ")" */
};

/* Every keyword, found by hash. */
struct keywords {
	uint16_t slot[4096];            /* 0: free; 1 + op; 1 + OP_COUNT + word */
};

void keywords_init(struct keywords *k);

struct lexer {
	const char *text;               /* the whole source; token positions count from here */
	const char *p, *end;
	const struct keywords *keywords;
	struct err *e;
	bool reserved_ok;               /* inside annotations */
	VEC(struct annotation) annotations;     /* kept until lex_free */
};

/* Read bytes [start, end) of TEXT. */
void lex_init(struct lexer *lx, const struct source *text, uint64_t start, uint64_t end,
	const struct keywords *keywords, struct err *e);
void lex_free(struct lexer *lx);
bool lex_next(struct lexer *lx, struct token *t);
/* Move behind the parenthesis that closes DEPTH open ones, looking at nothing but nesting; false: text ended. */
bool lex_skip(struct lexer *lx, uint32_t depth);

static inline struct str token_text(const struct lexer *lx, const struct token *t)
{
	return (struct str){ lx->text + t->start, t->length };
}

/* Append the bytes that the string literal T stands for (with its quotes in the text). */
bool lex_string(const struct lexer *lx, const struct token *t, struct buf *out);
/* An identifier without its dollar; decoded into ARENA when it is quoted. */
bool lex_id(const struct lexer *lx, const struct token *t, struct arena *arena, struct str *out);

#endif
