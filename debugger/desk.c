/* The host-call desk; see desk.h. Answers change only while the guest is stopped, but for those that were for one call. */
#include "debugger/desk.h"

#include <stdlib.h>
#include <string.h>

static bool is_for(const struct desk_answer *a, const char *module, const char *name)
{
	return strcmp(a->module, module ? module : "") == 0 && strcmp(a->name, name ? name : "") == 0;
}

static void remove_answer(struct desk *d, size_t i)
{
	struct desk_answer *a = &d->answers.data[i];

	free(a->module);
	free(a->name);
	free(a->results);
	*a = vec_pop(&d->answers);
}

/* One for this very call comes before those for all. */
static size_t find(const struct desk *d, const struct func *f, const struct ctx *c)
{
	size_t found = d->answers.count;

	for (size_t i = 0; i < d->answers.count; i++) {
		const struct desk_answer *a = &d->answers.data[i];
		if (is_for(a, f->host_module, f->host_name) && (a->ctx == c || (!a->ctx && found == d->answers.count)))
			found = i;
	}
	return found;
}

const struct desk_answer *desk_find(const struct desk *d, const struct func *f, const struct ctx *c)
{
	size_t i = find(d, f, c);

	return i < d->answers.count ? &d->answers.data[i] : NULL;
}

/* Threads may be here at once: the list is under the store's lock. */
static enum outcome answer(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct desk *d = g->user;
	bool given = false;

	pthread_mutex_lock(&c->store->lock);
	size_t i = find(d, f, c);
	if (i < d->answers.count) {
		const struct desk_answer *a = &d->answers.data[i];
		given = a->kind == DESK_VALUES && a->nresults == f->type->result_slots;
		if (given)
			memcpy(results, a->results, a->nresults * sizeof *results);
		if (a->ctx)
			remove_answer(d, i);
	}
	pthread_mutex_unlock(&c->store->lock);
	return given ? OUT_DONE : host_gate_next(g->next, c, f, args, results);
}

void desk_follow(struct desk *d, struct store *s)
{
	d->asking = NULL;
	for (size_t i = d->answers.count; i-- > 0;)
		if (d->answers.data[i].ctx)
			remove_answer(d, i);
	d->store = NULL;
	if (!s || !d->answers.count)
		return;
	d->gate = (struct host_gate){ .order = GATE_DESK, .user = d, .call = answer };
	store_add_gate(s, &d->gate);
	d->store = s;
}

bool desk_set(struct desk *d, struct store *s, const char *module, const char *name, const struct ctx *c,
	enum desk_kind kind, const slot *results, uint32_t n)
{
	struct desk_answer a = {
		.kind = kind, .ctx = c, .nresults = n, .module = strdup(module), .name = strdup(name),
		.results = calloc(n + 1u, sizeof(slot)),
	};

	for (size_t i = d->answers.count; i-- > 0;)
		if (d->answers.data[i].ctx == c && is_for(&d->answers.data[i], module, name))
			remove_answer(d, i);
	if (!a.module || !a.name || !a.results || !vec_push(&d->answers, a)) {
		free(a.module);
		free(a.name);
		free(a.results);
		return false;
	}
	if (n)
		memcpy(a.results, results, n * sizeof *results);
	if (s && d->store != s) {
		d->gate = (struct host_gate){ .order = GATE_DESK, .user = d, .call = answer };
		store_add_gate(s, &d->gate);
		d->store = s;
	}
	return true;
}

uint32_t desk_forget(struct desk *d, const char *module, const char *name)
{
	uint32_t n = 0;

	for (size_t i = d->answers.count; i-- > 0;)
		if (!name || is_for(&d->answers.data[i], module, name)) {
			remove_answer(d, i);
			n++;
		}
	if (!d->answers.count && d->store) {
		store_remove_gate(d->store, &d->gate);
		d->store = NULL;
	}
	return n;
}

void desk_free(struct desk *d)
{
	while (d->answers.count)
		remove_answer(d, d->answers.count - 1);
	vec_free(&d->answers);
}
