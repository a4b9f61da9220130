/* Reading scripts: commands, modules, actions; values are in wast_value.c. See wast.h. */
#include "wat/wast.h"

#include "engine/base/source.h"
#include "engine/base/utf8.h"
#include "wat/wast_reader.h"
#include "wat/wat.h"

/* ---- tokens ---------------------------------------------------------------------------------------------------- */

bool wast_advance(struct wast *w)
{
	return lex_next(&w->lx, &w->tok);
}

bool wast_unexpected(struct wast *w, const char *what)
{
	struct str text = token_text(&w->lx, &w->tok);

	if (w->tok.kind == TK_EOF)
		return err_set(w->lx.e, E_TOKEN, place_text(w->tok.start, 0), "unexpected token: the script ends, expected %s", what);
	return err_set(w->lx.e, E_TOKEN, place_text(w->tok.start, w->tok.length), "unexpected token %.*s, expected %s",
		text.n > 60 ? 60 : (int)text.n, text.p, what);
}

bool wast_rpar(struct wast *w)
{
	return w->tok.kind == TK_RPAR ? wast_advance(w) : wast_unexpected(w, ")");
}

static bool lpar(struct wast *w)
{
	return w->tok.kind == TK_LPAR ? wast_advance(w) : wast_unexpected(w, "(");
}

static bool at(const struct wast *w, enum word word)
{
	return w->tok.kind == TK_WORD && w->tok.id == word;
}

static bool optional_id(struct wast *w, struct str *out)
{
	*out = (struct str){ "", 0 };
	if (w->tok.kind != TK_ID)
		return true;
	return lex_id(&w->lx, &w->tok, &w->arena, out) && wast_advance(w);
}

/* String literals one after the other as one run of bytes. */
static bool strings(struct wast *w, struct str *out)
{
	struct buf b = { 0 };
	bool ok = true;

	while (ok && w->tok.kind == TK_STRING)
		ok = lex_string(&w->lx, &w->tok, &b) && wast_advance(w);
	out->n = b.size;
	out->p = ok ? arena_copy(&w->arena, buf_str(&b), b.size + 1) : NULL;
	buf_free(&b);
	return ok && (out->p || err_oom(w->lx.e));
}

static bool name(struct wast *w, struct str *out)
{
	struct buf b = { 0 };

	if (w->tok.kind != TK_STRING)
		return wast_unexpected(w, "a string");
	struct place place = place_text(w->tok.start, w->tok.length);
	bool ok = lex_string(&w->lx, &w->tok, &b);
	out->n = b.size;
	out->p = ok ? arena_copy(&w->arena, buf_str(&b), b.size + 1) : NULL;
	buf_free(&b);
	if (!ok || !out->p)
		return ok && err_oom(w->lx.e);
	if (!utf8_valid(out->p, out->n))
		return err_set(w->lx.e, E_BAD_STRING, place, "malformed UTF-8 encoding in a name");
	return wast_advance(w);
}

/* ---- modules --------------------------------------------------------------------------------------------------- */

/* Move behind the ")" that closes the parenthesis the current token is in. */
static bool skip_rest(struct wast *w, uint64_t *end)
{
	uint32_t depth = 1 + (w->tok.kind == TK_LPAR) - (w->tok.kind == TK_RPAR);

	if (w->tok.kind == TK_EOF || !lex_skip(&w->lx, depth))
		return err_set(w->lx.e, E_TOKEN, place_text(w->tok.start, w->tok.length),
			"unexpected token: the script ends, expected )");
	*end = (uint64_t)(w->lx.p - w->lx.text);
	return wast_advance(w);
}

/* "module …" behind its parenthesis at START; an instance sets *instance and the command's names. */
static bool module(struct wast *w, uint64_t start, struct wast_cmd *c, bool *instance)
{
	struct wast_module *m = &c->module;

	*m = (struct wast_module){ .start = start, .name = { "", 0 }, .bytes = { "", 0 } };
	if (!wast_advance(w))
		return false;
	*instance = at(w, W_instance);
	if (*instance) {
		if (!wast_advance(w) || !optional_id(w, &c->name) || !optional_id(w, &c->of))
			return false;
		if (c->of.n == 0) {
			c->of = c->name;
			c->name = (struct str){ "", 0 };
		}
		return wast_rpar(w);
	}
	m->definition = at(w, W_definition);
	if ((m->definition && !wast_advance(w)) || !optional_id(w, &m->name))
		return false;
	c->has_module = true;
	if (!at(w, W_binary) && !at(w, W_quote))
		return skip_rest(w, &m->end);
	m->form = at(w, W_binary) ? WAST_BINARY : WAST_QUOTE;
	if (!wast_advance(w) || !strings(w, &m->bytes))
		return false;
	m->end = w->tok.start + w->tok.length;
	return wast_rpar(w);
}

