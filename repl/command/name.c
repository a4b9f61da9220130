/* Names of functions, modules and instances as users write them and as messages show them. */
#include "engine/base/buf.h"
#include "engine/names.h"
#include "engine/replace.h"
#include "engine/stack.h"
#include "repl/command/args.h"
#include "repl/command/session.h"

/* ---- showing ------------------------------------------------------------------------------------------------------- */

static struct str export_of(const struct module *m, uint32_t func)
{
	for (uint32_t i = 0; i < m->nexports; i++)
		if (m->exports[i].kind == EXTERN_FUNC && m->exports[i].index == func)
			return m->exports[i].name;
	return (struct str){ NULL, 0 };
}

static void put_name(struct str name, struct buf *out)
{
	buf_escaped(out, name.p, name.n, false);
}

void func_plain_name(const struct module *m, uint32_t func, struct buf *out)
{
	struct str name = name_of(m, NAME_FUNC, func);

	if (!name.n)
		name = export_of(m, func);
	if (name.n)
		put_name(name, out);
	else
		buf_printf(out, "#%u", func);
}

void func_member(const struct module *m, uint32_t func, struct result *r, struct node *in)
{
	struct buf name = { 0 };

	func_plain_name(m, func, &name);
	node_str(r, in, "function", str_of_buf(&name));
	buf_free(&name);
}

void func_display_name(const struct module *m, uint32_t func, struct buf *out)
{
	if (name_of(m, NAME_FUNC, func).n)
		buf_putc(out, '$');
	func_plain_name(m, func, out);
}

/* "(param $n i32)", neighbours without names together: "(param i32 i32)". */
static void put_params(const struct module *m, uint32_t func, const struct deftype *t, struct buf *out)
{
	bool open = false;

	for (uint32_t i = 0; i < t->nparams; i++) {
		struct str name = name_of_inner(m, NAME_LOCAL, func, i);
		if (open && name.n)
			buf_putc(out, ')');
		if (!open || name.n)
			buf_puts(out, " (param");
		buf_puts(out, name.n ? " $" : "");
		put_name(name, out);
		buf_putc(out, ' ');
		valtype_print(t->params[i], NULL, out);
		if (name.n)
			buf_putc(out, ')');
		open = !name.n;
	}
	buf_puts(out, open ? ")" : "");
}

static void put_type(const struct module *m, uint32_t func, struct buf *out)
{
	const struct deftype *t = m->funcs[func].type;

	buf_puts(out, " :");
	put_params(m, func, t, out);
	if (t->nresults) {
		buf_puts(out, " (result ");
		valtypes_print(t->results, t->nresults, NULL, out);
		buf_putc(out, ')');
	}
	if (!t->nparams && !t->nresults)
		buf_puts(out, " ()");
}

void func_signature(const struct module *m, uint32_t func, struct buf *out)
{
	func_plain_name(m, func, out);
	put_type(m, func, out);
}

void func_signature_as(const struct module *m, uint32_t func, struct str name, struct buf *out)
{
	put_name(name, out);
	put_type(m, func, out);
}

const char *module_label(const struct session *s, const struct module *m)
{
	for (size_t i = 0; i < s->modules.count; i++)
		if (s->modules.data[i].module == module_base(m))
			return s->modules.data[i].label;
	return "the module";
}

/* ---- modules and instances ------------------------------------------------------------------------------------------ */

struct session_module *session_current(struct session *s)
{
	return s->module ? &s->modules.data[s->module - 1] : NULL;
}

struct session_module *session_module_of(struct session *s, const struct module *m)
{
	for (size_t i = 0; i < s->modules.count; i++)
		if (s->modules.data[i].module == module_base(m))
			return &s->modules.data[i];
	return NULL;
}

struct session_module *session_named_module(struct session *s)
{
	struct frame f;

	if (guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst) {
		struct session_module *m = session_module_of(s, f.inst->module);
		if (m)
			return m;
	}
	return session_current(s);
}

static bool module_has_name(const struct session *s, const struct session_module *m, struct str name)
{
	struct str label = str_of(module_label(s, m->module));

	return str_eq(m->module->name, name) || str_eq(label, name) || str_is(name, m->path) ||
		(label.n > name.n && label.p[name.n] == '.' && str_starts(label, name.p) && name.n);
}

bool session_find_module(struct session *s, struct str text, struct session_module **m, struct err *e)
{
	int64_t n;

	if (text.n && text.p[0] == '$')
		text = (struct str){ text.p + 1, text.n - 1 };
	if (str_number(text, &n)) {
		if (n < 1 || (uint64_t)n > s->modules.count || !s->modules.data[n - 1].module)
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no module %.*s; 'info modules' lists them", STR_ARGS(text));
		*m = &s->modules.data[n - 1];
		return true;
	}
	for (size_t i = s->modules.count; i-- > 0;)
		if (s->modules.data[i].module && module_has_name(s, &s->modules.data[i], text)) {
			*m = &s->modules.data[i];
			return true;
		}
	return err_set(e, E_UNKNOWN_NAME, place_none(), "no module '%.*s'; 'info modules' lists them", STR_ARGS(text));
}

