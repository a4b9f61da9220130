/*
 * wrench lockstep: programs and specification scripts in two tiers side by side. A program runs _start or the export of
 * --invoke; a module with neither has every export called with zeros. What is found goes to standard output; the status is 3
 * when tiers differ.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/wasi/wasi.h"
#include "repl/command/cli.h"
#include "repl/command/comparing.h"
#include "repl/command/render.h"
#include "repl/command/wast_run.h"

enum { STATUS_DIFFERS = 3 };

struct run {
	struct cli *c;
	struct session *s;
	const struct lockstep_tier *tier[2];
	struct result *r;
	struct node *node;              /* of this file */
	const char *path;
	bool folder;
	struct comparing *k;            /* of a script */
	uint32_t line;                  /* the script's last command */
	uint64_t files, differ, inconclusive, failed, points;
};

/* ---- programs -------------------------------------------------------------------------------- */

static const struct export *exported(const struct comparing *k, uint32_t n, const char *name)
{
	return module_export_kind(k->side[0].modules.data[n - 1].module, str_of(name), EXTERN_FUNC);
}

static bool call_exports(struct comparing *k, uint32_t n)
{
	const struct module *m = k->side[0].modules.data[n - 1].module;

	for (uint32_t i = 0; i < m->nexports && k->lock.verdict == LOCKSTEP_AGREES; i++)
		if (m->exports[i].kind == EXTERN_FUNC)
			comparing_call_func(k, n, m->exports[i].index);
	return true;
}

static bool make_call(struct run *u, struct comparing *k, uint32_t n, struct err *e)
{
	const struct export *init = exported(k, n, "_initialize"), *start = exported(k, n, "_start");
	struct buf text = { 0 };
	enum outcome how;

	if (start && !u->c->invoke) {
		comparing_call_func(k, n, start->index);
		return true;
	}
	if (init && comparing_call_func(k, n, init->index) != OUT_DONE)
		return true;
	if (!u->c->invoke)
		return call_exports(k, n);
	buf_puts(&text, u->c->invoke);
	for (uint32_t i = 0; i < u->c->nargs; i++)
		buf_printf(&text, " %s", u->c->args[i]);
	bool ok = comparing_call(k, str_of_buf(&text), &how, e);
	buf_free(&text);
	return ok;
}

static void run_program(struct run *u, struct comparing *k, struct err *e)
{
	enum outcome how = OUT_DONE;
	uint32_t n;

	if (!comparing_begin(k, u->s, u->tier[0], u->tier[1], true, u->r, u->node, e) || !comparing_load(k, u->path, &n, e))
		return;
	if (comparing_instantiate_as(k, u->s, e) && comparing_instantiate(k, n, &how, e))
		make_call(u, k, n, e);
}

/* ---- scripts --------------------------------------------------------------------------------- */

static void script_begin(void *user, struct ctx *c[2])
{
	struct run *u = user;

	for (int i = 0; i < 2; i++)
		lockstep_join(&u->k->lock, i, c[i]);
}

static enum outcome script_call(void *user, int which, struct func *f, const slot *args, slot *results)
{
	struct run *u = user;

	return lockstep_call(&u->k->lock, which, f, args, results);
}

static bool script_done(void *user, uint32_t line, bool modules)
{
	struct run *u = user;

	u->line = line;
	return u->k->lock.verdict == LOCKSTEP_AGREES && (!modules || lockstep_compare(&u->k->lock));
}

static void script_threads(void *user)
{
	struct run *u = user;

	lockstep_give_up(&u->k->lock, "the script starts threads");
}

static void script_end(void *user)
{
	struct run *u = user;

	lockstep_leave(&u->k->lock, 0);
	lockstep_leave(&u->k->lock, 1);
}

static void run_script(struct run *u, struct comparing *k, struct err *e)
{
	const struct wast_pair pair = { u, script_begin, script_call, script_done, script_threads, script_end };
	struct wast_options o = { .features = u->s->features, .no_guard = u->s->no_guard, .no_fuse = u->s->no_fuse,
		.gc_stress = u->s->gc_stress, .verify_ir = u->s->verify_ir, .tiering = &u->s->tiering };
	struct source *script = source_read(u->path, e);

	if (!script)
		return;
	u->k = k;
	comparing_init(k, u->tier[0], u->tier[1], true, u->r, u->node);
	wast_apply_headers(script, &o.features);
	wast_run_both(script, &o, &pair, e);
	source_free(script);
}

/* ---- a file ---------------------------------------------------------------------------------- */

static bool is_script(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && strcmp(dot, ".wast") == 0;
}

