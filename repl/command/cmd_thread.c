/*
 * Commands: info threads, thread, thread apply. Threads are the contexts of the store, numbered from 1. All stand still
 * while the guest is stopped, so each can be looked at, and the selected one steps (debugger/threads.h).
 */
#include <stdlib.h>

#include "debugger/site.h"
#include "debugger/trap_report.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"

static int by_number(const void *a, const void *b)
{
	const struct ctx *x = *(struct ctx *const *)a, *y = *(struct ctx *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t number_of(const struct ctx *c)
{
	return c->number ? c->number : 1;
}

/* The contexts by number, in R's memory. */
static struct ctx **list_threads(struct session *s, struct result *r, size_t *n)
{
	*n = s->store ? s->store->contexts.count : 0;
	struct ctx **list = arena_array(&r->arena, *n + 1, sizeof *list);
	if (!list)
		*n = 0;
	for (size_t i = 0; i < *n; i++)
		list[i] = s->store->contexts.data[i];
	if (*n)
		qsort(list, *n, sizeof *list, by_number);
	return list;
}

/*
 * Whether C, whose turn it is not, stands at memory.atomic.wait: there it waits, also in the past, where nothing is kept of how long.
 */
static bool at_wait(const struct session *s, const struct ctx *c)
{
	struct frame f;

	struct site at;
	struct err ignored = { 0 };

	if (c == s->ctx || !s->store->turns || !frame_at(c, 0, &f) || !f.inst)
		return false;
	return site_at(f.inst->module, f.func->index, f.offset, &at, &ignored) &&
		(at.op == OP_MEMORY_ATOMIC_WAIT32 || at.op == OP_MEMORY_ATOMIC_WAIT64);
}

static const char *state_of(const struct session *s, const struct ctx *c)
{
	if (!c->depth)
		return "idle";
	if (atomic_load(&c->gone))
		return "ended";
	return c->waits || at_wait(s, c) ? "waiting" : c->running && c->host ? "in the host" : "stopped";
}

static void show_thread(struct session *s, struct ctx *c, struct result *r, struct node *one)
{
	const char *state = state_of(s, c);
	struct frame f;

	buf_printf(&r->text, "%c %u  %s", c == s->ctx ? '*' : ' ', number_of(c), state);
	node_int(r, one, "number", number_of(c));
	node_str(r, one, "state", str_of(state));
	if (frame_at(c, 0, &f)) {
		buf_puts(&r->text, " in ");
		show_frame_words(s, &f, &r->text);
		show_place(&f, r, one);
	}
	buf_putc(&r->text, '\n');
}

static bool run_info_threads(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct node *list = node_array(r, r->root, "threads");
	size_t n;
	struct ctx **threads = list_threads(s, r, &n);

	for (size_t i = 0; i < n; i++)
		show_thread(s, threads[i], r, node_object(r, list, NULL));
	if (!n)
		buf_puts(&r->text, "no threads: nothing is instantiated\n");
	return true;
}

const struct command cmd_info_threads = {
	.name = "info threads", .group = GROUP_STATE, .summary = "List the guest's threads and where they are",
	.run = run_info_threads,
};

/* ---- selecting ------------------------------------------------------------------------------- */

struct ctx *thread_main(const struct session *s)
{
	return s->main_ctx ? s->main_ctx : s->ctx;
}

void thread_select(struct session *s, struct ctx *c)
{
	struct ctx *first = thread_main(s);

	s->main_ctx = c == first ? NULL : first;
	s->ctx = c;
	s->frame = s->frame_call = 0;
	if (s->dbg)
		dbg_select(s->dbg, c);
}

void thread_select_main(struct session *s)
{
	if (s->main_ctx)
		thread_select(s, s->main_ctx);
}

static struct ctx *find_thread(struct session *s, int64_t number, struct result *r, struct err *e)
{
	size_t n;
	struct ctx **threads = list_threads(s, r, &n);

	for (size_t i = 0; i < n; i++)
		if (number_of(threads[i]) == number)
			return threads[i];
	err_set(e, E_UNKNOWN_NAME, place_none(), "no thread %lld", (long long)number);
	err_hint(e, "info threads");
	return NULL;
}

static bool run_thread(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *number = arg_get(a, "number");
	struct ctx *c = number->given ? find_thread(s, number->number, r, e) : s->ctx;

	if (!c)
		return false;
	if (c != s->ctx)
		thread_select(s, c);
	show_thread(s, c, r, r->root);
	return true;
}

const struct command cmd_thread = {
	.name = "thread", .group = GROUP_STATE, .summary = "Show the selected thread, or select another to look at",
	.doc = "backtrace, info locals, print and the like then mean that thread, and step, next, finish move it.\n"
		"The others run meanwhile unless scheduler-locking says otherwise; a thread that stops is selected.\n",
	.args = (const struct arg_spec[]){ { "number", ARG_NUMBER, ARG_OPTIONAL, "as info threads says", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_thread,
};

/* "all CMD", "2 CMD", "2 3 CMD": the threads, in OUT, and the command. */
static bool read_list(struct session *s, struct str text, struct ctx **out, size_t *n, struct str *command, struct result *r,
	struct err *e)
{
	struct str rest = text;
	int64_t number;
	size_t all;
	struct ctx **threads = list_threads(s, r, &all);

	*n = 0;
	for (*command = text; rest.n; *command = str_trim(rest)) {
		struct str word = line_word(&rest);
		if (str_is(word, "all")) {
			memcpy(out, threads, all * sizeof *out);
			*n = all;
			continue;
		}
		if (!str_number(word, &number))
			break;
		struct ctx *c = find_thread(s, number, r, e);
		if (!c)
			return false;
		if (*n < all)
			out[(*n)++] = c;
	}
	return (*n && command->n) || err_set(e, E_USAGE, place_none(), "thread apply: 'all' or numbers, then a command");
}

static bool run_thread_apply(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct ctx *selected = s->ctx;
	struct ctx **threads = arena_array(&r->arena, s->store->contexts.count + 1, sizeof *threads);
	uint32_t frame = s->frame, call = s->frame_call;
	struct str line, rest;
	size_t n;

	if (!threads)
		return err_oom(e);
	if (!read_list(s, arg_get(a, "what")->text, threads, &n, &line, r, e))
		return false;
	const struct command *c = command_find(s, line, &rest, e);
	if (c && c->flags & CMD_RUNS_GUEST)
		return err_set(e, E_USAGE, place_none(), "%s runs the guest, and with it all threads", c->name);
	bool ok = c != NULL;
	for (size_t i = 0; i < n && ok; i++) {
		thread_select(s, threads[i]);
		buf_printf(&r->text, "thread %u:\n", number_of(threads[i]));
		ok = session_line(s, line, r, e);
	}
	thread_select(s, selected);
	s->frame = frame;
	s->frame_call = call;
	return ok;
}

const struct command cmd_thread_apply = {
	.name = "thread apply", .group = GROUP_STATE, .summary = "Carry out a command for every thread, or for some",
	.doc = "thread apply all CMD, or numbers of threads and a command.\n",
	.example = "thread apply all backtrace",
	.args = (const struct arg_spec[]){ { "what", ARG_REST, 0, "all or numbers, then what to do for each", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_thread_apply,
};
