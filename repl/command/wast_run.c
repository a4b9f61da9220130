/*
 * Running one specification script; see wast_run.h. A thread block runs its commands in a thread and context of its own,
 * on the same store; making modules and instances is serialised by a lock, calls are not.
 */
#include "repl/command/wast_run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "engine/stack.h"
#include "repl/command/output.h"
#include "repl/command/spectest.h"
#include "repl/command/tiering.h"

struct named { struct str name; struct instance *instance; struct module *module; };

struct world {                          /* what threads share */
	const struct source *script;
	const struct wast_options *options;
	struct engine *engine;
	struct store *store;
	struct spectest spectest;
	struct output *out;             /* NULL: nobody wants to know */
	struct wast_counts *counts;
	const struct wast_pair *pair;   /* NULL: it runs alone */
	int which;                      /* of the pair */
	pthread_mutex_t lock;
	struct arena arena;             /* names */
	VEC(struct module *) modules;   /* freed after the store */
};

struct runner {
	struct world *w;
	struct wast *reader;
	struct ctx *ctx;
	struct instance *current;
	VEC(struct named) instances, definitions, registered;
	struct thread { struct str name; pthread_t id; struct runner *runner; } threads[16];
	uint32_t nthreads;
};

/* ---- counting ---------------------------------------------------------------------------------------------------------- */

static void pass(struct runner *r)
{
	pthread_mutex_lock(&r->w->lock);
	r->w->counts->passed++;
	pthread_mutex_unlock(&r->w->lock);
}

static void fail(struct runner *r, struct place at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void fail(struct runner *r, struct place at, const char *fmt, ...)
{
	uint32_t line = 0, column;
	struct buf b = { 0 };
	va_list ap;

	pthread_mutex_lock(&r->w->lock);
	r->w->counts->failed++;
	if (!r->w->out) {
		pthread_mutex_unlock(&r->w->lock);
		return;
	}
	source_position(r->w->script, at.start, &line, &column);
	buf_printf(&b, "%s:%u: ", r->w->script->name, line);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_putc(&b, '\n');
	output_put(r->w->out, buf_str(&b), b.size);
	buf_free(&b);
	pthread_mutex_unlock(&r->w->lock);
}

/* ---- names --------------------------------------------------------------------------------------------------------------- */

static struct named *find(struct named *list, size_t n, struct str name)
{
	while (n-- > 0)
		if (str_eq(list[n].name, name))
			return &list[n];
	return NULL;
}

static struct str keep(struct world *w, struct str s)
{
	return (struct str){ arena_strndup(&w->arena, s.p ? s.p : "", s.n), s.n };
}

static struct instance *instance_called(struct runner *r, struct str name)
{
	struct named *n = find(r->instances.data, r->instances.count, name);

	return name.n == 0 ? r->current : n ? n->instance : NULL;
}

/* ---- modules ------------------------------------------------------------------------------------------------------------- */

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct runner *r = user;
	struct named *n = find(r->registered.data, r->registered.count, i->module);

	/* a module that has a name and was not registered is known by that */
	if (!n)
		n = find(r->instances.data, r->instances.count, i->module);
	if (n && instance_export(n->instance, i->name, out))
		return true;
	if (!n && spectest_find(&r->w->spectest, r->w->store, i->module, i->name, out, e))
		return true;
	return err_set(e, E_UNKNOWN_IMPORT, place_none(), "unknown import \"%.*s\" \"%.*s\"", STR_ARGS(i->module),
		STR_ARGS(i->name));
}

static struct module *load(struct runner *r, const struct wast_module *wm, struct err *e)
{
	pthread_mutex_lock(&r->w->lock);
	struct module *m = wast_load(r->w->engine, r->w->script, wm, &r->w->options->features, e);
	if (m && !vec_push(&r->w->modules, m)) {
		module_free(m);
		m = NULL;
		err_oom(e);
	}
	pthread_mutex_unlock(&r->w->lock);
	return m;
}

static enum outcome make_call(struct runner *r, struct func *f, const slot *args, slot *results)
{
	const struct wast_pair *p = r->w->pair;

	return p ? p->call(p->user, r->w->which, f, args, results) : ctx_call(r->ctx, f, args, results);
}

static struct instance *instantiate_in_pair(struct runner *r, const struct module *m, enum outcome *how, struct err *e)
{
	struct instance *in = instance_new_unstarted(r->w->store, r->ctx, m, resolve, r, how, e);
	slot none[1] = { 0 };