/* A folder's programs get their own names, and nobody reads what they write. */
static void set_up(struct run *u)
{
	struct wasi_config *w = u->s->wasi_config;

	if (!u->folder && !u->s->json)
		return;
	if (!u->c->stdio[1])
		w->stdio[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!u->c->stdio[2] && u->folder)
		w->stdio[2] = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void file_failed(struct run *u, struct err *e)
{
	u->failed++;
	node_str(u->r, u->node, "error", str_of(e->message));
	if (!u->c->quiet)
		render_error(u->s, e);
	err_clear(e);
}

static void show_where(struct run *u, const struct lockstep *l, size_t from)
{
	struct buf rest = { 0 };

	if (l->verdict != LOCKSTEP_DIFFERS)
		return;
	buf_put(&rest, buf_str(&u->r->text) + from, u->r->text.size - from);
	buf_truncate(&u->r->text, from);
	if (is_script(u->path))
		buf_printf(&u->r->text, "%s:%u: ", u->path, u->line);
	else
		buf_printf(&u->r->text, "%s: ", u->path);
	buf_put(&u->r->text, buf_str(&rest), rest.size);
	buf_free(&rest);
}

static void run_file(struct run *u, struct err *e)
{
	struct comparing *k = calloc(1, sizeof *k);
	size_t from = u->r->text.size;

	if (!k) {
		err_oom(e);
		return;
	}
	u->files++;
	if (is_script(u->path))
		run_script(u, k, e);
	else
		run_program(u, k, e);
	const struct lockstep *l = &k->lock;
	u->points += l->points;
	u->differ += l->verdict == LOCKSTEP_DIFFERS;
	u->inconclusive += l->verdict != LOCKSTEP_DIFFERS && l->inconclusive;
	show_where(u, l, from);
	if (!e->code || u->folder) {
		from = u->r->text.size;
		comparing_verdict(k, u->r, u->node);
		if (u->folder)
			buf_truncate(&u->r->text, from);
		if (u->folder && l->inconclusive && l->verdict != LOCKSTEP_DIFFERS && !u->c->quiet)
			buf_printf(&u->r->text, "%s: %s\n", u->path, l->why);
	}
	if (e->code && u->folder)
		file_failed(u, e);
	output_put(&u->s->out, buf_str(&u->r->text), u->s->json ? 0 : u->r->text.size);
	output_flush(&u->s->out);
	buf_reset(&u->r->text);
	comparing_end(k);
	free(k);
}

static void run_files(struct run *u, struct err *e)
{
	struct node *list = u->folder ? node_array(u->r, u->r->root, "files") : NULL;
	cli_paths files = { 0 };

	cli_collect(u->c->file, ".wasm .wat .wast", &files, &u->s->arena, e);
	for (size_t i = 0; i < files.count && !e->code && !(u->differ && !u->c->all); i++) {
		u->path = files.data[i];
		u->node = list ? node_object(u->r, list, NULL) : u->r->root;
		if (list) {
			node_str(u->r, u->node, "file", str_of(u->path));
			((const char **)(uintptr_t)u->s->wasi_config->args)[0] = u->path;
		}
		run_file(u, e);
	}
	vec_free(&files);
	if (!list || e->code)
		return;
	node_bool(u->r, u->r->root, "agreed", !u->differ);
	node_printf(u->r, u->r->root, "points", "%" PRIu64, u->points);
	buf_printf(&u->r->text, "%s, %s: %" PRIu64 " file%s: %" PRIu64 " agree, %" PRIu64 " differ, %" PRIu64 " not compared to the end, %"
		PRIu64 " could not be run; %" PRIu64 " points\n", u->tier[0]->name, u->tier[1]->name, u->files, u->files == 1 ? "" : "s",
		u->files - u->differ - u->inconclusive - u->failed, u->differ, u->inconclusive, u->failed, u->points);
}

static bool read_tiers(struct run *u, struct err *e)
{
	const char *text = u->c->tiers ? u->c->tiers : "unfused,interp", *comma = strchr(text, ',');

	if (!comma)
		return err_set(e, E_USAGE, place_none(), "--tiers needs two of them: A,B, not '%s'", text);
	u->tier[0] = comparing_tier((struct str){ text, (size_t)(comma - text) }, e);
	u->tier[1] = u->tier[0] ? comparing_tier(str_of(comma + 1), e) : NULL;
	return u->tier[1] != NULL;
}

static bool prepare(struct run *u, struct err *e)
{
	if (!u->c->file)
		return err_set(e, E_USAGE, place_none(), "lockstep needs FILE or DIR: modules or specification scripts");
	u->folder = cli_is_folder(u->c->file);
	set_up(u);
	return read_tiers(u, e) && (!u->c->preload.count || session_store(u->s, e)) && cli_preload(u->c, u->s, u->r, e);
}

int cli_lockstep(struct cli *c)
{
	struct err e = { 0 };
	struct session s;
	struct result r;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!result_init(&r))
		return cli_end(&s, STATUS_FAILED);
	struct run u = { .c = c, .s = &s, .r = &r };
	if (prepare(&u, &e))
		run_files(&u, &e);
	if (s.json)
		render_json(&s, STR("lockstep"), STR(""), &r, &e);
	else
		render_text(&s, &r);
	result_free(&r);
	if (e.code)
		return s.json ? cli_end(&s, e.code == E_USAGE ? STATUS_USAGE : STATUS_FAILED) : cli_fail(&s, &e);
	return cli_end(&s, u.differ ? STATUS_DIFFERS : STATUS_OK);
}
