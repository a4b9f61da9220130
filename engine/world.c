/* Stopping the world; see world.h. Everything is under the store's lock. */
#include "engine/world.h"

#include <time.h>

#include "engine/ctx.h"

static void wait_change(struct store *s)
{
	pthread_cond_wait(&s->world_changed, &s->lock);
}

static bool stopped_by_other(const struct ctx *c)
{
	return c->store->world_stopper && c->store->world_stopper != c;
}

static void become_unsafe(struct ctx *c)
{
	while (stopped_by_other(c))
		wait_change(c->store);
	c->safe = false;
}

static void become_safe(struct ctx *c)
{
	c->safe = true;
	if (c->store->world_stopper)
		pthread_cond_broadcast(&c->store->world_changed);
}

void world_enter(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	become_unsafe(c);
	c->running = true;
	pthread_mutex_unlock(&c->store->lock);
}

void world_leave(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	c->running = false;
	if (c->store->world_stopper)
		pthread_cond_broadcast(&c->store->world_changed);
	pthread_mutex_unlock(&c->store->lock);
}

void world_run_begin(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	c->in_run = true;
	pthread_mutex_unlock(&c->store->lock);
}

void world_run_end(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	/* whoever does something in its place has to be done first */
	while (stopped_by_other(c))
		wait_change(c->store);
	c->in_run = false;
	pthread_mutex_unlock(&c->store->lock);
}

void world_safe_begin(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	become_safe(c);
	pthread_mutex_unlock(&c->store->lock);
}

void world_safe_end(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	become_unsafe(c);
	pthread_mutex_unlock(&c->store->lock);
}

void world_pause(struct ctx *c, int64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	world_safe_begin(c);
	nanosleep(&t, NULL);
	world_safe_end(c);
}

void world_poll(struct ctx *c)
{
	pthread_mutex_lock(&c->store->lock);
	if (stopped_by_other(c)) {
		become_safe(c);
		become_unsafe(c);
	}
	pthread_mutex_unlock(&c->store->lock);
}

/* Whether another context still runs; it is told. */
static bool others_run(struct ctx *c)
{
	const struct store *s = c->store;
	bool run = false;

	for (size_t i = 0; i < s->contexts.count; i++) {
		struct ctx *o = s->contexts.data[i];
		if (o == c || !o->running || o->safe)
			continue;
		ctx_ask(o, LEAVE_MODE);
		run = true;
	}
	return run;
}

void world_stop(struct ctx *c)
{
	struct store *s = c->store;

	pthread_mutex_lock(&s->lock);
	if (s->world_stopper != c) {
		bool safe = c->safe;
		if (stopped_by_other(c)) {
			become_safe(c);
			become_unsafe(c);
		}
		s->world_stopper = c;
		c->safe = safe;
	}
	s->world_depth++;
	while (others_run(c))
		wait_change(s);
	pthread_mutex_unlock(&s->lock);
}

bool world_stop_for(struct ctx *c, const struct ctx *first)
{
	world_stop(c);
	pthread_mutex_lock(&c->store->lock);
	bool runs = first->in_run;
	pthread_mutex_unlock(&c->store->lock);
	if (!runs)
		world_start(c);
	return runs;
}

void world_pass(struct ctx *c, struct ctx *to)
{
	struct store *s = c->store;

	pthread_mutex_lock(&s->lock);
	s->world_stopper = to;
	pthread_cond_broadcast(&s->world_changed);
	pthread_mutex_unlock(&s->lock);
}

void world_start(struct ctx *c)
{
	struct store *s = c->store;

	pthread_mutex_lock(&s->lock);
	if (--s->world_depth == 0) {
		s->world_stopper = NULL;
		pthread_cond_broadcast(&s->world_changed);
	}
	pthread_mutex_unlock(&s->lock);
}
