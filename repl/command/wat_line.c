/*
 * Lines of WebAssembly text; see wat_line.h.
 *
 * Each line becomes a module of its own. What earlier lines defined is imported by it, under names that nothing else
 * can have, so globals keep their values and functions their identity:
 *
 *     (module
 *       TYPES                                          type definitions of earlier lines, as typed
 *       (import "wrench:scratch" "0" (func $f …))      what earlier lines defined; also what the current
 *       (import "wrench:current" "3" (func $g …))      instance calls $g, when the line names it, and its memory
 *       LINE)
 *
 * An expression goes into `(func (export "") (result …) EXPR)`; its result types are found by trying.
 */
#include "repl/command/wat_line.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/names.h"
#include "repl/command/args.h"
#include "wat/wat.h"

struct entity {
	struct str name;                /* without dollar; "" */
	struct extern_ref ref;
	char *decl;                     /* "(func $f (param i32))", for the import */
};

struct scratch {
	VEC(struct entity) entities;    /* in the current store */
	struct buf types;               /* (type …) and (rec …) fields */
	VEC(char *) lines;              /* fields as typed, to make them again in a new store */
	bool stale;                     /* the store is another one */
};

#define FROM_SCRATCH "wrench:scratch"
#define FROM_CURRENT "wrench:current"

static struct scratch *scratch_of(struct session *s)
{
	if (!s->scratch)
		s->scratch = calloc(1, sizeof *s->scratch);
	return s->scratch;
}

static void entities_free(struct scratch *k)
{
	for (size_t i = 0; i < k->entities.count; i++) {
		free(k->entities.data[i].decl);
		free((char *)k->entities.data[i].name.p);
	}
	vec_clear(&k->entities);
}

void wat_line_definitions(const struct session *s, struct buf *out)
{
	const struct scratch *k = s->scratch;

	if (k)
		buf_put(out, buf_str(&k->types), k->types.size);
	for (size_t i = 0; k && i < k->lines.count; i++)
		buf_printf(out, "%s\n", k->lines.data[i]);
}

void wat_line_store_gone(struct session *s)
{
	if (!s->scratch)
		return;
	entities_free(s->scratch);
	s->scratch->stale = s->scratch->lines.count > 0;
}

void wat_line_free(struct session *s)
{
	struct scratch *k = s->scratch;

	if (!k)
		return;
	entities_free(k);
	for (size_t i = 0; i < k->lines.count; i++)
		free(k->lines.data[i]);
	vec_free(&k->lines);
	vec_free(&k->entities);
	buf_free(&k->types);
	free(k);
	s->scratch = NULL;
}

/* ---- declarations of what there is -------------------------------------------------------------------------------------- */

static void put_id(struct str name, struct buf *out)
{
	if (name.n)
		buf_printf(out, " $%.*s", STR_ARGS(name));
}

static void put_limits(uint64_t min, bool has_max, uint64_t max, struct buf *out)
{
	buf_printf(out, " %llu", (unsigned long long)min);
	if (has_max)
		buf_printf(out, " %llu", (unsigned long long)max);
}

static void put_func_type(const struct deftype *t, struct buf *out)
{
	if (t->nparams) {
		buf_puts(out, " (param ");
		valtypes_print(t->params, t->nparams, NULL, out);
		buf_putc(out, ')');
	}
	if (t->nresults) {
		buf_puts(out, " (result ");
		valtypes_print(t->results, t->nresults, NULL, out);
		buf_putc(out, ')');
	}
}

static void put_decl(struct str name, const struct extern_ref *x, struct buf *out)
{
	enum { PAGE_LOG2 = 16 };

	buf_printf(out, "(%s", extern_kind_name(x->kind));
	put_id(name, out);
	switch (x->kind) {
	case EXTERN_FUNC:
		put_func_type(x->as.func->type, out);
		break;
	case EXTERN_TAG:
		put_func_type(x->as.tag->type, out);
		break;
	case EXTERN_GLOBAL:
		buf_puts(out, x->as.global->mut ? " (mut " : " ");
		valtype_print(x->as.global->type, NULL, out);
		buf_puts(out, x->as.global->mut ? ")" : "");
		break;
	case EXTERN_MEMORY:
		buf_puts(out, x->as.memory->is64 ? " i64" : "");
		put_limits(x->as.memory->pages, x->as.memory->has_max, x->as.memory->max_pages, out);
		buf_puts(out, x->as.memory->shared ? " shared" : "");
		if (x->as.memory->page_log2 != PAGE_LOG2)
			buf_printf(out, " (pagesize %u)", 1u << x->as.memory->page_log2);
		break;
	case EXTERN_TABLE:
		buf_puts(out, x->as.table->is64 ? " i64" : "");
		put_limits(x->as.table->size, x->as.table->has_max, x->as.table->max, out);
		buf_putc(out, ' ');
		valtype_print(x->as.table->type, NULL, out);
		break;
	}
	buf_putc(out, ')');
}

