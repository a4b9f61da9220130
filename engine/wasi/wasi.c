/*
 * The table of host functions, and how a call reaches one: every function that a module imports is wasi_enter() with
 * its own struct wasi_entry as `user`.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/wasi/impl.h"

struct wasi_impl {
	struct wasi_row row;
	uint32_t (*run)(struct wasi_call *k);
	bool since0;
	uint32_t deny;
};

static const struct wasi_impl impls[] = {
#define WASI(name, sig, since0, deny, args, help) \
	{ { #name, sig, args, help }, wasi_##name, since0, WASI_DENY_##deny },
#include "engine/wasi/wasi.def"
};
_Static_assert(sizeof impls / sizeof *impls == WASI_FUNCS, "wasi.def has as many rows as wasi.h says");

static const struct wasi_impl spawn_impl = {
	{ "thread-spawn", "i:i", "arg", "start a thread in an instance of its own" }, wasi_thread_spawn, false, WASI_DENY_NONE,
};
static const char module_new[] = "wasi_snapshot_preview1", module_old[] = "wasi_unstable";

const struct wasi_row *wasi_row_at(unsigned i)
{
	return &impls[i].row;
}

/* ---- calls ----------------------------------------------------------------------------------- */

uint32_t call_interrupted(struct wasi_call *k)
{
	k->out = ctx_interrupted(k->ctx);
	return WE_INTR;
}

static uint32_t call_denied(struct wasi *w, uint32_t bit)
{
	static const char *const words[] = {
#define DENY(id, word, help) word,
#include "engine/wasi/wasi_deny.def"
	};
	wasi_refuse(w, WASI_REFUSED_DENIED, words[__builtin_ctz(bit)], NULL);
	return WE_ACCES;
}

static enum outcome wasi_enter(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	const struct wasi_entry *entry = f->user;
	const struct wasi_impl *impl = entry->impl;
	struct wasi_call k = { .wasi = entry->wasi, .ctx = c, .mem = ctx_caller_memory(c), .old = entry->old,
		.out = OUT_DONE };

	memcpy(k.args, args, f->type->nparams * sizeof *args);
	uint32_t bit = impl->deny & k.wasi->deny;
	uint32_t e = bit ? call_denied(k.wasi, bit) : impl->run(&k);
	if (k.out == OUT_DONE && f->type->nresults)
		results[0] = e;
	return k.out;
}

const struct wasi_row *wasi_row_of(const struct func *f)
{
	if (f->host != wasi_enter)
		return NULL;
	const struct wasi_entry *entry = f->user;
	return &entry->impl->row;
}

/* ---- resolving ------------------------------------------------------------------------------- */

static struct func *entry_make(struct wasi *w, struct wasi_entry *entry, const char *module)
{
	valtype types[2][9];
	uint32_t n[2] = { 0, 0 };
	int side = 0;

	for (const char *p = entry->impl->row.sig; *p; p++) {
		if (*p == ':')
			side = 1;
		else
			types[side][n[side]++] = *p == 'I' ? VT_I64 : VT_I32;
	}
	const struct deftype *type = engine_func_type(w->store->engine, types[0], n[0], types[1], n[1]);
	if (!type)
		return NULL;
	struct err ignored = { 0 };
	return func_new_host(w->store, type, wasi_enter, entry, module,
		entry->impl->row.name, &ignored);
}

/* The function of an entry, made now if need be. */
static bool entry_give(struct wasi *w, struct wasi_entry *entry, const struct wasi_impl *impl, const char *module,
	struct extern_ref *out)
{
	if (!entry->func) {
		entry->wasi = w;
		entry->impl = impl;
		entry->old = module == module_old;
		entry->func = entry_make(w, entry, module);
	}
	out->kind = EXTERN_FUNC;
	out->as.func = entry->func;
	return entry->func != NULL;
}

bool wasi_resolve(struct wasi *w, const struct import *i, struct extern_ref *out)
{
	bool old = str_is(i->module, module_old);

	if (i->kind == EXTERN_FUNC && str_is(i->module, "wasi") && str_is(i->name, spawn_impl.row.name))
		return entry_give(w, &w->spawn, &spawn_impl, "wasi", out);
	if (i->kind != EXTERN_FUNC || !(old || str_is(i->module, module_new)))
		return false;
	for (unsigned n = 0; n < WASI_FUNCS; n++) {
		if (str_is(i->name, impls[n].row.name) && (!old || impls[n].since0))
			return entry_give(w, &w->entries[old][n], &impls[n], old ? module_old : module_new, out);
	}
	return false;
}

/* ---- what --deny says ------------------------------------------------------------------------ */

