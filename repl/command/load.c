/* Modules come into the session, are instantiated, and go; see session.h. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/regir/code.h"
#include "debugger/trap_report.h"
#include "repl/command/event.h"
#include "repl/command/interrupt.h"
#include "repl/command/session.h"
#include "repl/command/starting.h"
#include "wat/wat.h"

/* ---- loading ----------------------------------------------------------------------------------------------------------- */

void session_keep_text(struct session *s, const struct source *text)
{
	struct err ignored = { 0 };

	if (s->error_source)
		source_free(s->error_source);
	s->error_source = source_copy(text->name, text->bytes, text->size, &ignored);
}

static const char *label_of(struct session *s, const struct module *m, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct buf b = { 0 };

	if (m->name.n)
		buf_escaped(&b, m->name.p, m->name.n, false);
	else
		buf_escaped(&b, name, strlen(name), false);
	char *label = arena_strndup(&s->arena, buf_str(&b), b.size);
	buf_free(&b);
	return label ? label : "module";
}

bool session_add_module(struct session *s, struct module *m, const char *path, const struct err *problem,
	struct session_module **out, struct err *e)
{
	struct session_module sm = { .module = m, .path = arena_strndup(&s->arena, path, strlen(path)) };

	sm.label = label_of(s, m, path);
	if (problem)
		sm.problem = *problem;
	if (!sm.path || !vec_push(&s->modules, sm)) {
		module_free(m);
		return err_oom(e);
	}
	m->number = (uint32_t)s->modules.count;
	s->module = m->number;
	s->instance = NULL;
	if (out)
		*out = &vec_last(&s->modules);
	if (s->debug && !problem)
		s->debug->module_loaded(s, m);
	event_send(s, &(struct event){ .kind = EVENT_LOADED, .number = m->number });
	return true;
}

/* A binary: a module that is malformed or invalid stays, as far as it could be read. */
static struct module *read_binary(struct session *s, struct source *src, struct err *problem)
{
	struct module *m = module_decode_take(s->engine, src, &s->features, problem);

	if (m && problem->code == E_NONE && module_validate(m, problem) && !m->code && !code_init(m))
		err_oom(problem);
	if (m && problem->code == E_CANCELLED) {
		module_free(m);
		return NULL;
	}
	return m;
}

/* An invalid text: its binary stays, to be looked at; *AT is the fault's byte in it. */
static struct module *keep_invalid(struct session *s, const struct source *text, uint32_t *at)
{
	struct err why = { 0 };
	struct buf binary = { 0 };
	struct module *m = NULL;

	if (wat_encode(text, &s->features, &binary, NULL, &why)) {
		struct source *src = source_copy(text->name, binary.data, binary.size, &why);
		if (src)
			m = read_binary(s, src, &why);
	}
	buf_free(&binary);
	*at = why.place.kind == PLACE_OFFSET ? (uint32_t)why.place.start : 0;
	return m;
}

/* *TEXT: a copy of it when there is a problem, to show its place in. */
static struct module *read_text(struct session *s, struct source *src, struct err *problem, uint32_t *at,
	struct source **text)
{
	struct err ignored = { 0 };
	struct source *copy = source_copy(src->name, src->bytes, src->size, &ignored);
	struct module *m = wat_load_take(s->engine, src, &s->features, problem);

	if (!m && copy && problem->code != E_CANCELLED) {
		session_keep_text(s, copy);
		m = keep_invalid(s, copy, at);
		*text = copy;
	} else if (copy) {
		source_free(copy);
	}
	return m;
}

bool session_load_source_take(struct session *s, struct source *src, struct session_module **out, struct err *e)
{
	struct err problem = { 0 };
	struct session_module *sm;
	char *path = arena_strndup(&s->arena, src->name, strlen(src->name));
	struct source *shown = NULL;
	uint32_t at = 0;

	if (!path) {
		source_free(src);
		return err_oom(e);
	}
	bool text = wat_is_text(src->bytes, src->size);
	interrupt_work_enter(engine_progress(s->engine));
	struct module *m = text ? read_text(s, src, &problem, &at, &shown) : read_binary(s, src, &problem);
	interrupt_work_leave();
	if (problem.code && problem.code != E_CANCELLED)
		err_file(&problem, path);
	if (!m)
		*e = problem;
	if (!m || !session_add_module(s, m, path, problem.code ? &problem : NULL, &sm, e)) {
		if (shown)
			source_free(shown);
		return false;
	}
	sm->problem_text = shown;
	if (out)
		*out = sm;
	if (!problem.code)
		return true;
	sm->problem_at = text ? at : problem.place.kind == PLACE_OFFSET ? (uint32_t)problem.place.start : 0;
	*e = problem;
	return false;
}

