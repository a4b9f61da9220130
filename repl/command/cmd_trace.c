/* Commands: trace and its family. Events are kept in a ring; show, where, diff and save read it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/render.h"
#include "repl/command/tracing.h"
#include "trace/binary.h"
#include "trace/diff.h"
#include "trace/event_fields.h"
#include "trace/query.h"

/* ---- on, off, what is on --------------------------------------------------------------------------------------------------- */

static void show_rule(const struct trace_rule *rule, struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	struct buf kinds = { 0 };

	trace_kinds_print(rule->kinds, &kinds);
	node_str(r, one, "kinds", str_of_buf(&kinds));
	if (rule->filter.text[0])
		node_str(r, one, "filter", str_of(rule->filter.text));
	buf_printf(&r->text, "tracing %s%s%s\n", buf_str(&kinds), rule->filter.text[0] ? " where " : "", rule->filter.text);
	buf_free(&kinds);
}

static void show_ring(const struct trace *t, struct result *r)
{
	node_printf(r, r->root, "count", "%" PRIu64, t->ring.count);
	node_printf(r, r->root, "lost", "%" PRIu64, t->ring.lost);
	buf_printf(&r->text, "%" PRIu64 " event%s", t->ring.count, t->ring.count == 1 ? "" : "s");
	if (t->ring.lost)
		buf_printf(&r->text, ", %" PRIu64 " older ones lost ('set trace-events N' keeps more)", t->ring.lost);
	buf_putc(&r->text, '\n');
}

static bool run_trace(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tracing *t = tracing_get(s, e);

	if (!t)
		return false;
	struct node *list = node_array(r, r->root, "rules");
	for (size_t i = 0; i < t->trace->rules.count; i++)
		show_rule(&t->trace->rules.data[i], r, list);
	if (!t->trace->rules.count)
		buf_puts(&r->text, "tracing nothing: 'trace on call' begins\n");
	show_ring(t->trace, r);
	return true;
}

const struct command cmd_trace = {
	.name = "trace", .group = GROUP_TRACING, .summary = "What is traced, and how many events there are", .run = run_trace,
};

/* The ring is made as large as the option says when tracing begins, and anew when the option was changed. */
static bool size_ring(struct session *s, struct tracing *t, struct err *e)
{
	uint64_t want = s->options.trace_events > 1 + MORE_MAX ? (uint64_t)s->options.trace_events : 1 + MORE_MAX;

	if (t->streams || want == t->trace->ring_size)
		return true;
	t->trace->ring_size = want;
	vec_clear(&t->runs);
	return !t->trace->ring.at || ring_resize(&t->trace->ring, want) ||
		err_set(e, E_NO_MEMORY, place_none(), "no memory for a trace of %d events", s->options.trace_events);
}

static bool run_on(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tracing *t = tracing_get(s, e);
	struct trace_rule rule;

	if (!t || !size_ring(s, t, e) || !tracing_rule(arg_get(a, "list")->text, arg_get(a, "filter")->text, &rule, e) ||
		!trace_on(t->trace, &rule, e))
		return false;
	show_rule(&vec_last(&t->trace->rules), r, node_array(r, r->root, "rules"));
	return true;
}

const struct command cmd_trace_on = {
	.name = "trace on", .group = GROUP_TRACING, .summary = "Record events of some kinds, everywhere or where conditions hold",
	.doc = "Kinds: call exec mem branch host gc trap tier jit, separated by commas, or all. FILTER is any of these, all of which must hold:\n"
		"  $fac  #12  3..17  /^str/          a function: by name, index, range of indices, pattern\n"
		"  i32.store  i32.*                  an instruction\n"
		"  addr in 0x100..0x1ff              bytes of memory that are touched\n"
		"  op=  func=  inst=  thread=  depth<  step in A..B  value=  offset=   and != <= > >=\n"
		"Every trace on adds to what is traced. call and host leave the guest at full speed but for the calls themselves;\n"
		"the other kinds run it one instruction at a time. docs/tracing.md has recipes.\n",
	.example = "trace on mem op=i32.store addr in 0x100..0x1ff",
	.args = (const struct arg_spec[]){
		{ "list", ARG_WORD, 0, "kinds of events, separated by commas: call exec mem branch host gc trap tier jit", NULL },
		{ "filter", ARG_REST, ARG_OPTIONAL, "conditions that events must meet", NULL }, { 0 } },
	.run = run_on,
};