bool session_find_instance(struct session *s, struct str text, struct instance **in, struct err *e)
{
	size_t count = s->store ? s->store->instances.count : 0;
	int64_t n;

	if (str_number(text, &n)) {
		if (n < 1 || (uint64_t)n > count)
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no instance %.*s; 'info instances' lists them",
				STR_ARGS(text));
		*in = s->store->instances.data[n - 1];
		return true;
	}
	for (size_t i = 0; i < s->registered.count; i++)
		if (str_eq(s->registered.data[i].name, text)) {
			*in = s->registered.data[i].instance;
			return true;
		}
	return err_set(e, E_UNKNOWN_NAME, place_none(), "no instance '%.*s'; 'info instances' lists them", STR_ARGS(text));
}

/* ---- functions -------------------------------------------------------------------------------------------------------- */

static void near_function(const struct session *s, const struct module *m, struct str name, struct err *e)
{
	struct buf best_name = { 0 }, b = { 0 };
	size_t best = name.n <= 3 ? 3 : 4;
	enum { LOOK_AT = 20000 };
	int64_t index;

	if (str_number(name, &index) && index >= 0 && (uint64_t)index < m->nfuncs) {
		err_set(e, E_UNKNOWN_NAME, place_none(), "no function '%.*s' in %s; did you mean '#%lld'?", STR_ARGS(name),
			module_label(s, m), (long long)index);
		return;
	}

	for (uint32_t i = 0; i < m->nfuncs && i < LOOK_AT; i++) {
		buf_reset(&b);
		func_display_name(m, i, &b);
		struct str n = { buf_str(&b), b.size };
		if (n.p[0] == '$')
			n.p++, n.n--;
		size_t d = n.p[0] == '#' ? best : str_distance(n, name, best);
		if (n.n == name.n && n.n && strncasecmp(n.p, name.p, n.n) == 0)
			d = 0;
		if (d >= best)
			continue;
		best = d;
		buf_reset(&best_name);
		buf_put(&best_name, buf_str(&b), b.size);
	}
	if (best_name.size)
		err_set(e, E_UNKNOWN_NAME, place_none(), "no function '%.*s' in %s; did you mean '%s'?", STR_ARGS(name),
			module_label(s, m), buf_str(&best_name));
	else
		err_set(e, E_UNKNOWN_NAME, place_none(), "no function '%.*s' in %s; 'info functions' lists them", STR_ARGS(name),
			module_label(s, m));
	buf_free(&best_name);
	buf_free(&b);
}

static bool find_index(const struct session *s, const struct module *m, struct str text, uint32_t *func, struct err *e)
{
	int64_t n;

	if (!str_number((struct str){ text.p + 1, text.n - 1 }, &n) || n < 0)
		return err_set(e, E_USAGE, place_none(), "'%.*s' is not a function index such as #12", STR_ARGS(text));
	if (n >= m->nfuncs)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no function %.*s: %s has %u", STR_ARGS(text),
			module_label(s, m), m->nfuncs);
	*func = (uint32_t)n;
	return true;
}

static bool find_named(const struct module *m, struct str name, bool dollar, uint32_t *func)
{
	const struct export *x = module_export_kind(m, name, EXTERN_FUNC);
	bool several;

	if (x && !dollar) {
		*func = x->index;
		return true;
	}
	if (name_find(m, NAME_FUNC, name, func, &several))
		return true;
	if (x)
		*func = x->index;
	return x != NULL;
}

bool session_find_func(struct session *s, struct str text, struct session_module **m, uint32_t *func, struct err *e)
{
	const char *bang = memchr(text.p, '!', text.n);

	*m = session_named_module(s);
	if (bang && bang > text.p) {
		struct str name = { text.p, (size_t)(bang - text.p) };
		if (!session_find_module(s, name, m, e))
			return false;
		text = (struct str){ bang + 1, text.n - name.n - 1 };
	}
	if (!*m || !(*m)->module)
		return err_no_module(e);
	if (text.n && text.p[0] == '#')
		return find_index(s, (*m)->module, text, func, e);
	bool dollar = text.n && text.p[0] == '$';
	struct str name = dollar ? (struct str){ text.p + 1, text.n - 1 } : text;
	if (find_named((*m)->module, name, dollar, func))
		return true;
	near_function(s, (*m)->module, name, e);
	return false;
}

bool err_no_module(struct err *e)
{
	return err_set(e, E_NO_MODULE, place_none(), "No module. load FILE, or type (module …), or an expression such as "
		"(i32.add (i32.const 2) (i32.const 3)); examples: examples/");
}