/* ---- what a line needs of the current instance ------------------------------------------------------------------------------ */

static bool entity_named(const struct scratch *k, struct str name)
{
	for (size_t i = 0; i < k->entities.count; i++)
		if (str_eq(k->entities.data[i].name, name))
			return true;
	return false;
}

static struct extern_ref entity_of(const struct instance *in, enum extern_kind kind, uint32_t i)
{
	struct extern_ref x = { .kind = kind };

	switch (kind) {
	case EXTERN_FUNC:
		x.as.func = in->funcs[i];
		break;
	case EXTERN_TABLE:
		x.as.table = in->tables[i];
		break;
	case EXTERN_MEMORY:
		x.as.memory = in->memories[i];
		break;
	case EXTERN_GLOBAL:
		x.as.global = in->globals[i];
		break;
	case EXTERN_TAG:
		x.as.tag = in->tags[i];
		break;
	}
	return x;
}

static void import_current(const struct instance *in, enum extern_kind kind, uint32_t i, struct str name, struct buf *out)
{
	struct extern_ref x = entity_of(in, kind, i);

	buf_printf(out, "(import \"" FROM_CURRENT "\" \"%d.%u\" ", kind, i);
	put_decl(name, &x, out);
	buf_puts(out, ")\n");
}

static bool id_char(char c)
{
	return c > ' ' && c < 127 && !strchr("\"(),;[]{}", c);
}

/* Things of the current instance that the line names and no earlier line defined. */
static void import_named(const struct scratch *k, const struct instance *in, struct str line, struct buf *out)
{
	static const struct { enum name_kind name; enum extern_kind kind; } kinds[] = {
		{ NAME_FUNC, EXTERN_FUNC }, { NAME_GLOBAL, EXTERN_GLOBAL }, { NAME_TABLE, EXTERN_TABLE },
		{ NAME_MEMORY, EXTERN_MEMORY }, { NAME_TAG, EXTERN_TAG },
	};
	VEC(struct str) done = { 0 };

	for (size_t i = 0; i + 1 < line.n; i++) {
		struct str name = { line.p + i + 1, 0 };
		bool again = false, several;
		uint32_t index;
		while (line.p[i] == '$' && i + 1 + name.n < line.n && id_char(name.p[name.n]))
			name.n++;
		for (size_t d = 0; d < done.count; d++)
			again = again || str_eq(done.data[d], name);
		if (!name.n || again || entity_named(k, name))
			continue;
		vec_push(&done, name);
		for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++)
			if (name_find(in->module, kinds[n].name, name, &index, &several))
				import_current(in, kinds[n].kind, index, name, out);
	}
	vec_free(&done);
}

static bool has_memory(const struct scratch *k)
{
	for (size_t i = 0; i < k->entities.count; i++)
		if (k->entities.data[i].ref.kind == EXTERN_MEMORY)
			return true;
	return false;
}

static bool defines_memory(struct str line)
{
	return line.n > 7 && (str_starts(line, "(memory") || str_starts(line, "(data"));
}

/* Everything that comes before the line in its module. */
static void put_prefix(struct session *s, struct scratch *k, struct str line, struct buf *out)
{
	buf_puts(out, "(module\n");
	buf_put(out, buf_str(&k->types), k->types.size);
	for (size_t i = 0; i < k->entities.count; i++)
		buf_printf(out, "(import \"" FROM_SCRATCH "\" \"%zu\" %s)\n", i, k->entities.data[i].decl);
	if (!s->instance)
		return;
	import_named(k, s->instance, line, out);
	if (s->instance->module->nmemories && !has_memory(k) && !(str_starts(line, "(memory") && defines_memory(line)))
		import_current(s->instance, EXTERN_MEMORY, 0, (struct str){ NULL, 0 }, out);
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct session *s = user;
	char text[32];
	unsigned kind, index;

	snprintf(text, sizeof text, "%.*s", (int)(i->name.n < 31 ? i->name.n : 31), i->name.p);
	if (str_is(i->module, FROM_SCRATCH)) {
		*out = s->scratch->entities.data[strtoul(text, NULL, 10)].ref;
		return true;
	}
	if (str_is(i->module, FROM_CURRENT) && sscanf(text, "%u.%u", &kind, &index) == 2) {
		*out = entity_of(s->instance, (enum extern_kind)kind, index);
		return true;
	}
	return session_resolve(user, m, i, out, e);
}