static bool run_off(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *list = arg_get(a, "list");
	struct tracing *t = tracing_get(s, e);
	struct trace_rule which;

	if (!t || !tracing_rule(list->given ? list->text : STR("all"), STR(""), &which, e))
		return false;
	filter_free(&which.filter);
	return trace_off(t->trace, which.kinds, e);
}

const struct command cmd_trace_off = {
	.name = "trace off", .group = GROUP_TRACING, .summary = "Record these kinds no longer, or nothing at all",
	.doc = "Events that were recorded stay.\n",
	.args = (const struct arg_spec[]){ { "list", ARG_WORD, ARG_OPTIONAL, "kinds of events, separated by commas", NULL }, { 0 } },
	.run = run_off,
};

static bool run_clear(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tracing *t = tracing_get(s, e);

	if (!t)
		return false;
	trace_clear(t->trace);
	vec_clear(&t->runs);
	return true;
}

const struct command cmd_trace_clear = {
	.name = "trace clear", .group = GROUP_TRACING, .summary = "Forget the events recorded so far", .run = run_clear,
};

/* ---- events in results -------------------------------------------------------------------------------------------------------- */

struct into {
	struct tracing *t;
	struct result *r;
	struct node *object;
};

static void add_text(void *user, const char *key, struct str v)
{
	struct into *to = user;

	node_str(to->r, to->object, key, v);
}

static void add_number(void *user, const char *key, int64_t v)
{
	struct into *to = user;

	node_int(to->r, to->object, key, v);
}

static void add_values(void *user, const char *key, const struct event_values *v)
{
	struct into *to = user;
	struct node *list = node_array(to->r, to->object, key);
	struct buf b = { 0 };

	for (unsigned i = 0; i < v->n; i++) {
		struct node *one = node_object(to->r, list, NULL);
		buf_reset(&b);
		valtype_print(v->v[i].type, NULL, &b);
		node_str(to->r, one, "type", str_of_buf(&b));
		buf_reset(&b);
		event_print_value(&to->t->trace->places, v->v[i], &b);
		node_str(to->r, one, "value", str_of_buf(&b));
	}
	buf_free(&b);
}

static void put_event(struct session *s, const struct trace_event *e, struct trace_writer *w, struct result *r, struct node *list)
{
	bool tree = s->json || s->scripted;
	struct into to = { s->tracing, r, tree ? node_object(r, list, NULL) : NULL };
	struct field_visitor visitor = { &to, add_text, add_number, add_values };
	uint64_t words[2 + EVENT_WORDS * MORE_MAX];
	unsigned n = trace_event_words_kept(e);

	for (unsigned i = 0; i < n; i++)
		words[i] = trace_event_word(e, i);
	if (tree)
		event_fields(w->places, e, words, n, &visitor);
	if (!s->json)
		writer_event(w, e, words, n);
}

enum { SHOWN = 50 };            /* events, unless a number is given */

static bool some_events(const struct tracing *t, struct err *e)
{
	if (t->trace->ring.count)
		return true;
	err_set(e, E_USAGE, place_none(), "no events were recorded");
	if (!t->trace->rules.count)
		err_hint(e, "trace on call");
	return false;
}

/* The place in the ring where the last N events begin. */
static uint64_t last_events(const struct ring *ring, uint64_t n)
{
	uint64_t at = ring->first;

	for (uint64_t skip = ring->count > n ? ring->count - n : 0; skip > 0; skip--)
		ring_next(ring, &at);
	return at;
}

static bool run_show(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *n = arg_get(a, "count");
	struct tracing *t = tracing_get(s, e);
	const struct trace_event *ev;
	struct trace_writer w;

	if (!t || !some_events(t, e))
		return false;
	const struct ring *ring = &t->trace->ring;
	uint64_t at = last_events(ring, n->given ? (uint64_t)n->number : SHOWN);
	struct node *list = node_array(r, r->root, "events");
	writer_begin(&w, &format_text, &t->trace->places, &r->text, s->color && s->terminal);
	if (at != ring->first)
		buf_printf(&r->text, "%10s  %" PRIu64 " events before; 'trace show %" PRIu64 "' shows all\n", "…", ring->count -
			(n->given ? (uint64_t)n->number : SHOWN), ring->count);
	while ((ev = ring_next(ring, &at)))
		put_event(s, ev, &w, r, list);
	writer_end(&w);
	node_printf(r, r->root, "count", "%" PRIu64, ring->count);
	node_printf(r, r->root, "lost", "%" PRIu64, ring->lost);
	return true;
}