	if (!in || in->started)
		return in;
	*how = make_call(r, in->funcs[m->start], none, none);
	in->started = *how == OUT_DONE;
	return in->started ? in : NULL;
}

static struct instance *instantiate(struct runner *r, const struct module *m, enum outcome *how, struct err *e)
{
	if (r->w->pair)
		return instantiate_in_pair(r, m, how, e);
	pthread_mutex_lock(&r->w->lock);
	struct instance *in = instance_new(r->w->store, r->ctx, m, resolve, r, how, e);
	pthread_mutex_unlock(&r->w->lock);
	return in;
}

static const char *how_it_ended(const struct runner *r, enum outcome how, const struct err *e)
{
	if (e->code)
		return e->message;
	switch (how) {
	case OUT_DONE:
		return "it ended normally";
	case OUT_TRAP:
		return r->ctx->trap.kind == TRAP_UNSUPPORTED && r->ctx->trap.message[0] ? r->ctx->trap.message
			: trap_words(r->ctx->trap.kind);
	case OUT_EXCEPTION:
		return "an uncaught exception";
	default:
		return "the call was ended";
	}
}

static void add_instance(struct runner *r, struct str name, struct instance *in)
{
	struct named n = { keep(r->w, name), in, NULL };

	r->current = in;
	if (name.n)
		vec_push(&r->instances, n);
}

static void do_module(struct runner *r, const struct wast_cmd *c)
{
	enum outcome how = OUT_DONE;
	struct err e = { 0 };
	struct module *m = load(r, &c->module, &e);

	if (!m) {
		fail(r, c->place, "module: %s", e.message);
		r->current = NULL;
		return;
	}
	if (c->module.definition) {
		struct named n = { keep(r->w, c->module.name), NULL, m };
		vec_push(&r->definitions, n);
		return;
	}
	struct instance *in = instantiate(r, m, &how, &e);
	if (in)
		add_instance(r, c->module.name, in);
	else
		fail(r, c->place, "module: not instantiated: %s", how_it_ended(r, how, &e));
	r->current = in;
}

static void do_instance(struct runner *r, const struct wast_cmd *c)
{
	struct named *n = c->of.n || !r->definitions.count ? find(r->definitions.data, r->definitions.count, c->of)
		: &vec_last(&r->definitions);
	enum outcome how = OUT_DONE;
	struct err e = { 0 };

	if (!n) {
		fail(r, c->place, "module instance: no definition $%.*s", STR_ARGS(c->of));
		return;
	}
	struct instance *in = instantiate(r, n->module, &how, &e);
	if (in)
		add_instance(r, c->name, in);
	else
		fail(r, c->place, "module instance: %s", how_it_ended(r, how, &e));
}

static void do_register(struct runner *r, const struct wast_cmd *c)
{
	struct instance *in = instance_called(r, c->name);
	struct named n = { keep(r->w, c->text), in, NULL };

	if (!in)
		fail(r, c->place, "register: no instance $%.*s", STR_ARGS(c->name));
	else
		vec_push(&r->registered, n);
}

/* ---- actions --------------------------------------------------------------------------------------------------------------- */

struct results {
	VEC(struct value) values;
};

static bool get_global(const struct wast_action *a, const struct instance *in, struct results *out, struct err *e)
{
	struct extern_ref x;

	if (!instance_export(in, a->field, &x) || x.kind != EXTERN_GLOBAL)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no global \"%.*s\"", STR_ARGS(a->field));
	struct value v = { x.as.global->type, x.as.global->value[0], x.as.global->value[1] };
	return vec_push(&out->values, v) || err_oom(e);
}

static bool push_args(const struct wast_action *a, const struct func *f, slot *slots, struct err *e)
{
	if (a->nargs != f->type->nparams)
		return err_set(e, E_TYPE, place_none(), "\"%.*s\" takes %u arguments, %u given", STR_ARGS(a->field),
			f->type->nparams, a->nargs);
	for (uint32_t i = 0; i < a->nargs; i++) {
		struct value v = wast_argument(&a->args[i]);
		*slots++ = slot_normal(f->type->params[i], v.lo);
		if (vt_slots(f->type->params[i]) == 2)
			*slots++ = v.hi;
	}
	return true;
}

