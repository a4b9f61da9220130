/*
 * Annotations with a meaning (core specification, appendix 7.5): @custom sections, @name, branch hints. Their contents
 * are read here by a lexer of their own.
 */
#include "wat/parse.h"

#include "engine/base/utf8.h"

/* A lexer over the inside of an annotation, its closing parenthesis left out. */
static struct lexer inside(const struct parser *p, const struct annotation *a)
{
	struct lexer lx;

	lex_init(&lx, p->text, a->content, a->end - 1, &p->keywords, p->e);
	lx.reserved_ok = true;
	return lx;
}

static bool complain(struct parser *p, const struct token *t, const char *words)
{
	return err_set(p->e, E_ANNOTATION, place_text(t->start, t->length ? t->length : 1), "%s", words);
}

/* A string token decoded into the arena; UTF8: what to say when it has to be a name and is none. */
static bool string(struct parser *p, const struct lexer *lx, const struct token *t, const char *utf8, struct str *out)
{
	struct buf b = { 0 };
	bool ok = lex_string(lx, t, &b);

	out->n = b.size;
	out->p = ok ? arena_copy(&p->arena, buf_str(&b), b.size + 1) : NULL;
	buf_free(&b);
	if (!out->p)
		return err_oom(p->e);
	return !utf8 || utf8_valid(out->p, out->n) || complain(p, t, utf8);
}

/* ---- @custom --------------------------------------------------------------------------------------------------- */

static bool section_by_name(struct str name, bool after, uint8_t *out)
{
	static const struct { const char *name; uint8_t id; } sections[] = {
		{ "type", SECTION_TYPE }, { "import", SECTION_IMPORT }, { "func", SECTION_FUNC }, { "table", SECTION_TABLE },
		{ "memory", SECTION_MEMORY }, { "tag", SECTION_TAG }, { "global", SECTION_GLOBAL },
		{ "export", SECTION_EXPORT }, { "start", SECTION_START }, { "elem", SECTION_ELEM },
		{ "datacount", SECTION_DATA_COUNT }, { "code", SECTION_CODE }, { "data", SECTION_DATA },
	};

	if (str_is(name, after ? "last" : "first")) {
		*out = SECTION_COUNT;
		return true;
	}
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		if (str_is(name, sections[i].name)) {
			*out = sections[i].id;
			return true;
		}
	}
	return false;
}

/* "(before SECTION)" or "(after SECTION)"; T is the "(". */
static bool placement(struct parser *p, struct lexer *lx, struct custom_out *c, struct token *t)
{
	if (!lex_next(lx, t))
		return false;
	struct str word = token_text(lx, t);
	c->after = str_is(word, "after");
	if (!c->after && !str_is(word, "before"))
		return complain(p, t, "@custom annotation: malformed placement, expected before or after");
	if (!lex_next(lx, t))
		return false;
	if (!section_by_name(token_text(lx, t), c->after, &c->section))
		return complain(p, t, "@custom annotation: malformed section kind");
	if (!lex_next(lx, t))
		return false;
	if (t->kind != TK_RPAR)
		return complain(p, t, "@custom annotation: unexpected token, expected )");
	return lex_next(lx, t);
}

static bool custom(struct parser *p, const struct annotation *a)
{
	struct custom_out c = { .section = SECTION_COUNT, .after = true };
	struct lexer lx = inside(p, a);
	struct buf bytes = { 0 };
	struct token t = { 0 };
	bool ok;

	if (!lex_next(&lx, &t))
		return false;
	if (t.kind != TK_STRING)
		return complain(p, &t, "@custom annotation: missing section name");
	if (!string(p, &lx, &t, "@custom annotation: malformed UTF-8 encoding", &c.name) || !lex_next(&lx, &t))
		return false;
	if (t.kind == TK_LPAR && !placement(p, &lx, &c, &t))
		return false;
	for (ok = true; ok && t.kind == TK_STRING;)
		ok = lex_string(&lx, &t, &bytes) && lex_next(&lx, &t);
	if (ok && t.kind != TK_EOF)
		ok = complain(p, &t, "@custom annotation: unexpected token, expected a string");
	c.bytes.n = bytes.size;
	c.bytes.p = ok ? arena_copy(&p->arena, buf_str(&bytes), bytes.size + 1) : NULL;
	buf_free(&bytes);
	return ok && ((c.bytes.p && vec_push(&p->customs, c)) || err_oom(p->e));
}

