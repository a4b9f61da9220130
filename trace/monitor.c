/* Switching monitors and what they share; see monitor.h. */
#include "trace/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "trace/tally.h"

#define MONITOR(x) extern const struct monitor_info monitor_##x;
#include "trace/monitors.def"

const struct monitor_info *const monitors[] = {
#define MONITOR(x) &monitor_##x,
#include "trace/monitors.def"
	NULL
};

static void on_event(void *user, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	struct monitor *m = user;

	m->info->event(m, e, values, words);
}

struct monitor *monitor_new(struct trace *t, const struct monitor_info *i)
{
	struct monitor *m = calloc(1, sizeof *m);

	if (!m || !(m->state = calloc(1, i->state ? i->state : 1))) {
		free(m);
		return NULL;
	}
	m->info = i;
	m->trace = t;
	m->listener = (struct trace_listener){
		.user = m, .kinds = i->kinds, .counts = i->counts, .event = i->event ? on_event : NULL,
	};
	return m;
}

static void clear(struct monitor *m)
{
	if (m->info->clear)
		m->info->clear(m->state);
	memset(m->state, 0, m->info->state ? m->info->state : 1);
	vec_clear(&m->before);
	vec_clear(&m->counted);
}

void monitor_free(struct monitor *m)
{
	if (!m)
		return;
	monitor_off(m);
	clear(m);
	vec_free(&m->before);
	vec_free(&m->counted);
	free(m->state);
	free(m);
}

bool monitor_on(struct monitor *m, struct err *e)
{
	size_t n = m->trace->counts.count;

	monitor_off(m);
	clear(m);
	if (m->info->counts && n) {
		if (!vec_reserve(&m->before, n))
			return err_oom(e);
		memcpy(m->before.data, m->trace->counts.data, n * sizeof *m->before.data);
		m->before.count = n;
	}
	m->on = trace_listen(m->trace, &m->listener, e);
	return m->on;
}

void monitor_off(struct monitor *m)
{
	size_t n = m->trace->counts.count;

	if (!m->on)
		return;
	m->on = false;
	trace_unlisten(m->trace, &m->listener);
	if (!m->info->counts || !n || !vec_reserve(&m->counted, n))
		return;
	memcpy(m->counted.data, m->trace->counts.data, n * sizeof *m->counted.data);
	m->counted.count = n;
}

void monitor_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	m->info->show(m, ask, out);
}

uint64_t monitor_count(const struct monitor *m, uint32_t place)
{
	uint64_t before = place < m->before.count ? m->before.data[place] : 0;

	if (m->on)
		return place < m->trace->counts.count ? m->trace->counts.data[place] - before : 0;
	return place < m->counted.count ? m->counted.data[place] - before : 0;
}

void monitor_know_all(struct monitor *m)
{
	const struct store *s = m->trace->store;

	for (size_t i = 0; s && i < s->instances.count; i++) {
		const struct instance *in = s->instances.data[i];
		for (uint32_t f = in->module->nimported_funcs; f < in->module->nfuncs; f++)
			places_all_of(&m->trace->places, in->funcs[f]);
	}
}

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

void ranked_sort(struct ranked *r, size_t n)
{
	if (n)
		qsort(r, n, sizeof *r, by_value);
}

/* ---- cells ------------------------------------------------------------------------------------------------------------------ */

static void put_buf(struct report *r, struct sheet *t, struct buf *b)
{
	sheet_put_copy(r, t, str_of_buf(b));
	buf_free(b);
}

void put_place(struct report *r, struct sheet *t, const struct places *p, uint32_t place)
{
	struct buf b = { 0 };

	place_print(p, place, &b);
	put_buf(r, t, &b);
}

void put_func(struct report *r, struct sheet *t, const struct places *p, uint32_t func)
{
	struct buf b = { 0 };

	place_print_func(p, &p->funcs.data[func], &b);
	put_buf(r, t, &b);
}

void put_instr(struct report *r, struct sheet *t, const struct places *p, uint32_t place)
{
	struct buf b = { 0 };

	place_print_instr(p, place, &b);
	put_buf(r, t, &b);
}

void put_line(struct report *r, struct sheet *t, const struct places *p, uint32_t place, const struct line_source *lines)
{
	const struct place_info *x = &p->all.data[place];
	const struct module *m = p->funcs.data[x->func].module;
	struct buf b = { 0 };
	struct line_at at;

	if (!m || !lines->at || !lines->at(lines->user, m, x->offset, &at)) {
		sheet_put_absent(t);
		return;
	}
	buf_escaped(&b, at.file, strlen(at.file), false);
	buf_printf(&b, ":%u", at.line);
	put_buf(r, t, &b);
}

void put_tallies(struct report *out, struct sheet *t, const struct places *p, const struct tally *counts, const struct ranked *r,
	size_t n, const struct monitor_ask *ask)
{
	for (size_t i = 0; i < n && i < ask->rows; i++) {
		const struct tally_row *row = tally_find(counts, r[i].key);
		sheet_put_number(t, row->a);
		sheet_put_number(t, row->b);
		put_instr(out, t, p, r[i].key);
		put_line(out, t, p, r[i].key, &ask->lines);
		put_place(out, t, p, r[i].key);
	}
	t->hidden = n > ask->rows ? n - ask->rows : 0;
}
