/* A session made from the options of the command line: limits, grants, preloaded modules. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/wasi/wasi.h"
#include "jit/x64/features.h"
#include "repl/command/cli.h"
#include "repl/command/host.h"
#include "repl/command/render.h"
#include "repl/command/tracing.h"

extern char **environ;

/* ---- limits ------------------------------------------------------------------------------------------------------------ */

enum { SANDBOX_SECONDS = 10, SANDBOX_STACK = 8 << 20, SANDBOX_MEMORY = 256 << 20 };

static void set_limits(const struct cli *c, struct session *s)
{
	int64_t timeout = c->timeout_ns;

	if (c->sandbox) {
		s->limits.max_memory = SANDBOX_MEMORY;
		s->limits.max_stack = SANDBOX_STACK;
		timeout = timeout ? timeout : (int64_t)SANDBOX_SECONDS * 1000000000;
	}
	if (c->max_memory != UINT64_MAX)
		s->limits.max_memory = c->max_memory;
	if (c->max_stack != UINT64_MAX)
		s->limits.max_stack = c->max_stack;
	if (c->max_table_elements != UINT64_MAX)
		s->limits.max_table_elements = c->max_table_elements;
	s->fuel = c->fuel;
	if (c->command == CLI_BIT_PROMPT)
		s->timeout_ns = timeout;
	else if (timeout)
		s->deadline_ns = c->started_ns + timeout;
}

static bool set_features(const struct cli *c, struct session *s, struct err *e)
{
	char bad[64];

	for (size_t i = 0; i < c->features.count; i++)
		if (!features_parse(&s->features, c->features.data[i], bad, sizeof bad)) {
			err_set(e, E_USAGE, place_none(), "--features: no feature '%s'", bad);
			err_hint(e, "wrench features");
			return false;
		}
	return true;
}

static bool set_bounds(const struct cli *c, struct session *s, struct err *e)
{
	if (!c->bounds)
		return true;
	s->no_guard = strcmp(c->bounds, "explicit") == 0;
	if (!s->no_guard && strcmp(c->bounds, "guard") != 0)
		return err_set(e, E_USAGE, place_none(), "--bounds: '%s' is not guard or explicit", c->bounds);
	return true;
}

static bool set_cpu(const struct cli *c, struct session *s, struct err *e)
{
	uint32_t features;
	char names[80];

	if (!c->cpu)
		return true;
	x64_features_print(FEATURE_ALL, names, sizeof names);
	if (!x64_features_parse(c->cpu, &features))
		return err_set(e, E_USAGE, place_none(), "--cpu: '%s' is not a list of all,none,%s", c->cpu, names);
	s->tiering.without = ~(features | FEATURE_SSE41);
	return true;
}

static bool set_tiers(const struct cli *c, struct session *s, struct err *e)
{
	if (s->standalone)
		s->tiering.tier = TIER_STANDALONE;
	for (size_t i = 0; i < c->tier.count; i++)
		if (!tiering_parse(&s->tiering, c->tier.data[i], e))
			return false;
	if (c->quiet)
		s->tiering.notice = NULL;
	if (c->tier_threshold >= 0)
		s->tiering.threshold = c->tier_threshold > 1 ? (uint32_t)(c->tier_threshold < INT32_MAX ? c->tier_threshold : INT32_MAX) : 1;
	if (c->random_tier >= 0)
		s->tiering.random = (uint64_t)c->random_tier + 1;
	s->no_fuse |= s->tiering.tier == TIER_UNFUSED;
	return set_cpu(c, s, e);
}

/* ---- grants ------------------------------------------------------------------------------------------------------------- */

/* HOST[::GUEST][:ro] */
static bool read_dir(const char *text, struct wasi_preopen *out, struct arena *a)
{
	size_t n = strlen(text);

	if (n > 3 && strcmp(text + n - 3, ":ro") == 0) {
		out->read_only = true;
		n -= 3;
	}
	char *host = arena_strndup(a, text, n);
	if (!host)
		return false;
	char *colons = strstr(host, "::");
	out->host = out->guest = host;
	if (colons) {
		*colons = '\0';
		out->guest = colons + 2;
	}
	return true;
}

static bool grant_dirs(const struct cli *c, struct wasi_config *w, struct arena *a, struct err *e)
{
	struct wasi_preopen *dirs = arena_array(a, c->dirs.count + 1, sizeof *dirs);

	for (size_t i = 0; dirs && i < c->dirs.count; i++)
		if (!read_dir(c->dirs.data[i], &dirs[i], a))
			dirs = NULL;
	w->preopens = dirs;
	w->npreopens = (uint32_t)c->dirs.count;
	return dirs ? true : err_oom(e);
}

