/* Commands: reduce, repro write. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "debugger/repro.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/comparing.h"
#include "repl/command/interrupt.h"
#include "wat/wat.h"

/* ---- reduce ---------------------------------------------------------------------------------- */

#define REDUCE_NS ((int64_t)60 * 1000000000)

struct reducing {
	struct session *s;
	struct compared *x;
	int64_t until;
	bool interrupted;
};

/* Whether the tiers differ in a module of this text. */
static bool text_differs(void *user, struct str text)
{
	struct reducing *g = user;
	struct comparing *k = calloc(1, sizeof *k);
	struct err e = { 0 };
	enum outcome how;
	struct result r;
	uint32_t n;

	if (!k || !result_init(&r)) {
		free(k);
		return false;
	}
	if (comparing_begin_text(k, g->s, g->x->a, g->x->b, g->x->clocked, text, &r, &n, &e)) {
		k->lock.fuel = g->x->clocked ? 2 * g->x->steps + 100000 : 0;
		for (int i = 0; i < 2; i++)
			k->side[i].timeout_ns = 2000000000;
		if (comparing_instantiate(k, n, &how, &e))
			comparing_call(k, str_of(g->x->call), &how, &e);
	}
	g->interrupted |= k->lock.interrupted;
	bool differs = k->lock.verdict == LOCKSTEP_DIFFERS;
	comparing_end(k);
	result_free(&r);
	free(k);
	return differs;
}

static bool enough(void *user)
{
	const struct reducing *g = user;

	return g->interrupted || interrupt_seen() || clock_now_ns() > g->until;
}

/* The module's text again, as it is printed: what was left out has left holes. */
static void print_again(struct reducing *g, struct buf *text)
{
	struct err e = { 0 };
	struct buf again = { 0 };
	struct source *src = source_copy("repro.wat", buf_str(text), text->size, &e);
	struct module *m = src ? wat_load_take(g->s->engine, src, &g->s->features, &e) : NULL;

	if (m && repro_text(m, &again, &e) && text_differs(g, str_of_buf(&again))) {
		buf_reset(text);
		buf_put(text, buf_str(&again), again.size);
	}
	module_free(m);
	buf_free(&again);
}

static bool reduce_text(struct reducing *g, struct buf *text, struct err *e)
{
	struct repro r = { .holds = text_differs, .enough = enough, .user = g };
	struct buf alone = { 0 };

	if (!text_differs(g, str_of_buf(text)))
		return err_set(e, E_UNSUPPORTED, place_none(), "the tiers do not differ when the module runs alone, without what the host granted "
			"and other modules: it cannot be reduced");
	repro_without_host(str_of_buf(text), &alone);
	if (text_differs(g, str_of_buf(&alone))) {
		buf_reset(text);
		buf_put(text, buf_str(&alone), alone.size);
	}
	buf_free(&alone);
	if (!repro_reduce(&r, text))
		return err_oom(e);
	print_again(g, text);
	g->x->tries = r.tries;
	return true;
}

static bool reduce(struct session *s, struct err *e)
{
	struct compared *x = s->compared;
	struct reducing g = { .s = s, .x = x, .until = clock_now_ns() + REDUCE_NS };
	struct buf text = { 0 };

	if (!x)
		return err_set(e, E_HISTORY, place_none(), "nothing differed yet: 'lockstep A B F(ARGS)' or 'compare' comes first");
	const struct module *m = s->modules.data[x->module - 1].module;
	if (!m)
		return err_no_module(e);
	output_flush(&s->out);
	interrupt_script_enter();
	bool ok = repro_text(m, &text, e);
	x->of = repro_size(str_of_buf(&text));
	ok = ok && reduce_text(&g, &text, e);
	interrupt_script_leave();
	x->instructions = repro_size(str_of_buf(&text));
	if (ok) {
		free(x->text);
		x->text = buf_take(&text);
		ok = x->text || err_oom(e);
	}
	buf_free(&text);
	return ok;
}

static void show_reduced(const struct compared *x, struct result *r)
{
	node_int(r, r->root, "instructions", x->instructions);
	node_int(r, r->root, "of", x->of);
	node_printf(r, r->root, "tries", "%" PRIu64, x->tries);
	buf_printf(&r->text, "%u instruction%s of %u show it, after %" PRIu64 " tries\n", x->instructions, x->instructions == 1 ? "" : "s",
		x->of, x->tries);
}

static bool run_reduce(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!reduce(s, e))
		return false;
	show_reduced(s->compared, r);
	node_str(r, r->root, "text", str_of(s->compared->text));
	buf_puts(&r->text, s->compared->text);
	return true;
}

const struct command cmd_reduce = {
	.name = "reduce", .group = GROUP_COMPARING, .summary = "Make the module small in which the last comparison differed",
	.doc = "Functions, fields and instructions are left out as long as the tiers still differ, for at most a minute; C-c ends it with\n"
		"what was reached. 'repro write FILE' writes the module.\n",
	.example = "reduce",
	.flags = CMD_NEEDS_MODULE, .run = run_reduce,
};

/* ---- repro write ----------------------------------------------------------------------------- */

/* TEXT as one word of a shell. */
static void put_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *text);
	buf_putc(out, '\'');
}

static void put_repro(const struct compared *x, const char *path, struct buf *out)
{
	const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	buf_printf(out, ";; wrench lockstep --tiers %s,%s --invoke ", x->a->name, x->b->name);
	put_quoted(x->call, out);
	buf_printf(out, " %s\n;; exits with status 3 while %s and %s differ.\n%s", file, x->a->name, x->b->name, x->text);
}

static bool write_file(const char *path, const struct buf *b, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	struct output o = { .fd = fd };
	output_put(&o, buf_str(b), b->size);
	bool ok = output_flush(&o);
	output_free(&o);
	return (close(fd) == 0 && ok) || err_set(e, E_IO, place_none(), "%s could not be written", path);
}

static bool run_repro_write(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const char *path = arg_get(a, "file")->text.p;
	struct buf b = { 0 };

	if ((!s->compared || !s->compared->text) && !reduce(s, e))
		return false;
	put_repro(s->compared, path, &b);
	bool ok = write_file(path, &b, e);
	buf_free(&b);
	if (!ok)
		return false;
	node_str(r, r->root, "file", str_of(path));
	show_reduced(s->compared, r);
	return true;
}

const struct command cmd_repro_write = {
	.name = "repro write", .group = GROUP_COMPARING, .summary = "Write a small module that shows how the tiers differ",
	.doc = "Its first line is the command that shows it, and exits with status 3 while it does. What 'reduce' has left is written;\n"
		"it is done first when it was not.\n",
	.example = "repro write bug.wat",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "the file to write, .wat", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_repro_write,
};

const struct command cmd_repro = {
	.name = "repro", .group = GROUP_COMPARING, .summary = "Small modules that show how tiers differ: repro write",
	.flags = CMD_FAMILY, .run = command_family_run,
};
