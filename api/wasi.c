/* WASI for a linker; see wrench.h. */
#include "engine/wasi/wasi.h"

#include "api/linker.h"

void wr_wasi_config_init(struct wr_wasi_config *config)
{
	if (config)
		*config = (struct wr_wasi_config){ .in = -1, .out = -1, .err = -1 };
}

static bool read_deny(const char *words, uint32_t *bits, struct wr_error *e)
{
	*bits = 0;
	for (const char *p = words; p && *p;) {
		size_t n = strcspn(p, ",");
		uint32_t bit = wasi_deny_bits((struct str){ p, n });
		if (!bit)
			return error_set(e, E_UNKNOWN_NAME, "'%.*s' is nothing that can be denied", (int)n, p);
		*bits |= bit;
		p += n + (p[n] == ',');
	}
	return true;
}

static bool lists_given(const struct wr_wasi_config *c)
{
	bool ok = (c->args || !c->nargs) && (c->env || !c->nenv) && (c->preopens || !c->npreopens) &&
		(c->sockets || !c->nsockets);

	for (uint32_t i = 0; ok && i < c->nargs; i++)
		ok = c->args[i] != NULL;
	for (uint32_t i = 0; ok && i < c->nenv; i++)
		ok = c->env[i] != NULL;
	for (uint32_t i = 0; ok && i < c->npreopens; i++)
		ok = c->preopens[i].host && c->preopens[i].guest;
	return ok;
}

static struct wasi *make(struct wr_store *st, const struct wr_wasi_config *c, uint32_t deny, struct err *why)
{
	struct wasi_config in = {
		.args = c->args, .nargs = c->nargs, .env = c->env, .nenv = c->nenv, .npreopens = c->npreopens,
		.sockets = c->sockets, .nsockets = c->nsockets, .stdio = { c->in, c->out, c->err }, .deny = deny,
	};
	struct wasi_preopen *dirs = calloc(c->npreopens + 1u, sizeof *dirs);

	if (!dirs)
		return err_oom(why), NULL;
	for (uint32_t i = 0; i < c->npreopens; i++)
		dirs[i] = (struct wasi_preopen){ c->preopens[i].host, c->preopens[i].guest, c->preopens[i].read_only };
	in.preopens = dirs;
	struct wasi *w = wasi_new(st->store, &in, why);
	free(dirs);
	return w;
}

bool wr_linker_define_wasi(struct wr_linker *linker, const struct wr_wasi_config *config, struct wr_error *e)
{
	struct wr_wasi_config nothing;
	struct err why = { 0 };
	uint32_t deny;

	wr_wasi_config_init(&nothing);
	if (!config)
		config = &nothing;
	if (!linker || !lists_given(config))
		return error_set(e, E_USAGE, linker ? "a list of the configuration is NULL, or has NULL in it" : "the linker is NULL");
	if (!read_deny(config->deny, &deny, e))
		return false;
	deny |= config->threads ? 0 : WASI_DENY_THREADS;
	struct wr_store *st = linker->store;
	if (!vec_reserve(&st->wasis, st->wasis.count + 1))
		return error_oom(e);
	struct wasi *w = make(st, config, deny, &why);
	if (!w)
		return error_out(e, &why, NULL);
	vec_push(&st->wasis, w);        /* there is room */
	linker->wasi = w;
	return true;
}