static bool grant_env(const struct cli *c, struct wasi_config *w, struct arena *a, struct err *e)
{
	VEC(const char *) env = { 0 };
	bool ok = true;

	for (char **p = environ; c->inherit_env && *p && ok; p++)
		ok = vec_push(&env, *p);
	for (size_t i = 0; i < c->env.count && ok; i++) {
		const char *one = c->env.data[i], *own = strchr(one, '=') ? "" : getenv(one);
		if (own && *own)
			one = arena_printf(a, "%s=%s", one, own);
		else if (!strchr(one, '='))
			continue;               /* not set here: nothing to grant */
		ok = one && vec_push(&env, one);
	}
	const char **copy = ok ? arena_array(a, env.count + 1, sizeof *copy) : NULL;
	if (copy && env.count)
		memcpy(copy, env.data, env.count * sizeof *copy);
	w->env = copy;
	w->nenv = (uint32_t)env.count;
	vec_free(&env);
	return w->env ? true : err_oom(e);
}

static bool grant_streams(const struct cli *c, struct wasi_config *w, struct err *e)
{
	for (int fd = 0; fd < 3; fd++) {
		w->stdio[fd] = fd;
		if (!c->stdio[fd])
			continue;
		int flags = fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
		w->stdio[fd] = open(c->stdio[fd], flags | O_CLOEXEC, 0666);
		if (w->stdio[fd] < 0)
			return err_set(e, E_IO, place_none(), "%s: %s", c->stdio[fd], strerror(errno));
	}
	return true;
}

/* What options behind --sandbox name is granted. */
static uint32_t granted_again(const struct cli *c)
{
	uint32_t bits = 0;

	bits |= c->dirs.count ? WASI_DENY_FILES : 0;
	bits |= c->env.count || c->inherit_env ? WASI_DENY_ENV : 0;
	bits |= c->stdio[0] ? WASI_DENY_STDIN : 0;
	return bits;
}

static bool deny(const struct cli *c, struct wasi_config *w, struct err *e)
{
	struct buf words = { 0 };

	if (c->sandbox)
		w->deny = WASI_DENY_ALL & ~(WASI_DENY_STDOUT | WASI_DENY_STDERR | WASI_DENY_ARGS | granted_again(c));
	for (const char *p = c->deny; p && *p;) {
		struct str word = { p, strcspn(p, ",") };
		uint32_t bits = wasi_deny_bits(word);
		if (!bits) {
			wasi_deny_words(&words);
			err_set(e, E_USAGE, place_none(), "--deny: no word '%.*s'; there are: %s", STR_ARGS(word), buf_str(&words));
			buf_free(&words);
			return false;
		}
		w->deny |= bits;
		p += word.n + (p[word.n] == ',');
	}
	return true;
}

static bool set_grants(const struct cli *c, struct session *s, struct err *e)
{
	struct wasi_config *w = arena_alloc(&s->arena, sizeof *w);
	const char **args = arena_array(&s->arena, c->nargs + 2u, sizeof *args);

	if (!w || !args)
		return err_oom(e);
	args[0] = c->file ? c->file : "";
	for (uint32_t i = 0; i < c->nargs; i++)
		args[i + 1] = c->args[i];
	w->args = args;
	w->nargs = c->nargs + 1;
	s->wasi_config = w;
	return grant_dirs(c, w, &s->arena, e) && grant_env(c, w, &s->arena, e) && grant_streams(c, w, e) && deny(c, w, e);
}

static bool set_trace(const struct cli *c, struct session *s, struct err *e)
{
	s->jit_report.gdb = c->gdb_jit;
	s->tiering.own_pages = c->gdb_jit || (c->profile && strcmp(c->profile, "perfmap") == 0);
	if (c->profile && !tracing_profile_option(s, c->profile, e))
		return false;
	if (!c->trace && !c->trace_out)
		return true;
	return tracing_stream(s, c->trace && c->trace[0] ? c->trace : "call,host,trap", c->trace_out, e);
}