/* ---- making the module -------------------------------------------------------------------------------------------------------- */

/* Errors in the line keep their place in it; the prefix is not shown. */
static void place_in_line(struct session *s, struct str line, size_t prefix, struct err *e)
{
	struct err ignored = { 0 };
	struct source *src = source_copy(WAT_LINE_NAME, line.p, line.n, &ignored);

	err_move_places(e, prefix, line.n);
	snprintf(e->file, sizeof e->file, "%s", e->place.kind == PLACE_TEXT ? WAT_LINE_NAME : "");
	if (src)
		session_keep_text(s, src);
	if (src)
		source_free(src);
}

static struct module *compile(struct session *s, struct str before, struct str line, const char *head, const char *tail,
	struct err *e)
{
	struct buf text = { 0 };
	struct module *m = NULL;

	buf_put(&text, before.p, before.n);
	buf_puts(&text, head);
	size_t prefix = text.size;
	buf_put(&text, line.p, line.n);
	buf_puts(&text, tail);
	buf_puts(&text, "\n)\n");
	struct source *src = source_copy(WAT_LINE_NAME, buf_str(&text), text.size, e);
	if (src)
		m = wat_load_take(s->engine, src, &s->features, e);
	if (src && !m)
		place_in_line(s, line, prefix, e);
	buf_free(&text);
	return m;
}

static struct instance *make_instance(struct session *s, struct module *m, struct result *r, struct err *e)
{
	enum outcome how = OUT_DONE;

	if (!vec_push(&s->dead_modules, m)) {
		module_free(m);
		err_oom(e);
		return NULL;
	}
	if (s->debug)
		s->debug->module_loaded(s, m);
	struct instance *in = instance_new(s->store, s->ctx, m, resolve, s, &how, e);
	if (!in && !e->code)
		err_set(e, E_START_FAILED, place_none(), "the definition did not work: %s", how == OUT_TRAP
			? trap_words(s->ctx->trap.kind) : outcome_words(how));
	return in;
}

/* ---- fields ---------------------------------------------------------------------------------------------------------------------- */

static const char *const field_words[] = { "func", "global", "memory", "table", "type", "rec", "tag", "import", "data",
	"elem", "export", "start", NULL };

static struct str head_word(struct str line)
{
	struct str w = str_trim((struct str){ line.p + 1, line.n - 1 });
	size_t n = 0;

	while (n < w.n && id_char(w.p[n]))
		n++;
	return (struct str){ w.p, n };
}

static bool is_field(struct str word)
{
	for (size_t i = 0; field_words[i]; i++)
		if (str_is(word, field_words[i]))
			return true;
	return false;
}

static bool add_entity(struct scratch *k, struct str name, const struct extern_ref *x)
{
	struct entity new = { .ref = *x };
	struct buf decl = { 0 };
	char *copy = strndup(name.p ? name.p : "", name.n);

	for (size_t i = 0; i < name.n; i++)
		if (!id_char(name.p[i]))
			name.n = 0;             /* cannot be written without quotes: reached by index only */
	put_decl(name, x, &decl);
	new.name = (struct str){ copy, name.n };
	new.decl = buf_take(&decl);
	for (size_t i = 0; i < k->entities.count && name.n; i++)
		if (str_eq(k->entities.data[i].name, name) && k->entities.data[i].ref.kind == x->kind) {
			free((char *)k->entities.data[i].name.p);
			free(k->entities.data[i].decl);
			k->entities.data[i] = new;
			return copy && new.decl;
		}
	if (copy && new.decl && vec_push(&k->entities, new))
		return true;
	free(copy);
	free(new.decl);
	return false;
}

/* What an instance defines itself joins the entities. */
static bool add_defined(struct scratch *k, const struct instance *in)
{
	const struct module *m = in->module;
	const struct { enum extern_kind kind; enum name_kind name; uint32_t from, to; } spaces[] = {
		{ EXTERN_FUNC, NAME_FUNC, m->nimported_funcs, m->nfuncs },
		{ EXTERN_TABLE, NAME_TABLE, m->nimported_tables, m->ntables },
		{ EXTERN_MEMORY, NAME_MEMORY, m->nimported_memories, m->nmemories },
		{ EXTERN_GLOBAL, NAME_GLOBAL, m->nimported_globals, m->nglobals },
		{ EXTERN_TAG, NAME_TAG, m->nimported_tags, m->ntags },
	};

	for (size_t n = 0; n < sizeof spaces / sizeof *spaces; n++)
		for (uint32_t i = spaces[n].from; i < spaces[n].to; i++) {
			struct extern_ref x = entity_of(in, spaces[n].kind, i);
			if (!add_entity(k, name_of(m, spaces[n].name, i), &x))
				return false;
		}
	return true;
}

