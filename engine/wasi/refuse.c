/* The first thing that was refused, for the note that says how to allow it. */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/wasi/impl.h"

/* Copy TEXT, cut at the last whole character that fits. */
static void text_cut(char *out, size_t room, const char *text, size_t n)
{
	size_t at = 0, c;

	while (at < n && (c = utf8_length(text + at, n - at)) > 0 && at + c < room)
		at += c;
	memcpy(out, text, at);
	out[at] = '\0';
}

/* The option that would allow PATH: the working directory for relative paths, the directory of an absolute one. */
static void grant_for(char *out, size_t room, enum wasi_refusal_kind kind, const char *path, const struct wasi_fd *f)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	out[0] = '\0';
	if (kind == WASI_REFUSED_READ_ONLY && f && f->granted_from && !strcmp(f->granted_from, f->preopen))
		snprintf(out, room, "--dir %s", f->preopen);
	else if (kind == WASI_REFUSED_READ_ONLY && f && f->granted_from)
		snprintf(out, room, "--dir %s::%s", f->granted_from, f->preopen);
	else if (kind == WASI_REFUSED_READ_ONLY || kind == WASI_REFUSED_DENIED)
		return;
	else if (path && path[0] == '/' && slash > path)
		snprintf(out, room, "--dir %.*s", (int)(slash - path), path);
	else if (kind != WASI_REFUSED_OUTSIDE && !(path && path[0] == '/'))
		snprintf(out, room, "--dir .");
}

void wasi_refuse(struct wasi *w, enum wasi_refusal_kind kind, const char *what, const struct wasi_fd *f)
{
	struct wasi_refusal *r = &w->refusal;

	pthread_mutex_lock(&w->lock);
	if (r->kind <= WASI_REFUSED_LOOKED && kind > r->kind) {
		r->kind = kind;
		text_cut(r->what, sizeof r->what, what, strlen(what));
		grant_for(r->grant, sizeof r->grant, kind, what, f);
	}
	pthread_mutex_unlock(&w->lock);
}

bool wasi_refused(const struct wasi *w, struct wasi_refusal *out)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&w->lock;

	pthread_mutex_lock(lock);
	*out = w->refusal;
	pthread_mutex_unlock(lock);
	return out->kind != WASI_REFUSED_NOTHING;
}

void wasi_refusal_print(const struct wasi_refusal *r, const char *app, struct buf *out)
{
	static const char *const why[] = {
		[WASI_REFUSED_NO_DIRECTORY] = "no directory is granted",
		[WASI_REFUSED_OUTSIDE] = "it leads out of the directories that are granted",
		[WASI_REFUSED_READ_ONLY] = "its directory is granted read-only",
	};

	if (r->kind == WASI_REFUSED_NOTHING)
		return;
	if (r->kind == WASI_REFUSED_LOOKED) {
		buf_puts(out, "note: the guest asked for directories and none is granted");
	} else if (r->kind == WASI_REFUSED_DENIED) {
		buf_printf(out, "note: the guest was refused: %s (denied)", r->what);
	} else {
		buf_puts(out, "note: the guest was refused \"");
		buf_escaped(out, r->what, strlen(r->what), false);
		buf_printf(out, "\" (%s)", why[r->kind]);
	}
	if (r->grant[0]) {
		buf_puts(out, "; to allow: wrench run ");
		buf_escaped(out, r->grant, strlen(r->grant), false);
		buf_printf(out, " %s", app);
	}
	buf_putc(out, '\n');
}
