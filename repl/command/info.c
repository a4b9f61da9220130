/* Lists for `info …`; see info.h. One function a list: it adds an array and text rows for what matches. */
#include "repl/command/info.h"

#include <regex.h>

#include "engine/base/buf.h"
#include "engine/names.h"
#include "repl/command/render.h"
#include "wat/disasm.h"

struct list {
	struct session *s;
	const struct module *m;
	struct result *r;
	struct table_text t;
	struct node *array;
	const regex_t *filter;          /* NULL: everything */
};

typedef void list_fn(struct list *l);

static bool shown(const struct list *l, const char *name)
{
	return !l->filter || regexec(l->filter, name, 0, NULL, 0) == 0;
}

static const char *buf_copy(struct list *l, struct buf *b)
{
	const char *copy = arena_strndup(&l->r->arena, buf_str(b), b->size);

	buf_free(b);
	return copy ? copy : "";
}

static const char *escaped(struct list *l, struct str s)
{
	struct buf b = { 0 };

	buf_escaped(&b, s.p, s.n, false);
	return buf_copy(l, &b);
}

static const char *name_text(struct list *l, enum name_kind kind, uint32_t i)
{
	return escaped(l, name_of(l->m, kind, i));
}

static void put_name(struct list *l, struct node *one, const char *name)
{
	if (name[0])
		node_str(l->r, one, "name", str_of(name));
	table_text_cell(&l->t, "%s%s", name[0] ? "$" : "", name);
}

static struct node *row(struct list *l, uint32_t index)
{
	struct node *one = node_object(l->r, l->array, NULL);

	node_int(l->r, one, "index", index);
	table_text_cell(&l->t, "#%u", index);
	return one;
}

static void put_str(struct list *l, struct node *one, const char *key, const char *text)
{
	node_str(l->r, one, key, str_of(text));
	table_text_cell(&l->t, "%s", text);
}

/* Export names of an entity, as an array and joined in a cell; the import it is. */
static void put_exports(struct list *l, struct node *one, enum extern_kind kind, uint32_t index, int32_t import)
{
	struct node *names = NULL;
	struct buf b = { 0 };

	for (uint32_t i = 0; i < l->m->nexports; i++) {
		const struct export *x = &l->m->exports[i];
		if (x->kind != kind || x->index != index)
			continue;
		if (!names)
			names = node_array(l->r, one, "exports");
		const char *name = escaped(l, x->name);
		node_str(l->r, names, NULL, str_of(name));
		buf_printf(&b, "%sexport \"%s\"", b.size ? ", " : "", name);
	}
	if (import >= 0) {
		const struct import *im = &l->m->imports[import];
		buf_printf(&b, "%simport \"%s\" \"%s\"", b.size ? ", " : "", escaped(l, im->module), escaped(l, im->name));
		node_printf(l->r, one, "import", "%s %s", escaped(l, im->module), escaped(l, im->name));
	}
	table_text_cell(&l->t, "%s", buf_str(&b));
	buf_free(&b);
}

/* ---- lists of a module ---------------------------------------------------------------------------------------------------- */

static void list_functions(struct list *l)
{
	for (uint32_t i = 0; i < l->m->nfuncs; i++) {
		const struct func_decl *f = &l->m->funcs[i];
		struct buf plain = { 0 }, type = { 0 };
		func_plain_name(l->m, i, &plain);
		const char *name = buf_copy(l, &plain);
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		if (name[0] != '#')
			node_str(l->r, one, "name", str_of(name));
		table_text_cell(&l->t, "%s%s", name_of(l->m, NAME_FUNC, i).n ? "$" : "", name[0] == '#' ? "" : name);
		deftype_print(f->type, NULL, &type);
		put_str(l, one, "type", buf_copy(l, &type));
		if (f->import < 0)
			node_int(l->r, one, "size", f->body_size);
		if (f->import < 0)
			table_text_cell(&l->t, "%u bytes", f->body_size);
		else
			table_text_cell(&l->t, "%s", "");
		put_exports(l, one, EXTERN_FUNC, i, f->import);
		table_text_row(&l->t);
	}
}

static void list_imports(struct list *l)
{
	for (uint32_t i = 0; i < l->m->nimports; i++) {
		const struct import *im = &l->m->imports[i];
		struct buf type = { 0 };
		const char *name = escaped(l, im->name);
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_str(l, one, "module", escaped(l, im->module));
		put_str(l, one, "name", name);
		node_str(l->r, one, "kind", str_of(extern_kind_name(im->kind)));
		import_print_type(l->m, im, &type);
		put_str(l, one, "type", buf_copy(l, &type));
		table_text_row(&l->t);
	}
}