static enum outcome call(struct runner *r, const struct wast_action *a, struct func *f, struct results *out,
	struct err *e)
{
	slot *args = calloc(f->type->param_slots + f->type->result_slots + 2u, sizeof *args);
	slot *results = args ? args + f->type->param_slots + 1 : NULL;
	enum outcome how = OUT_DONE;

	if (!args) {
		err_oom(e);
		return how;
	}
	if (push_args(a, f, args, e))
		how = make_call(r, f, args, results);
	for (uint32_t i = 0; i < f->type->nresults && how == OUT_DONE && !e->code; i++) {
		struct value v = { f->type->results[i], *results++, 0 };
		if (vt_slots(v.type) == 2)
			v.hi = *results++;
		if (!vec_push(&out->values, v))
			err_oom(e);
	}
	free(args);
	return how;
}

static enum outcome act(struct runner *r, const struct wast_action *a, struct results *out, struct err *e)
{
	struct instance *in = instance_called(r, a->instance);
	struct extern_ref x;

	if (!in) {
		err_set(e, E_UNKNOWN_NAME, place_none(), "no instance%s%.*s", a->instance.n ? " $" : "", STR_ARGS(a->instance));
		return OUT_DONE;
	}
	if (a->kind == WAST_GET) {
		get_global(a, in, out, e);
		return OUT_DONE;
	}
	if (!instance_export(in, a->field, &x) || x.kind != EXTERN_FUNC) {
		err_set(e, E_UNKNOWN_NAME, place_none(), "no function \"%.*s\"", STR_ARGS(a->field));
		return OUT_DONE;
	}
	return call(r, a, x.as.func, out, e);
}

static void do_action(struct runner *r, const struct wast_cmd *c)
{
	struct results out = { 0 };
	struct err e = { 0 };
	enum outcome how = act(r, &c->action, &out, &e);

	if (e.code || how != OUT_DONE)
		fail(r, c->place, "%.*s: %s", STR_ARGS(c->action.field), how_it_ended(r, how, &e));
	vec_free(&out.values);
}

/* ---- assertions ------------------------------------------------------------------------------------------------------------ */

static void compare_results(struct runner *r, const struct wast_cmd *c, const struct results *out)
{
	struct buf b = { 0 };
	bool ok = out->values.count == c->nresults;

	if (!ok)
		buf_printf(&b, "%zu results, %u expected", out->values.count, c->nresults);
	for (uint32_t i = 0; i < c->nresults && ok; i++) {
		ok = wast_matches(&c->results[i], out->values.data[i], r->w->store);
		if (ok)
			continue;
		buf_puts(&b, "expected ");
		wast_print_wanted(&c->results[i], r->w->store, &b);
		buf_puts(&b, ", found ");
		value_print(out->values.data[i], r->w->store, &b);
	}
	if (ok)
		pass(r);
	else
		fail(r, c->place, "%.*s: %s", STR_ARGS(c->action.field), buf_str(&b));
	buf_free(&b);
}

static void assert_return(struct runner *r, const struct wast_cmd *c)
{
	struct results out = { 0 };
	struct err e = { 0 };
	enum outcome how = act(r, &c->action, &out, &e);

	if (e.code || how != OUT_DONE)
		fail(r, c->place, "%.*s: expected results, but: %s", STR_ARGS(c->action.field), how_it_ended(r, how, &e));
	else
		compare_results(r, c, &out);
	vec_free(&out.values);
}

/* The outcome of the assertion's action, or of instantiating its module. */
static enum outcome provoke(struct runner *r, const struct wast_cmd *c, struct err *e)
{
	struct results out = { 0 };
	enum outcome how = OUT_DONE;

	if (!c->has_module) {
		how = act(r, &c->action, &out, e);
		vec_free(&out.values);
		return how;
	}
	struct module *m = load(r, &c->module, e);
	if (m)
		instantiate(r, m, &how, e);
	return how;
}

static void assert_trap(struct runner *r, const struct wast_cmd *c)
{
	struct err e = { 0 };
	enum outcome how = provoke(r, c, &e);

	if (how == OUT_TRAP && !e.code && wast_trap_expected(c->text, r->ctx->trap.kind))
		pass(r);
	else
		fail(r, c->place, "expected trap \"%.*s\", but: %s", STR_ARGS(c->text), how_it_ended(r, how, &e));
}

static void assert_exception(struct runner *r, const struct wast_cmd *c)
{
	struct err e = { 0 };
	enum outcome how = provoke(r, c, &e);

	if (how == OUT_EXCEPTION && !e.code)
		pass(r);
	else
		fail(r, c->place, "expected an exception, but: %s", how_it_ended(r, how, &e));
}

