/* What every part of the parser reads: parentheses, keywords, numbers, names, indices; and the errors about them. */
#include "wat/parse.h"

#include <stdio.h>

#include "engine/base/utf8.h"

bool parse_unexpected(struct parser *p, const char *what)
{
	struct str text = token_text(&p->lx, &p->tok);

	if (p->tok.kind == TK_EOF)
		return err_set(p->e, E_TOKEN, place_of(&p->tok), "unexpected token: the text ends, expected %s", what);
	return err_set(p->e, E_TOKEN, place_of(&p->tok), "unexpected token %.*s, expected %s",
		text.n > 60 ? 60 : (int)text.n, text.p, what);
}

bool parse_misplaced(struct parser *p)
{
	const struct annotation *a = &p->lx.annotations.data[p->tok.annotation - 1];
	struct place at = place_text(a->start, a->content - a->start);

	switch (a->kind) {
	case ANNOTATION_CUSTOM:
		return err_set(p->e, E_ANNOTATION, at, "misplaced @custom annotation: it stands between fields of a module");
	case ANNOTATION_NAME:
		return err_set(p->e, E_ANNOTATION, at, "misplaced @name annotation: it stands after the identifier it is for");
	case ANNOTATION_HINT:
		break;
	}
	return err_set(p->e, E_ANNOTATION, at,
		"@metadata.code.branch_hint annotation: not in a function, before an instruction");
}

bool parse_lpar(struct parser *p)
{
	return p->tok.kind == TK_LPAR ? advance(p) : parse_unexpected(p, "(");
}

bool parse_rpar(struct parser *p)
{
	return p->tok.kind == TK_RPAR ? advance(p) : parse_unexpected(p, ")");
}

bool parse_word(struct parser *p, enum word w)
{
	return at_word(p, w) ? advance(p) : parse_unexpected(p, word_info[w].text);
}

bool parse_open(struct parser *p, enum word w)
{
	bool yes;
	char what[40];

	if (!at_clause(p, w, &yes))
		return false;
	if (yes)
		return advance(p) && advance(p);
	snprintf(what, sizeof what, "(%s", word_info[w].text);
	return parse_unexpected(p, what);
}

bool parse_u32(struct parser *p, uint32_t *out)
{
	struct str text = token_text(&p->lx, &p->tok);

	if (p->tok.kind != TK_NAT)
		return parse_unexpected(p, "a number");
	if (p->tok.overflow || p->tok.value > UINT32_MAX)
		return err_set(p->e, E_I32_RANGE, place_of(&p->tok), "i32 constant out of range: %.*s",
			text.n > 60 ? 60 : (int)text.n, text.p);
	*out = (uint32_t)p->tok.value;
	return advance(p);
}

bool parse_u64(struct parser *p, uint64_t *out)
{
	struct str text = token_text(&p->lx, &p->tok);

	if (p->tok.kind != TK_NAT)
		return parse_unexpected(p, "a number");
	if (p->tok.overflow)
		return err_set(p->e, E_I64_RANGE, place_of(&p->tok), "i64 constant out of range: %.*s",
			text.n > 60 ? 60 : (int)text.n, text.p);
	*out = p->tok.value;
	return advance(p);
}

bool parse_ident(struct parser *p, const struct token *t, uint32_t *ident)
{
	struct str name;

	return lex_id(&p->lx, t, &p->arena, &name) && (ident_intern(&p->idents, name, ident) || err_oom(p->e));
}

bool parse_id(struct parser *p, uint32_t *ident)
{
	uint32_t position;

	*ident = 0;
	if (p->tok.kind != TK_ID)
		return true;
	if (!parse_ident(p, &p->tok, &position))
		return false;
	*ident = position + 1;
	return advance(p);
}

bool parse_unknown(struct parser *p, enum err_code code, const char *what, struct place at, struct str name,
	uint32_t (*known)(const struct parser *p, const struct ident *id))
{
	size_t best = name.n > 5 ? 4 : name.n > 2 ? 3 : name.n > 1 ? 2 : 1;
	struct str like = { 0 };

	for (size_t i = 0; i < p->idents.list.count; i++) {
		const struct ident *id = &p->idents.list.data[i];
		if (!known(p, id))
			continue;
		size_t d = str_distance(name, id->name, best);
		if (d < best) {
			best = d;
			like = id->name;
		}
	}
	if (like.n > 100)
		like.n = 0;
	return err_set(p->e, code, at, "unknown %s $%.*s%s%.*s%s", what, name.n > 100 ? 100 : (int)name.n, name.p,
		like.n ? "; did you mean $" : "", STR_ARGS(like), like.n ? "?" : "");
}

