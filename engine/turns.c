/* Taking turns; see turns.h. Everything here happens in one native thread. */
#include "engine/turns.h"

#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/hold.h"

enum { TURN_STEPS = 100000, SLICE_NS = 5000000 };

static struct ctx *root_of(const struct turns *t)
{
	return t->threads.data[0].ctx;
}

static struct turn_thread *thread_of(const struct turns *t, const struct ctx *c)
{
	for (size_t i = 0; i < t->place.nthreads; i++)
		if (t->threads.data[i].ctx == c)
			return &t->threads.data[i];
	return NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

bool turns_begin(struct ctx *root)
{
	struct store *s = root->store;
	struct turns *t = calloc(1, sizeof *t);
	struct turn_thread first = { .ctx = root };

	turns_end(s);
	if (!t || !vec_push(&t->threads, first)) {
		free(t);
		return false;
	}
	t->store = s;
	t->place = (struct turn_place){ .now = root, .nthreads = 1, .due = UINT64_MAX };
	s->turns = t;
	return true;
}

void turns_end(struct store *s)
{
	struct turns *t = s->turns;

	if (!t)
		return;
	s->turns = NULL;
	for (size_t i = 1; i < t->threads.count; i++) {
		struct ctx *c = t->threads.data[i].ctx;
		if (c->thread_ends)
			c->thread_ends(c);
		ctx_free(c);
	}
	vec_free(&t->threads);
	vec_free(&t->log);
	free(t);
}

/* The thread behind those that there are has become another one in this future. */
static void forget_later(struct turns *t)
{
	while (t->threads.count > t->place.nthreads) {
		struct ctx *c = vec_pop(&t->threads).ctx;
		if (c->thread_ends)
			c->thread_ends(c);
		ctx_free(c);
	}
}

static void take_back(struct turns *t)
{
	struct ctx *c = t->place.now;

	if (t->take_back)
		t->take_back(t->user);
	c->fuel += t->reserve;
	c->fuel_start += t->reserve;
	t->reserve = 0;
}

/* Fuel up to the end of the turn. */
static void give(struct turns *t)
{
	struct ctx *c = t->place.now;
	uint64_t clock = ctx_clock(c), n = t->place.due > clock ? t->place.due - clock : 0;

	if (t->place.nthreads > 1 && c->fuel > 0 && (uint64_t)c->fuel > n) {
		t->reserve = c->fuel - (int64_t)n;
		c->fuel -= t->reserve;
		c->fuel_start -= t->reserve;
	}
	if (t->give)
		t->give(t->user);
}

static void set_due(struct turns *t)
{
	if (!t->replays)
		t->place.due = t->place.since + TURN_STEPS;
	else
		t->place.due = t->place.next < t->log.count ? t->log.data[t->place.next].clock : t->end ? t->end : UINT64_MAX;
}

bool turns_add(struct turns *t, struct ctx *c)
{
	struct turn_thread th = { .ctx = c };

	forget_later(t);
	if (!vec_push(&t->threads, th))
		return false;
	take_back(t);
	t->place.nthreads++;
	if (t->place.nthreads == 2)
		t->place.since = ctx_clock(t->place.now);
	set_due(t);
	give(t);
	return true;
}

static void renew(struct turns *t, bool replays)
{
	take_back(t);
	t->replays = replays;
	if (!replays && t->place.since + TURN_STEPS < ctx_clock(t->place.now))
		t->place.since = ctx_clock(t->place.now);
	set_due(t);
	give(t);
}

void turns_record(struct turns *t)
{
	turns_cut(t);
	renew(t, false);
}

void turns_replay(struct turns *t)
{
	renew(t, true);
}

void turns_cut(struct turns *t)
{
	t->log.count = t->place.next;
	forget_later(t);
}

void turns_restore(struct turns *t, const struct turn_place *place, const struct turn_thread *threads)
{
	take_back(t);
	t->blocked = t->culprit = NULL;
	t->place = *place;
	for (size_t i = 0; i < t->threads.count; i++) {
		struct ctx *c = t->threads.data[i].ctx;
		bool there = i < place->nthreads && threads[i].state != TURN_ENDED;
		if (i < place->nthreads)
			t->threads.data[i] = threads[i];
		c->waits = there && threads[i].state == TURN_WAITS;
		atomic_store(&c->arrival, 0);
		c->stands_with = OUT_DONE;
		atomic_store(&c->gone, !there);
		c->go_mode = RUN_FAST;
		if (i == 0)
			continue;
		store_remove_ctx(t->store, c);
		if (there)
			store_add_ctx(t->store, c);
	}
}

/* ---- whose turn it is ----------------------------------------------------------------------------------------- */

static void change(struct turns *t, struct ctx *to)
{
	struct ctx *from = t->place.now;
	uint64_t clock = ctx_clock(from);

	take_back(t);
	to->clock_base += clock - ctx_clock(to);
	t->place.now = to;
	t->place.since = clock;
	set_due(t);
	give(t);
}

static bool note(struct turns *t, struct ctx *to)
{
	struct turn x = { ctx_clock(t->place.now), to->number };

	t->log.count = t->place.next;
	if (!vec_push(&t->log, x))
		return false;
	t->place.next++;
	return true;
}

void turns_choose(struct turns *t, struct ctx *c)
{
	const struct turn_thread *th = thread_of(t, c);

	if (t->replays || c == t->place.now || !th || th->state == TURN_ENDED || !note(t, c))
		return;
	change(t, c);
}

static bool may_run(struct turns *t, struct turn_thread *th, int64_t now)
{
	if (t->only && th->ctx != t->only)
		return false;
	if (th->state == TURN_WAITS && now >= th->until)
		th->state = TURN_TIMED_OUT;
	return th->state != TURN_WAITS && th->state != TURN_ENDED;
}

/* The next one after NOW; NULL: all wait. */
static struct ctx *next_of(struct turns *t)
{
	size_t n = t->place.nthreads, first = (size_t)(thread_of(t, t->place.now) - t->threads.data);
	int64_t now = clock_now_ns();