static void check_error(struct runner *r, const struct wast_cmd *c, const char *class, const struct err *e)
{
	if (!e->code)
		fail(r, c->place, "%s module was accepted; expected \"%.*s\"", class, STR_ARGS(c->text));
	else if (wast_expected(c->text, e))
		pass(r);
	else
		fail(r, c->place, "expected \"%.*s\", found \"%s\" (%s)", STR_ARGS(c->text), e->message, err_words(e->code));
}

static void assert_rejected(struct runner *r, const struct wast_cmd *c, const char *class)
{
	struct err e = { 0 };

	load(r, &c->module, &e);
	check_error(r, c, class, &e);
}

static void assert_unlinkable(struct runner *r, const struct wast_cmd *c)
{
	enum outcome how = OUT_DONE;
	struct err e = { 0 };
	struct module *m = load(r, &c->module, &e);

	if (!m) {
		fail(r, c->place, "expected an unlinkable module, but it is invalid: %s", e.message);
		return;
	}
	instantiate(r, m, &how, &e);
	/* active segments that do not fit were link errors once */
	if (!e.code && how == OUT_TRAP && wast_trap_expected(c->text, r->ctx->trap.kind))
		pass(r);
	else
		check_error(r, c, "unlinkable", &e);
}

/* ---- threads ----------------------------------------------------------------------------------------------------------------- */

static void run_commands(struct runner *r);

static void *thread_main(void *arg)
{
	run_commands(arg);
	return NULL;
}

static void runner_free(struct runner *r)
{
	if (r->reader)
		wast_free(r->reader);
	if (r->ctx)
		ctx_free(r->ctx);
	vec_free(&r->instances);
	vec_free(&r->definitions);
	vec_free(&r->registered);
}

static void do_thread(struct runner *r, const struct wast_cmd *c)
{
	struct named shared = { keep(r->w, c->of), instance_called(r, c->of), NULL };
	struct runner *t = calloc(1, sizeof *t);
	struct err e = { 0 };

	if (!t || r->nthreads == sizeof r->threads / sizeof *r->threads) {
		free(t);
		fail(r, c->place, "thread: too many");
		return;
	}
	t->w = r->w;
	t->ctx = ctx_new(r->w->store, &e);
	t->reader = wast_body(r->reader, c, &e);
	if (shared.instance)
		vec_push(&t->instances, shared);
	struct thread *t_new = &r->threads[r->nthreads];
	*t_new = (struct thread){ .name = keep(r->w, c->name), .runner = t };
	if (!t->ctx || !t->reader || pthread_create(&t_new->id, NULL, thread_main, t) != 0) {
		fail(r, c->place, "thread: could not be started");
		runner_free(t);
		free(t);
		return;
	}
	r->nthreads++;
}

static void join(struct thread *t)
{
	if (!t->runner)
		return;
	pthread_join(t->id, NULL);
	runner_free(t->runner);
	free(t->runner);
	t->runner = NULL;
}

static void do_wait(struct runner *r, const struct wast_cmd *c)
{
	for (uint32_t i = 0; i < r->nthreads; i++)
		if (str_eq(r->threads[i].name, c->name)) {
			join(&r->threads[i]);
			return;
		}
	fail(r, c->place, "wait: no thread $%.*s", STR_ARGS(c->name));
}

/* ---- the script --------------------------------------------------------------------------------------------------------------- */

static void run_command(struct runner *r, const struct wast_cmd *c)
{
	switch (c->kind) {
	case WAST_MODULE:
		do_module(r, c);
		return;
	case WAST_INSTANCE:
		do_instance(r, c);
		return;
	case WAST_REGISTER:
		do_register(r, c);
		return;
	case WAST_ACTION:
		do_action(r, c);
		return;
	case WAST_ASSERT_RETURN:
		assert_return(r, c);
		return;
	case WAST_ASSERT_TRAP:
	case WAST_ASSERT_EXHAUSTION:
		assert_trap(r, c);
		return;
	case WAST_ASSERT_EXCEPTION:
		assert_exception(r, c);
		return;
	case WAST_ASSERT_INVALID:
	case WAST_ASSERT_INVALID_CUSTOM:
		assert_rejected(r, c, "an invalid");
		return;
	case WAST_ASSERT_MALFORMED:
	case WAST_ASSERT_MALFORMED_CUSTOM:
		assert_rejected(r, c, "a malformed");
		return;
	case WAST_ASSERT_UNLINKABLE:
		assert_unlinkable(r, c);
		return;
	case WAST_THREAD:
		do_thread(r, c);
		return;
	case WAST_WAIT:
		do_wait(r, c);
		return;
	}
}

