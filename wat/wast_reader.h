/* What wast.c and wast_value.c share. */
#ifndef WAT_WAST_READER_H
#define WAT_WAST_READER_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "wat/lex.h"
#include "wat/wast.h"

struct wast {
	const struct source *script;
	struct keywords keywords;
	struct lexer lx;
	struct token tok;
	struct arena arena;     /* of the current command */
	bool started;
	int nesting;            /* of wast_values() */
};

bool wast_advance(struct wast *w);
bool wast_rpar(struct wast *w);
bool wast_unexpected(struct wast *w, const char *what);
/* Values up to a token that is no "(": constants, or PATTERNS of results. */
bool wast_values(struct wast *w, bool patterns, const struct wast_value **out, uint32_t *n);

#endif