const struct command cmd_trace_show = {
	.name = "trace show", .group = GROUP_TRACING, .summary = "The last events, indented by calls",
	.doc = "A line for each: the instruction clock (as step and goto count), what happened, indented by the calls around it.\n",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many; 50 when left out", NULL }, { 0 } },
	.run = run_show,
};

/* ---- where ------------------------------------------------------------------------------------------------------------------------- */

struct found_events {
	struct session *s;
	struct trace_writer w;
	struct result *r;
	struct node *list;
	unsigned shown;
};

static void put_found(void *user, const struct trace_event *e)
{
	struct found_events *f = user;

	if (f->shown++ < SHOWN || f->s->scripted)
		put_event(f->s, e, &f->w, f->r, f->list);
}

static bool run_where(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tracing *t = tracing_get(s, e);
	struct found_events to = { .s = s, .r = r };
	uint64_t found, all;
	struct filter f;

	if (!t || !some_events(t, e) || !filter_parse(&f, arg_get(a, "condition")->text, e))
		return false;
	to.list = node_array(r, r->root, "events");
	writer_begin(&to.w, &format_text, &t->trace->places, &r->text, s->color && s->terminal);
	bool ok = ring_query(&t->trace->ring, &t->trace->places, &f, put_found, &to, &found) || err_oom(e);
	writer_end(&to.w);
	filter_free(&f);
	all = t->trace->ring.count;
	node_printf(r, r->root, "found", "%" PRIu64, found);
	node_printf(r, r->root, "of", "%" PRIu64, all);
	if (found > SHOWN)
		buf_printf(&r->text, "%10s  %" PRIu64 " more\n", "…", found - SHOWN);
	buf_printf(&r->text, "%" PRIu64 " of %" PRIu64 " events\n", found, all);
	return ok;
}

const struct command cmd_trace_where = {
	.name = "trace where", .group = GROUP_TRACING, .summary = "The events that meet conditions: the first 50, and how many",
	.doc = "Conditions are those of trace on: op=i32.store addr in 0x100..0x1ff value=0 thread=2 call $fac step in 10..20.\n",
	.example = "trace where op=i32.store addr in 0x100..0x1ff",
	.args = (const struct arg_spec[]){ { "condition", ARG_REST, 0, "conditions that events must meet", NULL }, { 0 } },
	.run = run_where,
};

/* ---- diff ---------------------------------------------------------------------------------------------------------------------------- */

/* A number of a call made at the prompt, or a file. */
static bool take_side(struct tracing *t, struct str name, struct trace_run *out, struct places *p, struct ring *ring,
	struct err *e)
{
	const struct ring *own = &t->trace->ring;
	int64_t n;

	if (!str_number(name, &n)) {
		if (!trace_load(name.p, p, ring, e))
			return false;
		*out = (struct trace_run){ p, ring, 0, ring->next };
		return true;
	}
	if (n < 1 || (uint64_t)n > t->runs.count)
		return err_set(e, E_USAGE, place_none(), "no traced call %" PRId64 ": there %s %zu", n, t->runs.count == 1 ? "is" : "are",
			t->runs.count);
	uint64_t from = t->runs.data[n - 1], to = (uint64_t)n < t->runs.count ? t->runs.data[n] : own->next;
	if (from < own->first)
		return err_set(e, E_LIMIT, place_none(), "the trace of call %" PRId64 " is not whole any more; 'set trace-events N' keeps more",
			n);
	*out = (struct trace_run){ &t->trace->places, own, from, to };
	return true;
}

static void show_diff(const struct trace_diff *d, const struct buf *text, struct result *r)
{
	bool same = !d->hunks;

	node_bool(r, r->root, "same", same);
	node_printf(r, r->root, "common", "%" PRIu64, d->common);
	node_printf(r, r->root, "a", "%" PRIu64, d->events[0]);
	node_printf(r, r->root, "b", "%" PRIu64, d->events[1]);
	if (same) {
		buf_printf(&r->text, "the same: %" PRIu64 " events\n", d->events[0]);
		return;
	}
	node_printf(r, r->root, "only_a", "%" PRIu64, d->only[0]);
	node_printf(r, r->root, "only_b", "%" PRIu64, d->only[1]);
	node_bool(r, r->root, "parted", d->parted);
	node_str(r, r->root, "text", str_of_buf(text));
	buf_printf(&r->text, "%" PRIu64 " event%s in common, then they differ:\n", d->common, d->common == 1 ? "" : "s");
	buf_put(&r->text, buf_str(text), text->size);
	if (d->hunks > DIFF_HUNKS)
		buf_printf(&r->text, "  … %u more differences\n", d->hunks - DIFF_HUNKS);
	buf_printf(&r->text, "%" PRIu64 " events only in A, %" PRIu64 " only in B; A has %" PRIu64 ", B %" PRIu64 "%s\n", d->only[0],
		d->only[1], d->events[0], d->events[1], d->parted ? "; they do not come together again" : "");
}