static const struct { const char *word; uint32_t bits; } deny_words[] = {
#define DENY(id, word, help) { word, WASI_DENY_##id },
#include "engine/wasi/wasi_deny.def"
	{ "stdio", WASI_DENY_STDIN | WASI_DENY_STDOUT | WASI_DENY_STDERR },
	{ "all", WASI_DENY_ALL },
};

uint32_t wasi_deny_bits(struct str word)
{
	for (size_t i = 0; i < sizeof deny_words / sizeof *deny_words; i++)
		if (str_is(word, deny_words[i].word))
			return deny_words[i].bits;
	return 0;
}

void wasi_deny_words(struct buf *out)
{
	for (size_t i = 0; i < sizeof deny_words / sizeof *deny_words; i++)
		buf_printf(out, "%s%s", i ? " " : "", deny_words[i].word);
}

/* ---- making and freeing ---------------------------------------------------------------------- */

static const char **strings_copy(struct arena *a, const char *const *from, uint32_t n)
{
	const char **to = arena_array(a, n + 1, sizeof *to);

	for (uint32_t i = 0; to && i < n; i++)
		if (!(to[i] = arena_strndup(a, from[i], strlen(from[i]))))
			return NULL;
	return to;
}

static bool preopen_add(struct wasi *w, const struct wasi_preopen *p, struct err *e)
{
	int host = open(p->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (host < 0)
		return err_set(e, E_IO, place_none(), "cannot open directory \"%s\": %s", p->host, strerror(errno));

	struct wasi_fd f = fd_describe(host, true);
	uint32_t number;
	f.inheriting = RIGHT_ALL;
	f.read_only = p->read_only;
	f.preopen = arena_strndup(&w->arena, p->guest, strlen(p->guest));
	f.granted_from = arena_strndup(&w->arena, p->host, strlen(p->host));
	if (!f.preopen || !f.granted_from) {
		close(host);
		return err_oom(e);
	}
	w->npreopens++;
	return fd_add(w, f, &number) == WE_SUCCESS || err_oom(e);
}

static bool socket_add(struct wasi *w, int host, struct err *e)
{
	struct wasi_fd f = fd_describe(host, false);
	uint32_t number;

	if (f.kind != 's')
		return err_set(e, E_IO, place_none(), "descriptor %d is not a socket", host);
	/* a connection that went away between waiting and accepting must not make accept block */
	if (fcntl(host, F_SETFL, fcntl(host, F_GETFL) | O_NONBLOCK) < 0)
		return err_set(e, E_IO, place_none(), "descriptor %d: %s", host, strerror(errno));
	f.inheriting = f.base;
	return fd_add(w, f, &number) == WE_SUCCESS || err_oom(e);
}

static bool wasi_configure(struct wasi *w, const struct wasi_config *c, struct err *e)
{
	static const uint32_t stream[3] = { WASI_DENY_STDIN, WASI_DENY_STDOUT, WASI_DENY_STDERR };

	w->deny = c->deny;
	w->nargs = c->deny & WASI_DENY_ARGS ? 0 : c->nargs;
	w->nenv = c->deny & WASI_DENY_ENV ? 0 : c->nenv;
	w->args = strings_copy(&w->arena, c->args, w->nargs);
	w->env = strings_copy(&w->arena, c->env, w->nenv);
	if (!w->args || !w->env)
		return err_oom(e);
	for (int i = 0; i < 3; i++)
		w->stdio[i] = c->deny & stream[i] ? -1 : c->stdio[i];
	w->openat2 = c->no_openat2 ? -1 : 0;
	for (int i = 0; i < 3; i++)
		if (!vec_push(&w->fds, NULL))
			return err_oom(e);
	for (uint32_t i = 0; i < c->npreopens && !(c->deny & WASI_DENY_FILES); i++)
		if (!preopen_add(w, &c->preopens[i], e))
			return false;
	for (uint32_t i = 0; i < c->nsockets && !(c->deny & WASI_DENY_SOCKETS); i++)
		if (!socket_add(w, c->sockets[i], e))
			return false;
	return true;
}

struct wasi *wasi_new(struct store *s, const struct wasi_config *config, struct err *e)
{
	struct wasi *w = calloc(1, sizeof *w);

	if (!w) {
		err_oom(e);
		return NULL;
	}
	w->store = s;
	pthread_mutex_init(&w->lock, NULL);
	if (!wasi_configure(w, config, e)) {
		wasi_free(w);
		return NULL;
	}
	return w;
}

void wasi_free(struct wasi *w)
{
	if (!w)
		return;
	threads_free(w);
	fd_table_free(w);
	pthread_mutex_destroy(&w->lock);
	arena_free(&w->arena);
	free(w);
}