/* ---- @name ----------------------------------------------------------------------------------------------------- */

static bool name_string(struct parser *p, const struct annotation *a, struct str *out)
{
	struct lexer lx = inside(p, a);
	struct token t = { 0 };

	if (!lex_next(&lx, &t))
		return false;
	if (t.kind != TK_STRING)
		return complain(p, &t, "@name annotation: unexpected token, expected a string");
	if (!string(p, &lx, &t, "@name annotation: malformed UTF-8 encoding", out) || !lex_next(&lx, &t))
		return false;
	return t.kind == TK_EOF || complain(p, &t, "@name annotation: unexpected token, expected )");
}

/* Behind the last annotation of the current token. */
static size_t last_of(const struct parser *p)
{
	return p->peeked && p->next.annotation ? p->next.annotation - 1 : p->lx.annotations.count;
}

bool annotation_at_id(struct parser *p, enum space space, uint32_t index)
{
	struct named n = { .index = index };

	if (p->tok.annotation == 0)
		return true;
	const struct annotation *a = &p->lx.annotations.data[p->tok.annotation - 1];
	if (a->kind != ANNOTATION_NAME)
		return true;
	if (!name_string(p, a, &n.name) || !(vec_push(&p->renames[space], n) || err_oom(p->e)))
		return false;
	/* this one alone is taken; another one after it is misplaced */
	p->tok.annotation = p->tok.annotation < last_of(p) ? p->tok.annotation + 1 : 0;
	return true;
}

bool annotations_at_field(struct parser *p, bool first)
{
	if (p->tok.annotation == 0)
		return true;
	size_t last = last_of(p);
	for (size_t i = p->tok.annotation - 1; i < last; i++) {
		const struct annotation *a = &p->lx.annotations.data[i];
		struct token at = { .start = a->start, .length = a->content - a->start };
		if (a->kind == ANNOTATION_CUSTOM) {
			if (!custom(p, a))
				return false;
		} else if (a->kind == ANNOTATION_HINT) {
			return complain(p, &at, "@metadata.code.branch_hint annotation: not in a function");
		} else if (!first) {
			return parse_misplaced(p);
		} else if (p->module_named) {
			return complain(p, &at, "@name annotation: multiple module names");
		} else if (!name_string(p, a, &p->module_name)) {
			return false;
		} else {
			p->module_named = true;
		}
	}
	p->tok.annotation = 0;
	return true;
}

/* ---- branch hints ------------------------------------------------------------------------------------------------ */

bool annotation_at_instr(struct parser *p, bool *hint, bool *likely)
{
	const struct annotation *a = &p->lx.annotations.data[p->tok.annotation - 1];
	struct token at = { .start = a->start, .length = a->content - a->start }, t = { 0 };
	struct str bytes;

	if (a->kind != ANNOTATION_HINT)
		return true;            /* advance() reports it */
	if (*hint || last_of(p) > p->tok.annotation)
		return complain(p, &at, "@metadata.code.branch_hint annotation: duplicate annotation");
	if (!p->func)
		return complain(p, &at, "@metadata.code.branch_hint annotation: not in a function");
	struct lexer lx = inside(p, a);
	if (!lex_next(&lx, &t))
		return false;
	if (t.kind != TK_STRING || !string(p, &lx, &t, NULL, &bytes) || bytes.n != 1 || (unsigned char)bytes.p[0] > 1)
		return complain(p, &at, "@metadata.code.branch_hint annotation: malformed, expected \"\\00\" or \"\\01\"");
	*hint = true;
	*likely = bytes.p[0];
	p->tok.annotation = 0;
	return true;
}

bool annotation_hints_emit(struct parser *p, struct buf *out)
{
	size_t n = p->hints.count, functions = 0;

	for (size_t i = 0; i < n; i++)
		functions += i == 0 || p->hints.data[i].func != p->hints.data[i - 1].func;
	emit_str(out, STR("metadata.code.branch_hint"));
	emit_uleb(out, functions);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && p->hints.data[end].func == p->hints.data[i].func;)
			end++;
		emit_uleb(out, p->hints.data[i].func);
		emit_uleb(out, end - i);
		for (size_t k = i; k < end; k++) {
			emit_uleb(out, p->hints.data[k].offset);
			emit_u8(out, 1);
			emit_u8(out, p->hints.data[k].likely);
		}
	}
	return !out->failed || err_oom(p->e);
}