	for (size_t i = 1; i <= n; i++)
		if (may_run(t, &t->threads.data[(first + i) % n], now))
			return t->threads.data[(first + i) % n].ctx;
	return NULL;
}

/* All wait: for a while. False: somebody wants the first thread. */
static bool sleep_a_little(struct turns *t)
{
	int64_t end = INT64_MAX, now = clock_now_ns();

	for (size_t i = 0; i < t->place.nthreads; i++)
		if (t->threads.data[i].state == TURN_WAITS && t->threads.data[i].until < end)
			end = t->threads.data[i].until;
	int64_t wait = end > now && end - now < SLICE_NS ? end - now : SLICE_NS;
	return ctx_sleep(root_of(t), -1, 0, wait) >= 0;
}

static struct ctx *by_log(struct turns *t)
{
	const struct turn *x = &t->log.data[t->place.next];

	for (size_t i = 0; i < t->place.nthreads; i++)
		if (t->threads.data[i].ctx->number == x->thread && t->threads.data[i].state != TURN_ENDED) {
			t->place.next++;
			return t->threads.data[i].ctx;
		}
	return NULL;
}

/* The turn goes to somebody. False: the first thread is wanted, or the log does not fit. */
static bool pass_on(struct turns *t)
{
	struct ctx *to = NULL;

	if (t->replays) {
		to = t->place.next < t->log.count ? by_log(t) : NULL;
		if (to)
			change(t, to);
		return to != NULL;
	}
	while (!(to = next_of(t)))
		if (!sleep_a_little(t))
			return false;
	if (to != t->place.now && !note(t, to))
		return false;
	change(t, to);
	return true;
}

bool turns_due(struct turns *t, struct ctx *c, bool *stops)
{
	if (c != t->place.now || t->place.nthreads < 2 || ctx_clock(c) < t->place.due)
		return false;
	c->fuel += t->reserve;
	c->fuel_start += t->reserve;
	t->reserve = 0;
	*stops = c->fuel <= 0 || (t->stops && t->stops(t->user));
	return true;
}

struct ctx *turns_next(const struct turns *t)
{
	uint64_t clock = ctx_clock(t->place.now);
	struct ctx *next = t->place.now;