static bool run_diff(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tracing *t = tracing_get(s, e);
	struct places places[2] = { 0 };
	struct ring rings[2] = { 0 };
	struct trace_run runs[2];
	struct trace_diff d;
	struct buf text = { 0 };

	bool ok = t && take_side(t, arg_get(a, "a")->text, &runs[0], &places[0], &rings[0], e) &&
		take_side(t, arg_get(a, "b")->text, &runs[1], &places[1], &rings[1], e);
	if (ok && (ok = trace_diff(&runs[0], &runs[1], &d, &text) || err_oom(e)))
		show_diff(&d, &text, r);
	for (int i = 0; i < 2; i++) {
		places_free(&places[i]);
		ring_free(&rings[i]);
	}
	buf_free(&text);
	return ok;
}

const struct command cmd_trace_diff = {
	.name = "trace diff", .group = GROUP_TRACING, .summary = "Where two traced calls part, and where they come together again",
	.doc = "A and B are numbers of the calls that were traced, from 1 (trace clear begins anew), or files that trace save wrote\n"
		"(FILE.wtrace). Compared is what happened and where, not the clock. Lines with - are only in A, with + only in B.\n",
	.example = "trace diff 1 2",
	.args = (const struct arg_spec[]){
		{ "a", ARG_FILE, 0, "number of a traced call, or a file of trace save", NULL },
		{ "b", ARG_FILE, 0, "the other one", NULL }, { 0 } },
	.run = run_diff,
};

/* ---- save -------------------------------------------------------------------------------------------------------------------------- */

static bool write_events(const struct tracing *t, struct output *o, const struct trace_format *f)
{
	const struct ring *ring = &t->trace->ring;
	const struct trace_event *e;
	struct trace_writer w;
	struct buf b = { 0 };
	enum { PIECE = 1 << 20 };

	writer_begin(&w, f, &t->trace->places, &b, false);
	for (uint64_t at = ring->first; (e = ring_next(ring, &at));) {
		uint64_t words[2 + EVENT_WORDS * MORE_MAX];
		unsigned n = trace_event_words_kept(e);
		for (unsigned i = 0; i < n; i++)
			words[i] = trace_event_word(e, i);
		writer_event(&w, e, words, n);
		if (b.size < PIECE)
			continue;
		output_put(o, buf_str(&b), b.size);
		w.flushed += b.size;
		buf_reset(&b);
	}
	writer_end(&w);
	output_put(o, buf_str(&b), b.size);
	bool ok = !b.failed;
	buf_free(&b);
	return ok;
}

static bool run_save(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const char *path = arg_get(a, "file")->text.p;
	struct tracing *t = tracing_get(s, e);

	if (!t || !some_events(t, e))
		return false;
	const struct trace_format *f = trace_format_of(path);
	struct output o = { .fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) };
	if (o.fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	bool whole = write_events(t, &o, f) || err_oom(e);
	bool written = output_flush(&o);
	output_free(&o);
	if (close(o.fd) < 0 || !written)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(o.error ? o.error : errno));
	node_str(r, r->root, "file", str_of(path));
	node_str(r, r->root, "format", str_of(f->name));
	node_printf(r, r->root, "count", "%" PRIu64, t->trace->ring.count);
	buf_printf(&r->text, "%" PRIu64 " events in %s (%s)\n", t->trace->ring.count, path, f->name);
	return whole;
}

const struct command cmd_trace_save = {
	.name = "trace save", .group = GROUP_TRACING, .summary = "Write the events to a file, in the form that its name asks for",
	.doc = "FILE.txt     text, as trace show prints it\n"
		"FILE.jsonl   JSON lines, an object for each event\n"
		"FILE.json    for chrome://tracing and ui.perfetto.dev: calls as slices, 1 us for 1 instruction\n"
		"FILE.folded  stacks with instruction counts, for flame graphs (needs call events)\n"
		"FILE.wtrace  for trace diff in another session\n",
	.example = "trace save run.json",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "where to", NULL }, { 0 } },
	.run = run_save,
};
