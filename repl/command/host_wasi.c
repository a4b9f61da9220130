/* WASI for the session; see host_wasi.h. */
#include "repl/command/host_wasi.h"

#include "engine/base/buf.h"
#include "engine/wasi/wasi.h"
#include "repl/command/host.h"

static bool is_wasi(struct str module)
{
	return str_is(module, "wasi_snapshot_preview1") || str_is(module, "wasi_unstable") || str_is(module, "wasi");
}

bool host_wasi_resolve(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e)
{
	static const struct wasi_config nothing = { .stdio = { 0, 1, 2 } };
	static const struct wasi_config harmless = {
		.stdio = { 0, 1, 2 }, .deny = WASI_DENY_FILES | WASI_DENY_ENV | WASI_DENY_STDIN,
	};

	if (!is_wasi(i->module))
		return false;
	if (!s->wasi) {
		const struct wasi_config *config = s->wasi_config ? s->wasi_config : &nothing;
		s->wasi = wasi_new(s->store, s->sandboxed ? &harmless : config, e);
	}
	return s->wasi && wasi_resolve(s->wasi, i, out);
}

enum outcome host_threads_end(struct session *s, enum outcome how, struct ctx **who)
{
	*who = s->ctx;
	return s->wasi ? wasi_threads_end(s->wasi, s->ctx, how, who) : how;
}

/* A shared memory "env" "memory", as threaded programs import it: one for all that ask. */
bool host_wasi_memory(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e)
{
	const struct memory_decl *d = i->kind == EXTERN_MEMORY ? &m->memories[i->index] : NULL;

	if (!d || !d->limits.shared || !str_is(i->module, "env") || !str_is(i->name, "memory"))
		return false;
	if (!s->shared_memory)
		s->shared_memory = memory_new(s->store, d->limits, d->page_log2, e);
	out->kind = EXTERN_MEMORY;
	out->as.memory = s->shared_memory;
	return s->shared_memory != NULL;
}

void host_wasi_free(struct session *s)
{
	if (s->wasi)
		wasi_free(s->wasi);
	s->wasi = NULL;
	s->shared_memory = NULL;
}

void host_wasi_refused(struct session *s, struct buf *out)
{
	struct wasi_refusal refusal;
	struct session_module *m = session_current(s);

	if (s->wasi && wasi_refused(s->wasi, &refusal))
		wasi_refusal_print(&refusal, m ? m->path : "FILE", out);
}
