/* Imports of the session; see host.h. */
#include "repl/command/host.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/host_wasi.h"
#include "repl/command/scripting.h"

static struct instance *registered(const struct session *s, struct str name)
{
	for (size_t i = s->registered.count; i-- > 0;)
		if (str_eq(s->registered.data[i].name, name))
			return s->registered.data[i].instance;
	return NULL;
}

bool host_register(struct session *s, struct str name, struct instance *in, struct err *e)
{
	char *copy = malloc(name.n + 1);

	if (!copy)
		return err_oom(e);
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	struct registered r = { { copy, name.n }, in };
	if (!vec_push(&s->registered, r)) {
		free(copy);
		return err_oom(e);
	}
	in->name = r.name;
	return true;
}

void host_free(struct session *s)
{
	host_wasi_free(s);
}

void host_refused_note(struct session *s, struct buf *out)
{
	host_wasi_refused(s, out);
}

/* ---- stubs ------------------------------------------------------------------------------------------------------------ */

static enum outcome stub_trap(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return ctx_trap(c, TRAP_STUB, "import \"%s\" \"%s\" is not provided", f->host_module, f->host_name);
}

static enum outcome stub_zero(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	memset(results, 0, f->type->result_slots * sizeof *results);
	return OUT_DONE;
}

/*
 * The desk was asked and had no answer, so the guest stops: the call is taken back, and made again when it goes on. Where
 * nobody is at the terminal, or no guest makes the call, it traps.
 */
static enum outcome stub_ask(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct session *s = f->user;

	if (!s->terminal || s->batch || !c->hooks || !ctx_caller(c))
		return stub_trap(c, f, args, results);
	s->desk.asking = c;
	s->desk.asked = f;
	return OUT_INTERRUPT;
}

bool host_is_asking(const struct func *f)
{
	return f->host == stub_ask;
}

enum { STUB_OFF, STUB_TRAP, STUB_ZERO, STUB_ASK };      /* the choices of stub-imports */

void host_stub_missing(struct session *s)
{
	s->options.stub_imports = STUB_TRAP;
}

static bool stub(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	char *module = arena_strndup(&s->arena, i->module.p, i->module.n);
	char *name = arena_strndup(&s->arena, i->name.p, i->name.n);

	if (!module || !name)
		return err_oom(e);
	out->kind = EXTERN_FUNC;
	static host_fn *const stubs[] = { [STUB_TRAP] = stub_trap, [STUB_ZERO] = stub_zero, [STUB_ASK] = stub_ask };
	out->as.func = func_new_host(s->store, m->funcs[i->index].type, stubs[s->options.stub_imports], s, module, name, e);
	return out->as.func != NULL;
}

/* ---- missing ----------------------------------------------------------------------------------------------------------- */

/* What is registered under the import's module name, when one of its exports has the import's name. */
static void tell_what_is_there(struct session *s, const struct import *i, struct err *e)
{
	struct instance *in = registered(s, i->module);
	struct buf b = { 0 };
	uint32_t shown = 0;
	enum { SHOW = 8 };

	if (!in)
		return;
	for (uint32_t k = 0; k < in->module->nexports && shown < SHOW; k++) {
		buf_puts(&b, shown++ ? ", " : "");
		buf_escaped(&b, in->module->exports[k].name.p, in->module->exports[k].name.n, false);
	}
	err_evidence(e, "'%.*s' has: %s%s", STR_ARGS(i->module), buf_str(&b), shown == SHOW ? ", …" : "");
	buf_free(&b);
}

static bool fail_missing(struct session *s, const struct module *m, const struct import *i, struct err *e)
{
	struct buf module = { 0 }, name = { 0 }, type = { 0 };
	struct session_module *sm = session_module_of(s, m);

	buf_escaped(&module, i->module.p, i->module.n, false);
	buf_escaped(&name, i->name.p, i->name.n, false);
	import_print_type(m, i, &type);
	err_set(e, E_UNKNOWN_IMPORT, place_none(), "import \"%s\" \"%s\" (%s) is not provided", buf_str(&module),
		buf_str(&name), buf_str(&type));
	tell_what_is_there(s, i, e);
	err_hint(e, "--preload %s=FILE%s", buf_str(&module),
		i->kind == EXTERN_FUNC && !s->standalone ? ", or 'set stub-imports trap'" : "");
	if (sm)
		err_file(e, sm->path);
	buf_free(&module);
	buf_free(&name);
	buf_free(&type);
	return false;
}

bool session_resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct session *s = user;
	struct instance *in = registered(s, i->module);

	if (in && instance_export(in, i->name, out))
		return true;
	if (s->scripting && s->scripting->resolve(s->scripting, s, m, i, out, e))
		return true;
	if (e->code)
		return false;
	if (host_wasi_resolve(s, m, i, out, e) || (!e->code && host_wasi_memory(s, m, i, out, e)))
		return true;
	if (e->code)
		return false;
	if (i->kind == EXTERN_FUNC && s->options.stub_imports != STUB_OFF)
		return stub(s, m, i, out, e);
	return fail_missing(s, m, i, e);
}