static void list_exports(struct list *l)
{
	for (uint32_t i = 0; i < l->m->nexports; i++) {
		const struct export *x = &l->m->exports[i];
		const char *name = escaped(l, x->name);
		if (!shown(l, name))
			continue;
		struct node *one = node_object(l->r, l->array, NULL);
		put_str(l, one, "name", name);
		put_str(l, one, "kind", extern_kind_name(x->kind));
		node_int(l->r, one, "index", x->index);
		table_text_cell(&l->t, "#%u", x->index);
		if (x->kind == EXTERN_FUNC) {
			struct buf type = { 0 };
			deftype_print(l->m->funcs[x->index].type, NULL, &type);
			put_str(l, one, "type", buf_copy(l, &type));
		} else {
			table_text_cell(&l->t, "%s", "");
		}
		table_text_row(&l->t);
	}
}

static void list_types(struct list *l)
{
	for (uint32_t i = 0; i < l->m->ntypes; i++) {
		struct buf type = { 0 };
		deftype_print(l->m->types[i], NULL, &type);
		const char *text = buf_copy(l, &type), *name = name_text(l, NAME_TYPE, i);
		if (!shown(l, text) && !shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_name(l, one, name);
		put_str(l, one, "type", text);
		table_text_row(&l->t);
	}
}

static void put_limits(struct list *l, struct node *one, const struct limits *lim, const char *unit)
{
	struct buf b = { 0 };

	node_printf(l->r, one, "min", "%llu", (unsigned long long)lim->min);
	buf_printf(&b, "%llu", (unsigned long long)lim->min);
	if (lim->has_max) {
		node_printf(l->r, one, "max", "%llu", (unsigned long long)lim->max);
		buf_printf(&b, " … %llu", (unsigned long long)lim->max);
	}
	bool one_of_them = lim->min == 1 && !lim->has_max;
	buf_printf(&b, " %s%s%s%s", unit, one_of_them ? "" : "s", lim->is64 ? ", 64-bit" : "", lim->shared ? ", shared" : "");
	if (lim->is64)
		node_bool(l->r, one, "is64", true);
	if (lim->shared)
		node_bool(l->r, one, "shared", true);
	table_text_cell(&l->t, "%s", buf_str(&b));
	buf_free(&b);
}

/* The running instance of the module, for sizes and values as they are now. */
static const struct instance *running(const struct list *l)
{
	const struct session_module *m = session_module_of(l->s, l->m);

	return m ? m->instance : NULL;
}

static void list_memories(struct list *l)
{
	const struct instance *in = running(l);

	for (uint32_t i = 0; i < l->m->nmemories; i++) {
		const struct memory_decl *d = &l->m->memories[i];
		const char *name = name_text(l, NAME_MEMORY, i);
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_name(l, one, name);
		put_limits(l, one, &d->limits, d->page_log2 == 16 ? "page" : "byte");
		if (in) {
			unsigned long long now = in->memories[i]->size;
			node_printf(l->r, one, "size", "%llu", now);
			table_text_cell(&l->t, "now %llu bytes", now);
		} else {
			table_text_cell(&l->t, "%s", "");
		}
		put_exports(l, one, EXTERN_MEMORY, i, d->import);
		table_text_row(&l->t);
	}
}

static void list_tables(struct list *l)
{
	const struct instance *in = running(l);

	for (uint32_t i = 0; i < l->m->ntables; i++) {
		const struct table_decl *d = &l->m->tables[i];
		const char *name = name_text(l, NAME_TABLE, i);
		struct buf type = { 0 };
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_name(l, one, name);
		valtype_print(d->type, NULL, &type);
		put_str(l, one, "type", buf_copy(l, &type));
		put_limits(l, one, &d->limits, "element");
		if (in) {
			unsigned long long now = in->tables[i]->size;
			node_printf(l->r, one, "size", "%llu", now);
			table_text_cell(&l->t, "now %llu", now);
		} else {
			table_text_cell(&l->t, "%s", "");
		}
		put_exports(l, one, EXTERN_TABLE, i, d->import);
		table_text_row(&l->t);
	}
}

static void list_globals(struct list *l)
{
	const struct instance *in = running(l);

	for (uint32_t i = 0; i < l->m->nglobals; i++) {
		const struct global_decl *d = &l->m->globals[i];
		const char *name = name_text(l, NAME_GLOBAL, i);
		struct buf type = { 0 }, value = { 0 };
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_name(l, one, name);
		valtype_print(d->type, NULL, &type);
		const char *type_text = buf_copy(l, &type);
		node_str(l->r, one, "type", str_of(type_text));
		node_bool(l->r, one, "mutable", d->mut);
		table_text_cell(&l->t, d->mut ? "(mut %s)" : "%s", type_text);
		if (in) {
			const struct global *g = in->globals[i];
			value_print((struct value){ g->type, g->value[0], g->value[1] }, l->s->store, &value);
			node_str(l->r, one, "value", str_of_buf(&value));
			table_text_cell(&l->t, "= %s", buf_str(&value));
		} else {
			table_text_cell(&l->t, "%s", "");
		}
		buf_free(&value);
		put_exports(l, one, EXTERN_GLOBAL, i, d->import);
		table_text_row(&l->t);
	}
}

static void list_tags(struct list *l)
{
	for (uint32_t i = 0; i < l->m->ntags; i++) {
		const char *name = name_text(l, NAME_TAG, i);
		struct buf type = { 0 };
		if (!shown(l, name))
			continue;
		struct node *one = row(l, i);
		put_name(l, one, name);
		deftype_print(l->m->tags[i].type, NULL, &type);
		put_str(l, one, "type", buf_copy(l, &type));
		put_exports(l, one, EXTERN_TAG, i, l->m->tags[i].import);
		table_text_row(&l->t);
	}
}

static void list_sections(struct list *l)
{
	for (uint32_t i = 0; i < l->m->nsections; i++) {
		const struct section *sec = &l->m->sections[i];
		const char *name = module_section_name(sec->id);
		if (!shown(l, name))
			continue;
		struct node *one = node_object(l->r, l->array, NULL);
		put_str(l, one, "name", name);
		node_printf(l->r, one, "offset", "0x%x", sec->start);
		node_int(l->r, one, "size", sec->size);
		table_text_cell(&l->t, "@0x%x", sec->start);
		table_text_cell(&l->t, "%u bytes", sec->size);
		table_text_row(&l->t);
	}
}

static void list_customs(struct list *l)
{
	for (uint32_t i = 0; i < l->m->ncustoms; i++) {
		const struct custom *c = &l->m->customs[i];
		const char *name = escaped(l, c->name);
		struct node *one = node_object(l->r, l->array, NULL);
		put_str(l, one, "name", name);
		node_printf(l->r, one, "offset", "0x%x", c->start);
		node_int(l->r, one, "size", c->size);
		table_text_cell(&l->t, "@0x%x", c->start);
		table_text_cell(&l->t, "%u bytes", c->size);
		table_text_row(&l->t);
	}
}

/* ---- lists of the session ------------------------------------------------------------------------------------------------- */

static void list_modules(struct list *l)
{
	for (size_t i = 0; i < l->s->modules.count; i++) {
		const struct session_module *m = &l->s->modules.data[i];
		if (!m->module || !shown(l, m->label))
			continue;
		struct node *one = node_object(l->r, l->array, NULL);
		bool current = l->s->module == i + 1;
		node_int(l->r, one, "module", (int64_t)i + 1);
		node_bool(l->r, one, "current", current);
		table_text_cell(&l->t, "%s%zu", current ? "* " : "  ", i + 1);
		put_str(l, one, "name", m->label);
		put_str(l, one, "file", m->path);
		if (m->problem.code)
			put_str(l, one, "state", err_class(m->problem.code));
		else if (m->instance)
			node_int(l->r, one, "instance", m->instance->number), table_text_cell(&l->t, "instance %u",
				m->instance->number);
		else
			table_text_cell(&l->t, "not instantiated");
		table_text_row(&l->t);
	}
}

static void list_instances(struct list *l)
{
	const struct store *st = l->s->store;

	for (size_t i = 0; st && i < st->instances.count; i++) {
		const struct instance *in = st->instances.data[i];
		const struct session_module *m = session_module_of(l->s, in->module);
		if (!shown(l, m ? m->label : ""))
			continue;
		struct node *one = node_object(l->r, l->array, NULL);
		bool current = in == l->s->instance;
		node_int(l->r, one, "instance", in->number);
		node_bool(l->r, one, "current", current);
		table_text_cell(&l->t, "%s%u", current ? "* " : "  ", in->number);
		if (m)
			node_int(l->r, one, "module", m->module->number);
		table_text_cell(&l->t, "%s", m ? m->label : "(typed)");
		if (in->name.n)
			node_str(l->r, one, "name", in->name);
		table_text_cell(&l->t, in->name.n ? "imported as \"%.*s\"" : "%.*s", STR_ARGS(in->name));
		table_text_row(&l->t);
	}
}

/* ---- commands ---------------------------------------------------------------------------------------------------------------- */

static void list_make(struct list *l, const char *key, list_fn *fn)
{
	l->t = (struct table_text){ .arena = &l->r->arena };
	l->array = node_array(l->r, l->r->root, key);
	fn(l);
}

static bool run_list(struct session *s, const struct args *a, struct result *r, const char *key, list_fn *fn,
	struct err *e)
{
	const struct arg *pattern = arg_get(a, "regex");
	struct session_module *m = session_named_module(s);
	struct list l = { .s = s, .m = m ? m->module : NULL, .r = r };
	regex_t re;

	if (pattern->given && regcomp(&re, pattern->text.p, REG_EXTENDED | REG_NOSUB))
		return err_set(e, E_USAGE, place_none(), "'%s' is not a regular expression", pattern->text.p);
	l.filter = pattern->given ? &re : NULL;
	list_make(&l, key, fn);
	if (l.t.nrows)
		table_text_print(&l.t, &r->text);
	else
		buf_printf(&r->text, "no %s%s\n", key, pattern->given ? " that match" : "");
	if (pattern->given)
		regfree(&re);
	return true;
}

#define INFO(word, need, what) \
	static bool run_info_##word(struct session *s, const struct args *a, struct result *r, struct err *e) \
	{ \
		return run_list(s, a, r, #word, list_##word, e); \
	} \
	const struct command cmd_info_##word = { \
		.name = "info " #word, .group = GROUP_MODULE, .summary = what, \
		.args = (const struct arg_spec[]){ \
			{ "regex", ARG_REGEX, ARG_OPTIONAL, "only those whose name it matches", NULL }, { 0 } }, \
		.flags = need, .run = run_info_##word, \
	};

INFO(functions, CMD_NEEDS_MODULE, "Functions: index, name, type, size, exports")
INFO(imports, CMD_NEEDS_MODULE, "What the module imports")
INFO(exports, CMD_NEEDS_MODULE, "What the module exports")
INFO(types, CMD_NEEDS_MODULE, "Types the module defines")
INFO(memories, CMD_NEEDS_MODULE, "Memories and their sizes")
INFO(tables, CMD_NEEDS_MODULE, "Tables and their sizes")
INFO(globals, CMD_NEEDS_MODULE, "Globals and their values")
INFO(tags, CMD_NEEDS_MODULE, "Tags of exceptions")
INFO(sections, CMD_NEEDS_MODULE, "Sections of the binary")
INFO(modules, 0, "Loaded modules")
INFO(instances, 0, "Instances in the store")

const struct command cmd_info = {
	.name = "info", .alias = "i", .group = GROUP_MODULE, .summary = "Lists: functions, imports, exports, …",
	.flags = CMD_FAMILY, .run = command_family_run,
};

/* ---- inspect ----------------------------------------------------------------------------------------------------------------- */

void info_module(struct session *s, const struct session_module *m, struct result *r)
{
	static const struct { const char *key; list_fn *fn; } parts[] = {
		{ "types", list_types }, { "imports", list_imports }, { "functions", list_functions },
		{ "tables", list_tables }, { "memories", list_memories }, { "globals", list_globals }, { "tags", list_tags },
		{ "exports", list_exports }, { "customs", list_customs },
	};
	struct list l = { .s = s, .m = m->module, .r = r };

	node_str(r, r->root, "file", str_of(m->path));
	if (m->module->name.n)
		node_str(r, r->root, "name", str_of(m->label));
	if (m->module->has_start)
		node_int(r, r->root, "start", m->module->start);
	module_summary(s, m, &r->text);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		list_make(&l, parts[i].key, parts[i].fn);
		if (!l.t.nrows)
			continue;
		buf_printf(&r->text, "%s:\n", strcmp(parts[i].key, "customs") == 0 ? "custom sections" : parts[i].key);
		struct buf b = { 0 };
		table_text_print(&l.t, &b);
		for (const char *p = buf_str(&b); *p;) {
			size_t n = strcspn(p, "\n") + 1;
			buf_printf(&r->text, "  %.*s", (int)n, p);
			p += n;
		}
		buf_free(&b);
	}
	if (m->module->has_start)
		buf_printf(&r->text, "start: #%u\n", m->module->start);
}

void info_problem(const struct session_module *m, struct result *r)
{
	struct err e = { 0 };

	if (custom_check(m->module, &e) || e.code == E_NO_MEMORY)
		return;
	node_str(r, r->root, "problem", str_of(e.message));
	/* a name section says itself where */
	if (e.code == E_NAME_SECTION)
		buf_printf(&r->notes, "note: %s:%s\n", m->path, e.message);
	else
		buf_printf(&r->notes, "note: %s:0x%llx: %s\n", m->path, (unsigned long long)e.place.start, e.message);
}
