/*
 * The first look at a module: which names its fields define, in which order. Bodies are skipped by counting
 * parentheses. Whatever is malformed is left to the second reading, which reports it in its place.
 */
#include "wat/parse.h"

static bool define(struct parser *p, enum space space, const struct token *id)
{
	static const char *const words[SPACE_COUNT] = { "type", "func", "table", "memory", "global", "tag", "elem", "data" };
	uint32_t index = p->counts[space]++, ident;

	if (!id || id->kind != TK_ID)
		return true;
	if (!parse_ident(p, id, &ident))
		return false;
	struct ident *i = &p->idents.list.data[ident];
	if (i->index[space])
		return err_set(p->e, E_DUPLICATE_ID, place_of(id), "duplicate %s $%.*s: it already names %s %u", words[space],
			STR_ARGS(i->name), words[space], i->index[space] - 1);
	i->index[space] = index + 1;
	return vec_push(&p->names[space], ((struct named){ index, i->name })) || err_oom(p->e);
}

/* A table or memory that brings its segment along defines that too. Moves behind the field's ")". */
static bool define_segment(struct parser *p, enum word inner, enum space space, uint32_t depth)
{
	struct token t, previous = { .kind = TK_EOF };
	bool found = false;

	while (depth > 0) {
		if (!lex_next(&p->lx, &t))
			return false;
		if (t.kind == TK_EOF)
			break;
		if (t.kind == TK_WORD && t.id == inner && previous.kind == TK_LPAR && depth == 2)
			found = true;
		depth = depth + (t.kind == TK_LPAR) - (t.kind == TK_RPAR);
		previous = t;
	}
	return !found || define(p, space, NULL);
}

static bool space_of(enum word w, enum space *space)
{
	switch (w) {
	case W_type:   *space = SPACE_TYPE; return true;
	case W_func:   *space = SPACE_FUNC; return true;
	case W_table:  *space = SPACE_TABLE; return true;
	case W_memory: *space = SPACE_MEMORY; return true;
	case W_global: *space = SPACE_GLOBAL; return true;
	case W_tag:    *space = SPACE_TAG; return true;
	case W_elem:   *space = SPACE_ELEM; return true;
	case W_data:   *space = SPACE_DATA; return true;
	default:       return false;
	}
}

/* The optional identifier that follows; other tokens change the depth that lex_skip has to close. */
static bool after_keyword(struct parser *p, struct token *t, uint32_t *depth)
{
	if (!lex_next(&p->lx, t))
		return false;
	*depth = 1 + (t->kind == TK_LPAR) - (t->kind == TK_RPAR);
	return true;
}

/* (rec (type …)*), behind "rec" */
static bool scan_rec(struct parser *p)
{
	struct token t;
	uint32_t depth;

	for (;;) {
		if (!lex_next(&p->lx, &t))
			return false;
		if (t.kind != TK_LPAR)
			return t.kind == TK_RPAR || lex_skip(&p->lx, 1) || true;
		if (!lex_next(&p->lx, &t) || !after_keyword(p, &t, &depth) || !define(p, SPACE_TYPE, &t))
			return false;
		lex_skip(&p->lx, depth);
	}
}

/* (import "m" "n" (kind $id? …)), behind "import" */
static bool scan_import(struct parser *p)
{
	struct token t;
	enum space space;
	uint32_t depth = 1;

	do {
		if (!lex_next(&p->lx, &t))
			return false;
	} while (t.kind == TK_STRING);
	if (t.kind == TK_RPAR)
		return true;
	if (t.kind == TK_LPAR) {
		if (!lex_next(&p->lx, &t))
			return false;
		bool entity = t.kind == TK_WORD && space_of(t.id, &space);
		if (!after_keyword(p, &t, &depth))
			return false;
		depth++;
		if (entity && !define(p, space, &t))
			return false;
	}
	lex_skip(&p->lx, depth);
	return true;
}

/* One field behind its "("; remembers where types stand. */
static bool scan_field(struct parser *p, uint32_t start, bool *more)
{
	struct token t;
	enum space space;
	uint32_t depth;

	if (!lex_next(&p->lx, &t))
		return false;
	enum word w = t.kind == TK_WORD ? t.id : W_COUNT;
	if (w == W_import)
		return scan_import(p);
	if (w == W_type || w == W_rec)
		if (!(vec_push(&p->targets, start) || err_oom(p->e)))
			return false;
	if (w == W_rec)
		return scan_rec(p);
	if (w == W_COUNT || !space_of(w, &space)) {
		*more = t.kind != TK_EOF && lex_skip(&p->lx, 1 + (t.kind == TK_LPAR) - (t.kind == TK_RPAR));
		return true;
	}
	if (!after_keyword(p, &t, &depth) || !define(p, space, &t))
		return false;
	if (w == W_table)
		return define_segment(p, W_elem, SPACE_ELEM, depth);
	if (w == W_memory)
		return define_segment(p, W_data, SPACE_DATA, depth);
	*more = lex_skip(&p->lx, depth);
	return true;
}

/* "(module definition? $id?" in front, or nothing */
static bool scan_header(struct parser *p)
{
	const char *start = p->lx.p;
	struct token t;

	if (!lex_next(&p->lx, &t))
		return false;
	if (t.kind != TK_LPAR) {
		p->lx.p = start;
		return true;
	}
	if (!lex_next(&p->lx, &t))
		return false;
	if (t.kind != TK_WORD || t.id != W_module)
		p->lx.p = start;
	return true;
}

/* Read the type fields found, all of them before anything else. */
static bool read_types(struct parser *p)
{
	struct { uint32_t *data; size_t count; } starts = { p->targets.data, p->targets.count };
	bool ok = true;

	p->targets.data = NULL;
	p->targets.count = p->targets.cap = 0;
	for (size_t i = 0; ok && i < starts.count; i++) {
		p->lx.p = p->text->bytes + starts.data[i];
		p->peeked = false;
		p->tok = (struct token){ 0 };
		ok = advance(p) && parse_type_field(p);
	}
	free(starts.data);
	return ok;
}

bool scan_module(struct parser *p)
{
	const char *start = p->lx.p;
	struct token t;
	bool more = true;

	vec_clear(&p->targets);
	if (!scan_header(p))
		return false;
	while (more) {
		if (!lex_next(&p->lx, &t))
			return false;
		if (t.kind == TK_RPAR || t.kind == TK_EOF)
			break;
		if (t.kind != TK_LPAR)
			continue;       /* the module's identifier, or something wrong */
		if (!parser_reach(p) || !scan_field(p, (uint32_t)(p->lx.p - p->lx.text), &more))
			return false;
	}
	if (!read_types(p))
		return false;
	p->lx.p = start;
	p->peeked = false;
	p->tok = (struct token){ 0 };
	vec_clear(&p->lx.annotations);
	memset(p->counts, 0, sizeof p->counts);
	return true;
}