	for (size_t i = t->place.next; t->replays && i < t->log.count && t->log.data[i].clock <= clock; i++)
		for (size_t k = 0; k < t->place.nthreads; k++)
			if (t->threads.data[k].ctx->number == t->log.data[i].thread)
				next = t->threads.data[k].ctx;
	return next;
}

uint64_t turns_before(const struct turns *t, uint32_t thread, uint64_t clock)
{
	uint64_t end = clock;

	for (size_t i = t->place.next;; i--) {
		uint64_t from = i ? t->log.data[i - 1].clock : 0;
		uint32_t who = i ? t->log.data[i - 1].thread : root_of(t)->number;
		if (who == thread && from < end)
			return end - 1;
		if (i == 0)
			return UINT64_MAX;
		end = from;
	}
}

/* Host functions below C cannot be left and come back to. */
static bool under_host(const struct ctx *c)
{
	for (uint32_t i = 0; i < c->depth; i++)
		if (c->segments[i].host)
			return true;
	return c->host != NULL;
}

/* What the first thread is asked for meanwhile. */
static bool wanted(const struct turns *t)
{
	return atomic_load(&root_of(t)->leave) & (LEAVE_INTERRUPT | LEAVE_TIMEOUT | LEAVE_KILL);
}

static enum outcome do_wanted(struct turns *t)
{
	struct ctx *root = root_of(t);
	uint32_t why = atomic_fetch_and(&root->leave, (uint32_t)LEAVE_MODE);

	root->stop = STOP_INTERRUPT;
	if (why & LEAVE_KILL)
		return OUT_KILLED;
	if (why & LEAVE_TIMEOUT)
		return OUT_TIMEOUT;
	return root->hooks ? OUT_STOP : OUT_INTERRUPT;
}

/* Nobody's turn comes. */
static enum outcome nobody(struct turns *t, struct ctx *c)
{
	t->blocked = NULL;
	if (t->replays && t->end && ctx_clock(c) >= t->end)
		return OUT_FUEL;
	if (t->replays)
		return ctx_trap(c, TRAP_HOST, "the recording does not fit: threads take other turns");
	c->stop = STOP_INTERRUPT;
	return c == root_of(t) && wanted(t) ? do_wanted(t) : OUT_STOP;
}

enum outcome turns_pass(struct turns *t, struct ctx *c)
{
	struct ctx *root = root_of(t);

	if (c == t->place.now) {
		bool stays = t->blocked != c && (t->held || under_host(c));
		if (stays) {
			t->place.since = ctx_clock(c);
			take_back(t);
			set_due(t);
			give(t);
			return OUT_DONE;
		}
		if (!pass_on(t))
			return nobody(t, c);
	}
	t->blocked = NULL;
	c->stop = STOP_OTHER;
	return c == root ? turns_others(t) : t->place.now == c ? OUT_DONE : OUT_STOP;
}

/* ---- running others ----------------------------------------------------------------------------------------------- */

static enum outcome stands(struct turns *t, struct ctx *c, enum outcome how)
{
	c->stands_with = how;
	c->answered = false;
	atomic_store(&c->arrival, atomic_fetch_add(&t->store->arrivals, 1) + 1);
	root_of(t)->stop = STOP_OTHER;
	return OUT_STOP;
}

/* C has ended well, or has ended the program. */
static enum outcome ended(struct turns *t, struct ctx *c, enum outcome how)
{
	struct ctx *root = root_of(t);
	struct turn_thread *th = thread_of(t, c);

	th->state = TURN_ENDED;
	atomic_store(&c->gone, true);
	if (how == OUT_DONE) {
		store_remove_ctx(t->store, c);
		return pass_on(t) ? OUT_DONE : wanted(t) ? do_wanted(t) : nobody(t, root);
	}
	t->culprit = c;
	t->how = how;
	change(t, root);
	return OUT_KILLED;
}

static enum outcome run_turn(struct turns *t, struct ctx *c)
{
	struct ctx *root = root_of(t);
	enum run_mode mode = c->go_mode;