/* Fields without "(module": all of what is left of the script. */
static bool inline_module(struct wast *w, uint64_t start, struct wast_cmd *c)
{
	c->kind = WAST_MODULE;
	c->has_module = true;
	c->module = (struct wast_module){ .start = start, .name = { "", 0 }, .bytes = { "", 0 } };
	c->module.end = (uint64_t)(w->lx.end - w->lx.text);
	w->lx.p = w->lx.end;
	return wast_advance(w);
}

/* ---- actions --------------------------------------------------------------------------------------------------- */

static bool action(struct wast *w, struct wast_action *a)
{
	*a = (struct wast_action){ .kind = at(w, W_invoke) ? WAST_INVOKE : WAST_GET };
	if (!wast_advance(w) || !optional_id(w, &a->instance) || !name(w, &a->field))
		return false;
	if (a->kind == WAST_INVOKE && !wast_values(w, false, &a->args, &a->nargs))
		return false;
	return wast_rpar(w);
}

/* "(invoke …)", "(get …)" or, with MODULES, "(module …)" inside an assertion. */
static bool subject(struct wast *w, struct wast_cmd *c, bool actions, bool modules)
{
	uint64_t start = w->tok.start;
	bool instance = false;

	if (!lpar(w))
		return false;
	if (actions && (at(w, W_invoke) || at(w, W_get)))
		return action(w, &c->action);
	if (!modules || !at(w, W_module))
		return wast_unexpected(w, actions && modules ? "invoke, get or module" : actions ? "invoke or get" : "module");
	if (!module(w, start, c, &instance))
		return false;
	return !instance || wast_unexpected(w, "a module, not an instance");
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static bool assertion(struct wast *w, struct wast_cmd *c)
{
	enum word word = w->tok.id;
	bool actions = false, modules = false, message = true;

	switch (word) {
	case W_assert_return:           c->kind = WAST_ASSERT_RETURN; actions = true; message = false; break;
	case W_assert_exception:        c->kind = WAST_ASSERT_EXCEPTION; actions = true; message = false; break;
	case W_assert_trap:             c->kind = WAST_ASSERT_TRAP; actions = modules = true; break;
	case W_assert_exhaustion:       c->kind = WAST_ASSERT_EXHAUSTION; actions = true; break;
	case W_assert_invalid:          c->kind = WAST_ASSERT_INVALID; modules = true; break;
	case W_assert_malformed:        c->kind = WAST_ASSERT_MALFORMED; modules = true; break;
	case W_assert_unlinkable:       c->kind = WAST_ASSERT_UNLINKABLE; modules = true; break;
	case W_assert_invalid_custom:   c->kind = WAST_ASSERT_INVALID_CUSTOM; modules = true; break;
	default:                        c->kind = WAST_ASSERT_MALFORMED_CUSTOM; modules = true; break;
	}
	if (!wast_advance(w) || !subject(w, c, actions, modules))
		return false;
	if (c->kind == WAST_ASSERT_RETURN && !wast_values(w, true, &c->results, &c->nresults))
		return false;
	if (c->kind == WAST_ASSERT_EXCEPTION && w->tok.kind == TK_STRING)
		message = true;
	return (!message || name(w, &c->text)) && wast_rpar(w);
}

/* "thread $T (shared (module $M))? commands )" */
static bool thread(struct wast *w, struct wast_cmd *c)
{
	struct token next;

	c->kind = WAST_THREAD;
	if (!wast_advance(w) || !optional_id(w, &c->name))
		return false;
	c->body_start = w->tok.start;
	if (w->tok.kind == TK_LPAR) {
		struct lexer ahead = w->lx;
		ahead.annotations.data = NULL;
		ahead.annotations.count = ahead.annotations.cap = 0;
		bool ok = lex_next(&ahead, &next);
		lex_free(&ahead);
		if (!ok)
			return false;
		if (next.kind == TK_WORD && next.id == W_shared) {
			if (!wast_advance(w) || !wast_advance(w) || !lpar(w))
				return false;
			if (!at(w, W_module))
				return wast_unexpected(w, "module");
			if (!wast_advance(w) || !optional_id(w, &c->of) || !wast_rpar(w) || !wast_rpar(w))
				return false;
			c->body_start = w->tok.start;
		}
	}
	if (!skip_rest(w, &c->body_end))
		return false;
	c->body_end--;
	return true;
}

static bool register_command(struct wast *w, struct wast_cmd *c)
{
	c->kind = WAST_REGISTER;
	return wast_advance(w) && name(w, &c->text) && optional_id(w, &c->name) && wast_rpar(w);
}

static bool command(struct wast *w, struct wast_cmd *c)
{
	uint64_t start = w->tok.start;
	bool instance = false;

	if (!lpar(w))
		return false;
	c->place = place_text(w->tok.start, w->tok.length);
	if (w->tok.kind != TK_WORD)
		return wast_unexpected(w, "a command such as module or assert_return");
	switch ((enum word)w->tok.id) {
	case W_module:
		if (!module(w, start, c, &instance))
			return false;
		c->kind = instance ? WAST_INSTANCE : WAST_MODULE;
		return true;
	case W_register:
		return register_command(w, c);
	case W_invoke:
	case W_get:
		c->kind = WAST_ACTION;
		return action(w, &c->action);
	case W_thread:
		return thread(w, c);
	case W_wait:
		c->kind = WAST_WAIT;
		return wast_advance(w) && optional_id(w, &c->name) && wast_rpar(w);
	case W_script:
	case W_input:
	case W_output:
		return err_set(w->lx.e, E_UNSUPPORTED, c->place, "not supported: (%s …) of scripts",
			word_info[w->tok.id].text);
	default:
		break;
	}
	if (word_info[w->tok.id].class == WORD_FIELD)
		return inline_module(w, start, c);
	if (w->tok.id >= W_assert_return && w->tok.id <= W_assert_malformed_custom)
		return assertion(w, c);
	return wast_unexpected(w, "a command such as module or assert_return");
}

bool wast_next(struct wast *w, struct wast_cmd *out, struct err *e)
{
	w->lx.e = e;
	vec_clear(&w->lx.annotations);
	arena_free(&w->arena);
	*out = (struct wast_cmd){ .name = { "", 0 }, .of = { "", 0 }, .text = { "", 0 } };
	bool ok = w->started || wast_advance(w);
	w->started = true;
	ok = ok && w->tok.kind != TK_EOF && command(w, out);
	if (!ok && e->code != E_NONE)
		err_file(e, w->script->name);
	return ok;
}

static struct wast *reader(const struct source *script, uint64_t start, uint64_t end, struct err *e)
{
	struct wast *w = calloc(1, sizeof *w);

	if (!w) {
		err_oom(e);
		return NULL;
	}
	w->script = script;
	keywords_init(&w->keywords);
	lex_init(&w->lx, script, start, end, &w->keywords, e);
	return w;
}

struct wast *wast_parse(const struct source *script, struct err *e)
{
	return reader(script, 0, script->size, e);
}

struct wast *wast_body(const struct wast *w, const struct wast_cmd *thread, struct err *e)
{
	return reader(w->script, thread->body_start, thread->body_end, e);
}

void wast_free(struct wast *w)
{
	if (!w)
		return;
	lex_free(&w->lx);
	arena_free(&w->arena);
	free(w);
}

/* ---- headers, loading, expectations ------------------------------------------------------------------------------ */

static struct str trim(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
		to--;
	return (struct str){ from, (size_t)(to - from) };
}

bool wast_header(const struct source *script, size_t i, struct str *name, struct str *value)
{
	const char *p = script->bytes, *end = p + script->size, *eol, *equal;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		struct str line = trim(p, eol);
		if (line.n > 0 && !str_starts(line, ";;"))
			return false;
		if (!str_starts(line, ";;!") || !(equal = memchr(line.p, '=', line.n)) || i-- > 0)
			continue;
		*name = trim(line.p + 3, equal);
		*value = trim(equal + 1, line.p + line.n);
		return true;
	}
	return false;
}

struct module *wast_load(struct engine *en, const struct source *script, const struct wast_module *m,
	const struct features *f, struct err *e)
{
	if (m->form == WAST_TEXT)
		return wat_load(en, script, m->start, m->end, f, e);
	struct source *s = source_copy(m->form == WAST_QUOTE ? "quote" : script->name, m->bytes.p, m->bytes.n, e);
	if (!s)
		return NULL;
	return m->form == WAST_QUOTE ? wat_load_take(en, s, f, e) : module_load_take(en, s, f, e);
}