static bool set_color(const struct cli *c, struct session *s, struct err *e)
{
	static const char *const choices[] = { "auto", "always", "never" };
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	size_t choice = 0;

	while (c->color && choice < 3 && strcmp(c->color, choices[choice]) != 0)
		choice++;
	if (choice == 3)
		return err_set(e, E_USAGE, place_none(), "--color is auto, always or never, not '%s'", c->color);
	s->color = !c->plain && (choice == 1 || (choice == 0 && isatty(STDERR_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0));
	return true;
}

/* ---- the session -------------------------------------------------------------------------------------------------------- */

bool cli_session(struct cli *c, struct session *s, struct err *e)
{
	signal(SIGPIPE, SIG_IGN);
	if (!session_init(s, e))
		return false;
	s->standalone = c->command != CLI_BIT_PROMPT;
	s->json = c->json || c->json_events;
	s->json_events = c->json_events;
	s->plain = c->plain;
	s->fullname = c->fullname;
	s->no_fuse = c->no_fuse;
	s->gc_stress = c->gc_stress;
	s->verify_ir = c->verify_ir;
	set_limits(c, s);
	return set_color(c, s, e) && set_features(c, s, e) && set_bounds(c, s, e) && set_tiers(c, s, e) && set_grants(c, s, e) && set_trace(c, s, e);
}

/* ---- preloaded modules -------------------------------------------------------------------------------------------------- */

enum preload_state { PRELOAD_LOADED, PRELOAD_BEGUN, PRELOAD_DONE };

struct preload {
	struct str name;
	uint32_t module;                /* number in the session */
	enum preload_state state;
};

struct preloads {
	struct session *s;
	struct result *r;
	struct preload *all;
	size_t n;
};

static bool preload_load(struct preloads *p, const char *text, struct preload *out, struct err *e)
{
	const char *equals = strchr(text, '=');
	struct session_module *m;

	if (!equals || equals == text)
		return err_set(e, E_USAGE, place_none(), "--preload: '%s' is not NAME=FILE", text);
	if (!session_load(p->s, equals + 1, &m, e))
		return false;
	*out = (struct preload){ { text, (size_t)(equals - text) }, m->module->number, PRELOAD_LOADED };
	return true;
}

static bool preload_instantiate(struct preloads *p, struct preload *one, struct err *e);

/* Those that its imports name come first, wherever they stand in the command line. */
static bool preload_imported(struct preloads *p, const struct preload *one, struct err *e)
{
	const struct module *m = p->s->modules.data[one->module - 1].module;

	for (uint32_t i = 0; i < m->nimports; i++)
		for (size_t k = 0; k < p->n; k++) {
			struct preload *other = &p->all[k];
			if (other == one || other->state == PRELOAD_DONE || !str_eq(other->name, m->imports[i].module))
				continue;
			if (other->state == PRELOAD_BEGUN)
				return err_set(e, E_UNKNOWN_IMPORT, place_none(), "--preload: %.*s and %.*s import one another",
					STR_ARGS(one->name), STR_ARGS(other->name));
			if (!preload_instantiate(p, other, e))
				return false;
		}
	return true;
}

static bool preload_instantiate(struct preloads *p, struct preload *one, struct err *e)
{
	struct session_module *m = &p->s->modules.data[one->module - 1];

	one->state = PRELOAD_BEGUN;
	if (!preload_imported(p, one, e) || !session_instantiate(p->s, m, p->r, e) ||
		!host_register(p->s, one->name, m->instance, e))
		return false;
	one->state = PRELOAD_DONE;
	return true;
}

bool cli_preload(struct cli *c, struct session *s, struct result *r, struct err *e)
{
	struct preloads p = { .s = s, .r = r, .n = c->preload.count };

	p.all = arena_array(&s->arena, p.n + 1, sizeof *p.all);
	if (!p.all)
		return err_oom(e);
	for (size_t i = 0; i < p.n; i++)
		if (!preload_load(&p, c->preload.data[i], &p.all[i], e))
			return false;
	for (size_t i = 0; i < p.n; i++)
		if (p.all[i].state == PRELOAD_LOADED && !preload_instantiate(&p, &p.all[i], e))
			return false;
	return true;
}

/* ---- ends ----------------------------------------------------------------------------------------------------------------- */

int cli_end(struct session *s, int status)
{
	output_flush(&s->out);
	output_flush(&s->err);
	if (s->out.error && s->out.error != EPIPE && s->out.error != EBADF)
		dprintf(STDERR_FILENO, "error: standard output: %s\n", strerror(s->out.error));
	else if (s->out.error)
		dprintf(STDERR_FILENO, "error: standard output was closed\n");
	if (s->out.error && status == STATUS_OK)
		status = STATUS_FAILED;
	session_free(s);
	return status;
}

int cli_fail(struct session *s, const struct err *e)
{
	render_error(s, e);
	return cli_end(s, e->code == E_USAGE ? STATUS_USAGE : STATUS_FAILED);
}

bool cli_load_readable(struct session *s, const char *path, struct session_module **m, struct err *problem)
{
	*m = NULL;
	return session_load(s, path, m, problem) || *m;
}

int cli_end_problem(struct session *s, const struct err *problem)
{
	output_flush(&s->out);
	return problem->code ? cli_fail(s, problem) : cli_end(s, STATUS_OK);
}

bool cli_write(struct cli *c, struct session *s, const struct buf *b, struct err *e)
{
	if (b->failed)
		return err_oom(e);
	if (!c->out || strcmp(c->out, "-") == 0) {
		output_put(&s->out, buf_str(b), b->size);
		return true;
	}
	int fd = open(c->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", c->out, strerror(errno));
	struct output o = { .fd = fd };
	output_put(&o, buf_str(b), b->size);
	bool ok = output_flush(&o);
	output_free(&o);
	if (close(fd) < 0 || !ok)
		return err_set(e, E_IO, place_none(), "%s: %s", c->out, strerror(o.error ? o.error : errno));
	return true;
}