	atomic_fetch_and(&c->leave, ~(uint32_t)(LEAVE_GO | LEAVE_HAND));
	if (c->stands_with == OUT_TRAP)
		return ended(t, c, OUT_TRAP);
	c->go_mode = RUN_FAST;
	/* going on passes a breakpoint where it stood; this one was never asked for */
	if (c->stop == STOP_ENTRY && ctx_at_break(c)) {
		c->stop = STOP_BREAKPOINT;
		return stands(t, c, OUT_STOP);
	}
	atomic_store(&root->lent, c);
	enum outcome how = ctx_resume(c, mode);
	atomic_store(&root->lent, NULL);
	if (how == OUT_STOP && t->place.now != c)
		return OUT_DONE;
	if (how == OUT_STOP && c->stop == STOP_INTERRUPT && wanted(t))
		return OUT_DONE;
	if (wanted(t) && (how == OUT_TIMEOUT || how == OUT_INTERRUPT || how == OUT_KILLED))
		return OUT_DONE;
	if (how == OUT_FUEL && t->end)
		return how;
	if (how == OUT_STOP || (how == OUT_TRAP && c->hooks))
		return stands(t, c, how);
	return ended(t, c, how);
}

enum outcome turns_others(struct turns *t)
{
	struct ctx *root = root_of(t);
	enum outcome how = OUT_DONE;

	take_back(t);
	give(t);
	while (how == OUT_DONE && t->place.now != root) {
		if (ctx_stands(t->place.now)) {
			root->stop = STOP_OTHER;
			return OUT_STOP;
		}
		if (wanted(t))
			return do_wanted(t);
		how = run_turn(t, t->place.now);
	}
	return how;
}

enum outcome turns_alone(struct turns *t, struct ctx *c)
{
	enum outcome how = OUT_DONE;

	t->only = c;
	turns_choose(t, c);
	while (how == OUT_DONE && t->place.now == c && !wanted(t))
		how = run_turn(t, c);
	t->only = NULL;
	return how == OUT_DONE ? OUT_STOP : how;
}

enum outcome turns_over(struct turns *t, enum outcome how, struct ctx **who)
{
	struct ctx *culprit = t->culprit;

	*who = culprit && how == OUT_KILLED ? culprit : root_of(t);
	if (t->place.now != root_of(t))
		change(t, root_of(t));
	/* going back to a moment brings them back */
	for (size_t i = 1; i < t->threads.count; i++)
		store_remove_ctx(t->store, t->threads.data[i].ctx);
	return culprit && how == OUT_KILLED ? t->how : how;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------------- */

static uint64_t value_at(const void *at, unsigned size)
{
	return size == 4 ? *(const uint32_t *)at : *(const uint64_t *)at;
}

enum turn_wait turns_wait(struct turns *t, struct ctx *c, const void *at, uint64_t expected, unsigned size, int64_t timeout_ns,
	slot *result)
{
	struct turn_thread *th = thread_of(t, c);
	int64_t now = clock_now_ns();

	if (!th || t->held || under_host(c) || t->place.nthreads < 2)
		return WAIT_ALONE;
	if (th->state == TURN_WOKEN || th->state == TURN_TIMED_OUT) {
		*result = th->state == TURN_WOKEN ? PARK_WOKEN : PARK_TIMED_OUT;
		th->state = TURN_RUNS;
		c->waits = false;
		return WAIT_ANSWERED;
	}
	if (th->state == TURN_RUNS && value_at(at, size) != expected) {
		*result = PARK_NOT_EQUAL;
		return WAIT_ANSWERED;
	}
	if (th->state == TURN_RUNS) {
		th->until = timeout_ns < 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
		th->at = at;
		th->order = t->place.waits++;
		th->state = TURN_WAITS;
		c->waits = true;
	}
	t->blocked = c;
	return WAIT_BLOCKED;
}

uint32_t turns_notify(struct turns *t, const void *at, uint32_t count)
{
	uint32_t n = 0;

	for (; n < count; n++) {
		struct turn_thread *first = NULL;
		for (size_t i = 0; i < t->place.nthreads; i++) {
			struct turn_thread *th = &t->threads.data[i];
			if (th->state == TURN_WAITS && th->at == at && (!first || th->order < first->order))
				first = th;
		}
		if (!first)
			break;
		first->state = TURN_WOKEN;
	}
	return n;
}