static void run_commands(struct runner *r)
{
	struct wast_cmd c;
	struct err e = { 0 };

	while (wast_next(r->reader, &c, &e))
		run_command(r, &c);
	if (e.code)
		fail(r, e.place, "%s", e.message);
	for (uint32_t i = 0; i < r->nthreads; i++)
		join(&r->threads[i]);
}

static bool world_init(struct world *w, struct err *e)
{
	struct store_limits limits = store_limits_default();

	w->engine = engine_new();
	w->store = w->engine ? store_new(w->engine, &limits) : NULL;
	if (!w->store)
		return err_oom(e);
	w->store->no_guard = w->options->no_guard;
	w->store->no_fuse = w->options->no_fuse;
	w->store->gc_stress = w->options->gc_stress;
	w->store->verify_ir = w->options->verify_ir;
	if (w->options->tiering && !tiering_store(w->options->tiering, w->store, e))
		return false;
	pthread_mutex_init(&w->lock, NULL);
	return true;
}

static void world_free(struct world *w)
{
	if (w->store)
		store_free(w->store);
	for (size_t i = 0; i < w->modules.count; i++)
		module_free(w->modules.data[i]);
	vec_free(&w->modules);
	arena_free(&w->arena);
	if (w->engine)
		engine_free(w->engine);
}

static bool runner_init(struct runner *r, struct world *w, struct err *e)
{
	r->w = w;
	if (!world_init(w, e))
		return false;
	r->ctx = ctx_new(w->store, e);
	r->reader = r->ctx ? wast_parse(w->script, e) : NULL;
	return r->reader != NULL;
}

bool wast_run(const struct source *script, const struct wast_options *o, struct output *out, struct wast_counts *counts,
	struct err *e)
{
	struct world w = { .script = script, .options = o, .out = out, .counts = counts };
	struct runner r = { 0 };

	if (runner_init(&r, &w, e))
		run_commands(&r);
	runner_free(&r);
	world_free(&w);
	return e->code == E_NONE;
}

static bool makes_instances(const struct wast_cmd *c)
{
	return c->kind == WAST_MODULE || c->kind == WAST_INSTANCE || c->has_module;
}

static void run_pair(struct runner r[2], const struct wast_pair *p, struct err *e)
{
	struct wast_cmd c[2];
	uint32_t line = 0, column;

	p->begin(p->user, (struct ctx *[2]){ r[0].ctx, r[1].ctx });
	while (wast_next(r[0].reader, &c[0], e) && wast_next(r[1].reader, &c[1], e)) {
		if (c[0].kind == WAST_THREAD) {
			p->threads(p->user);
			break;
		}
		for (int i = 0; i < 2; i++)
			run_command(&r[i], &c[i]);
		source_position(r[0].w->script, c[0].place.start, &line, &column);
		if (!p->done(p->user, line, makes_instances(&c[0])))
			break;
	}
	p->end(p->user);
}

bool wast_run_both(const struct source *script, const struct wast_options *o, const struct wast_pair *pair, struct err *e)
{
	struct wast_counts counts = { 0 };
	struct world w[2];
	struct runner r[2] = { 0 };
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		w[i] = (struct world){ .script = script, .options = o, .counts = &counts, .pair = pair, .which = i };
		ok = ok && runner_init(&r[i], &w[i], e);
	}
	if (ok)
		run_pair(r, pair, e);
	for (int i = 0; i < 2; i++) {
		runner_free(&r[i]);
		world_free(&w[i]);
	}
	return e->code == E_NONE;
}

void wast_apply_headers(const struct source *script, struct features *f)
{
	struct str name, value;
	char text[64], bad[64];

	for (size_t i = 0; wast_header(script, i, &name, &value); i++) {
		snprintf(text, sizeof text, "%s%.*s", str_is(value, "false") ? "-" : "", STR_ARGS(name));
		for (char *p = text; *p; p++)
			*p = *p == '_' ? '-' : *p;
		features_parse(f, text, bad, sizeof bad);       /* names that we do not know switch nothing */
	}
}