/* ---- indices --------------------------------------------------------------------------------------------------- */

static const struct { const char *name; enum err_code code; } spaces[SPACE_COUNT] = {
	[SPACE_TYPE] = { "type", E_UNKNOWN_TYPE },          [SPACE_FUNC] = { "function", E_UNKNOWN_FUNC },
	[SPACE_TABLE] = { "table", E_UNKNOWN_TABLE },       [SPACE_MEMORY] = { "memory", E_UNKNOWN_MEMORY },
	[SPACE_GLOBAL] = { "global", E_UNKNOWN_GLOBAL },    [SPACE_TAG] = { "tag", E_UNKNOWN_TAG },
	[SPACE_ELEM] = { "elem segment", E_UNKNOWN_ELEM },  [SPACE_DATA] = { "data segment", E_UNKNOWN_DATA },
};

static uint32_t known_type(const struct parser *p, const struct ident *id) { return id->index[SPACE_TYPE]; }
static uint32_t known_func(const struct parser *p, const struct ident *id) { return id->index[SPACE_FUNC]; }
static uint32_t known_table(const struct parser *p, const struct ident *id) { return id->index[SPACE_TABLE]; }
static uint32_t known_memory(const struct parser *p, const struct ident *id) { return id->index[SPACE_MEMORY]; }
static uint32_t known_global(const struct parser *p, const struct ident *id) { return id->index[SPACE_GLOBAL]; }
static uint32_t known_tag(const struct parser *p, const struct ident *id) { return id->index[SPACE_TAG]; }
static uint32_t known_elem(const struct parser *p, const struct ident *id) { return id->index[SPACE_ELEM]; }
static uint32_t known_data(const struct parser *p, const struct ident *id) { return id->index[SPACE_DATA]; }

static bool unknown_index(struct parser *p, enum space space, struct str name)
{
	static uint32_t (*const known[SPACE_COUNT])(const struct parser *, const struct ident *) = {
		[SPACE_TYPE] = known_type, [SPACE_FUNC] = known_func, [SPACE_TABLE] = known_table,
		[SPACE_MEMORY] = known_memory, [SPACE_GLOBAL] = known_global, [SPACE_TAG] = known_tag,
		[SPACE_ELEM] = known_elem, [SPACE_DATA] = known_data,
	};

	return parse_unknown(p, spaces[space].code, spaces[space].name, place_of(&p->tok), name, known[space]);
}

bool parse_at_index(const struct parser *p)
{
	return p->tok.kind == TK_NAT || p->tok.kind == TK_ID;
}

bool parse_index(struct parser *p, enum space space, uint32_t *out)
{
	uint32_t ident;
	char what[40];

	if (p->tok.kind == TK_NAT)
		return parse_u32(p, out);
	if (p->tok.kind != TK_ID) {
		snprintf(what, sizeof what, "a %s by name or number", spaces[space].name);
		return parse_unexpected(p, what);
	}
	if (!parse_ident(p, &p->tok, &ident))
		return false;
	uint32_t index = p->idents.list.data[ident].index[space];
	if (!index)
		return unknown_index(p, space, p->idents.list.data[ident].name);
	*out = index - 1;
	return advance(p);
}

/* ---- strings --------------------------------------------------------------------------------------------------- */

bool parse_strings(struct parser *p, struct buf *out)
{
	while (p->tok.kind == TK_STRING)
		if (!lex_string(&p->lx, &p->tok, out) || !advance(p))
			return false;
	return p->tok.kind == TK_RPAR || parse_unexpected(p, "a string or )");
}

bool parse_name(struct parser *p, struct str *out)
{
	struct place at = place_of(&p->tok);

	if (p->tok.kind != TK_STRING)
		return parse_unexpected(p, "a name in quotes");
	buf_reset(&p->bytes);
	if (!lex_string(&p->lx, &p->tok, &p->bytes))
		return false;
	out->n = p->bytes.size;
	out->p = arena_copy(&p->arena, buf_str(&p->bytes), out->n + 1);
	if (!out->p)
		return err_oom(p->e);
	if (!utf8_valid(out->p, out->n))
		return err_set(p->e, E_BAD_STRING, at, "malformed UTF-8 encoding in a name");
	return advance(p);
}