bool session_load(struct session *s, const char *path, struct session_module **out, struct err *e)
{
	struct source *src = source_read(path, e);

	return src && session_load_source_take(s, src, out, e);
}

/* ---- unloading --------------------------------------------------------------------------------------------------------- */

bool session_unload(struct session *s, struct session_module *m, struct err *e)
{
	event_send(s, &(struct event){ .kind = EVENT_UNLOADED, .number = m->module->number });
	if (s->debug)
		s->debug->module_going(s, m->module);
	if (!vec_push(&s->dead_modules, m->module))
		return err_oom(e);
	m->module = NULL;
	m->instance = NULL;
	s->module = 0;
	s->instance = NULL;
	for (size_t i = s->modules.count; i-- > 0 && !s->module;)
		if (s->modules.data[i].module)
			session_select(s, &s->modules.data[i]);
	return true;
}

void session_select(struct session *s, struct session_module *m)
{
	s->module = (uint32_t)(m - s->modules.data) + 1;
	s->instance = m->instance;
}

/* ---- instantiating ------------------------------------------------------------------------------------------------------ */

typedef struct instance *instance_maker(struct store *s, struct ctx *c, const struct module *m, import_resolver *resolve,
	void *user, enum outcome *how, struct err *e);

static struct instance *make_instance(struct session *s, struct session_module *m, instance_maker *make, enum outcome *how,
	struct err *e)
{
	if (m->problem.code) {
		*e = m->problem;
		return NULL;
	}
	if (!session_store(s, e))
		return NULL;
	guest_set_limits(s);
	output_flush(&s->out);
	struct ctx *before = interrupt_enter(s->ctx);
	struct instance *in = make(s->store, s->ctx, m->module, session_resolve, s, how, e);
	interrupt_leave(before);
	if (!in && e->code)
		err_file(e, m->path);
	return in;
}

bool session_instantiate_how(struct session *s, struct session_module *m, enum outcome *how, struct err *e)
{
	struct instance *in = make_instance(s, m, instance_new, how, e);

	if (!in)
		return false;
	if (s->debug)
		s->debug->instance_made(s, in);
	starting_made(s, m, in);
	return true;
}

bool session_start_failed(struct session *s, struct session_module *m, enum outcome how, struct result *r, struct err *e)
{
	r->guest_status = outcome_status(s->ctx, how);
	if (how == OUT_TRAP && s->debug)
		s->debug->report_trap(s, r);
	else if (how == OUT_TRAP)
		trap_report_print(s->ctx, &r->arena, &r->notes);
	if (how == OUT_TRAP)
		return err_set(e, E_START_FAILED, place_none(), "%s could not be instantiated: trap: %s", m->label,
			trap_words(s->ctx->trap.kind));
	if (how == OUT_EXIT)
		return err_set(e, E_START_FAILED, place_none(), "%s exited with status %d while it was instantiated", m->label,
			s->ctx->exit_status);
	return err_set(e, E_START_FAILED, place_none(), "%s could not be instantiated: %s", m->label, outcome_words(how));
}

/* Somebody reads lines: a stop in the start function can be looked at. */
static bool instantiate_here(struct session *s, struct session_module *m, struct result *r, struct err *e)
{
	enum outcome how = OUT_DONE;
	struct instance *in = make_instance(s, m, instance_new_unstarted, &how, e);

	if (!in)
		return e->code ? false : session_start_failed(s, m, how, r, e);
	s->debug->instance_made(s, in);
	if (!in->started)
		return starting_run(s, m, in, r, e);
	starting_made(s, m, in);
	return true;
}

bool session_instantiate(struct session *s, struct session_module *m, struct result *r, struct err *e)
{
	enum outcome how = OUT_DONE;

	if (m->instance)
		return true;
	if (s->debug && s->lines)
		return instantiate_here(s, m, r, e);
	if (session_instantiate_how(s, m, &how, e))
		return true;
	return e->code ? false : session_start_failed(s, m, how, r, e);
}