static bool define(struct session *s, struct scratch *k, struct str line, struct result *r, struct err *e)
{
	struct buf prefix = { 0 };
	struct str word = head_word(line);

	put_prefix(s, k, line, &prefix);
	struct module *m = compile(s, str_of_buf(&prefix), line, "", "", e);
	buf_free(&prefix);
	if (!m)
		return false;
	struct instance *in = make_instance(s, m, r, e);
	if (!in)
		return false;
	if (str_is(word, "type") || str_is(word, "rec")) {
		buf_put(&k->types, line.p, line.n);
		buf_putc(&k->types, '\n');
	}
	return add_defined(k, in) || err_oom(e);
}

/* After `run` made a new store: the definitions, in order, once more. */
static bool renew(struct session *s, struct scratch *k, struct result *r, struct err *e)
{
	if (!k->stale)
		return true;
	k->stale = false;
	buf_reset(&k->types);
	for (size_t i = 0; i < k->lines.count; i++)
		if (!define(s, k, str_of(k->lines.data[i]), r, e))
			return false;
	return true;
}

static bool run_field(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct scratch *k = s->scratch;
	char *copy = strndup(line.p, line.n);

	if (!define(s, k, line, r, e)) {
		free(copy);
		return false;
	}
	if (!copy || !vec_push(&k->lines, copy)) {
		free(copy);
		return err_oom(e);
	}
	return true;
}

/* ---- modules and expressions ---------------------------------------------------------------------------------------------------- */

static bool run_module(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct source *src = source_copy(WAT_LINE_NAME, line.p, line.n, e);
	struct session_module *m;

	if (!src || !session_load_source_take(s, src, &m, e))
		return false;
	module_loaded_text(s, m, r);
	return true;
}

static const char *const result_types[] = {
	"", "(result i32)", "(result i64)", "(result f32)", "(result f64)", "(result v128)", "(result funcref)",
	"(result externref)", "(result anyref)", "(result exnref)",
};

/* The expression as a function, with the result types that fit. */
static struct module *compile_expression(struct session *s, struct str before, struct str expr, struct err *e)
{
	static const char *const numbers[] = { "i32", "i64", "f32", "f64" };
	enum { SINGLES = sizeof result_types / sizeof *result_types, NUMBERS = 4 };
	struct err first = { 0 };
	char head[96];

	for (unsigned i = 0; i < SINGLES + NUMBERS * NUMBERS; i++) {
		struct err why = { 0 };
		const char *results = i < SINGLES ? result_types[i] : NULL;
		unsigned pair = i - SINGLES;
		if (results)
			snprintf(head, sizeof head, "(func (export \"\") %s ", results);
		else
			snprintf(head, sizeof head, "(func (export \"\") (result %s %s) ", numbers[pair / NUMBERS],
				numbers[pair % NUMBERS]);
		struct module *m = compile(s, before, expr, head, ")", &why);
		if (m)
			return m;
		if (i == 0)
			first = why;
		if (why.code != E_TYPE_MISMATCH)
			break;
	}
	*e = first;
	return NULL;
}

static bool prepare(struct session *s, struct result *r, struct err *e)
{
	struct session_module *m = session_current(s);

	if (!session_store(s, e) || (m && !m->problem.code && !session_instantiate(s, m, r, e)))
		return false;
	return scratch_of(s) ? renew(s, s->scratch, r, e) : err_oom(e);
}

bool wat_line_expression(struct session *s, struct str text, struct func **f, struct result *r, struct err *e)
{
	struct buf prefix = { 0 };
	struct extern_ref x;

	if (!prepare(s, r, e))
		return false;
	put_prefix(s, s->scratch, text, &prefix);
	struct module *m = compile_expression(s, str_of_buf(&prefix), text, e);
	buf_free(&prefix);
	struct instance *in = m ? make_instance(s, m, r, e) : NULL;
	if (!in || !instance_export(in, STR(""), &x))
		return false;
	*f = x.as.func;
	return true;
}

bool wat_line_run(struct session *s, struct str line, struct result *r, struct err *e)
{
	bool flat = line.p[0] == '=';
	struct func *f;

	if (flat)
		line = str_trim((struct str){ line.p + 1, line.n - 1 });
	if (!flat && str_is(head_word(line), "module"))
		return run_module(s, line, r, e);
	if (!flat && is_field(head_word(line)))
		return prepare(s, r, e) && run_field(s, line, r, e);
	return wat_line_expression(s, line, &f, r, e) && guest_call(s, f, NULL, 0, false, r, e);
}
