/* WASI for the session; see host_wasi.h. */
#include "repl/command/host_wasi.h"

#include "engine/base/buf.h"
#include "engine/wasi/wasi.h"

static bool is_wasi(struct str module)
{
	return str_is(module, "wasi_snapshot_preview1") || str_is(module, "wasi_unstable");
}

bool host_wasi_resolve(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e)
{
	static const struct wasi_config nothing = { .stdio = { 0, 1, 2 } };

	if (!is_wasi(i->module))
		return false;
	if (!s->wasi)
		s->wasi = wasi_new(s->store, s->wasi_config ? s->wasi_config : &nothing, e);
	return s->wasi && wasi_resolve(s->wasi, i, out);
}

void host_wasi_free(struct session *s)
{
	if (s->wasi)
		wasi_free(s->wasi);
	s->wasi = NULL;
}

void host_wasi_refused(struct session *s, struct buf *out)
{
	struct wasi_refusal refusal;
	struct session_module *m = session_current(s);

	if (s->wasi && wasi_refused(s->wasi, &refusal))
		wasi_refusal_print(&refusal, m ? m->path : "FILE", out);
}
