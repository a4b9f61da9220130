/* Recording and replaying inputs; see recorder.h. */
#include "debugger/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "engine/exn.h"
#include "engine/module.h"

/* Whether C's run is the one at hand. */
static bool is_mine(const struct recorder *r, const struct ctx *c)
{
	return c == r->ctx || r->store->turns;
}

/* The one that runs. */
static struct ctx *running(const struct recorder *r)
{
	return r->store->turns ? r->store->turns->place.now : r->ctx;
}

/* ---- names of host functions ----------------------------------------------------------------- */

static bool same_name(const struct recorder_func *k, const struct func *f)
{
	return strcmp(k->module, f->host_module ? f->host_module : "") == 0 && strcmp(k->name, f->host_name ? f->host_name : "") == 0;
}

/* F is the tape's function NUMBER. */
static bool is_func(struct recorder *r, uint32_t number, const struct func *f)
{
	struct recorder_func *k = number < r->funcs.count ? &r->funcs.data[number] : NULL;

	if (!k)
		return false;
	if (!k->func && same_name(k, f))
		k->func = f;
	return k->func == f;
}

static uint32_t number_of(struct recorder *r, const struct func *f)
{
	for (size_t i = 0; i < r->funcs.count; i++)
		if (r->funcs.data[i].func == f)
			return (uint32_t)i;
	struct recorder_func k = { f, strdup(f->host_module ? f->host_module : ""), strdup(f->host_name ? f->host_name : "") };
	if (!k.module || !k.name || !vec_push(&r->funcs, k)) {
		free(k.module);
		free(k.name);
		r->incomplete = true;
	}
	return (uint32_t)r->funcs.count - 1;
}

/* ---- recording ------------------------------------------------------------------------------- */

static void put(struct recorder *r, const struct tape_entry *x)
{
	if (!tape_write_entry(&r->tape, &r->place, x))
		r->incomplete = true;
}

static void note_write(void *user, struct memory *m, uint64_t at, uint64_t size)
{
	struct recorder *r = user;
	struct tape_write w = { .memory = m->number, .at = at, .size = size };

	if (!r->calls) {
		if (r->edited && !atomic_load(&r->ctx->running))
			r->edited(r->user);
		return;
	}
	/* the guest's own bulk operations announce, too: inside a call back no host function is the innermost */
	if (r->mode != RECORDER_RECORDS || !running(r)->host)
		return;
	struct tape_write *last = r->writes.count > r->first_write ? &vec_last(&r->writes) : NULL;
	if (last && last->memory == w.memory && last->at + last->size == at)
		last->size += size;
	else if (!vec_push(&r->writes, w))
		r->incomplete = true;
}

static struct memory *memory_of(const struct recorder *r, uint32_t number)
{
	return number - 1 < r->store->memories.count ? r->store->memories.data[number - 1] : NULL;
}

/* What the innermost host function has written by now, as it lies there. */
static void take_writes(struct recorder *r, struct tape_entry *x)
{
	x->nwrites = (uint32_t)(r->writes.count - r->first_write);
	x->writes = x->nwrites ? r->writes.data + r->first_write : NULL;
	for (uint32_t i = 0; i < x->nwrites; i++)
		x->writes[i].bytes = memory_of(r, x->writes[i].memory)->base + x->writes[i].at;
	r->writes.count = r->first_write;
}

static bool any_references(const valtype *t, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (vt_is_ref(t[i]))
			return true;
	return false;
}

static uint16_t check_of(const struct func *f, const slot *args)
{
	uint64_t h = 0;

	if (any_references(f->type->params, f->type->nparams))
		return 0;
	for (uint32_t i = 0; i < f->type->param_slots; i++)
		h = (h ^ args[i]) * 0x9e3779b97f4a7c15u;
	return (uint16_t)(h >> 48);
}

static void calls_in(void *user, struct ctx *c, struct func *f, const slot *args)
{
	struct recorder *r = user;

	if (r->mode != RECORDER_RECORDS || !is_mine(r, c) || !f->inst)
		return;
	struct tape_entry x = { .kind = TAPE_CALL_IN, .instance = f->inst->number, .func = f->index,
		.nslots = f->type->param_slots, .slots = (slot *)(uintptr_t)args };
	take_writes(r, &x);
	put(r, &x);
}

static void put_outcome(struct recorder *r, struct ctx *c, const struct func *f, const slot *results, struct tape_entry *x)
{
	const struct exn *exn = c->exception;

	switch (x->outcome) {
	case OUT_DONE:
		x->nslots = f->type->result_slots;
		x->slots = (slot *)(uintptr_t)results;
		for (uint32_t i = 0, s = 0; i < f->type->nresults; s += vt_slots(f->type->results[i]), i++)
			r->references |= vt_is_ref(f->type->results[i]) && results[s] != 0;
		break;
	case OUT_EXIT:
		x->number = (uint32_t)c->exit_status;
		break;
	case OUT_TRAP:
		x->number = c->trap.kind;
		x->message = str_of(c->trap.message);
		break;
	case OUT_EXCEPTION:
		x->number = exn->tag->number;
		x->nslots = exn->nslots;
		x->slots = (slot *)(uintptr_t)exn->payload;
		r->references |= any_references(exn->tag->type->params, exn->tag->type->nparams);
		break;
	default:
		break;
	}
}

/* What starts a thread is called when it is replayed, too. */
static bool is_spawn(const struct recorder *r, const struct func *f)
{
	return r->store->turns && f->host_module && strcmp(f->host_module, "wasi") == 0 && strcmp(f->host_name, "thread-spawn") == 0;
}

static void tell_spawned(struct recorder *r, const struct func *f)
{
	if (is_spawn(r, f) && r->spawned)
		r->spawned(r->user);
}

static enum outcome record_call(struct recorder *r, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct tape_entry x = { .kind = TAPE_CALL, .func = number_of(r, f), .clock = ctx_clock(c), .check = check_of(f, args) };
	uint64_t entries = r->tape.entries;
	size_t outer = r->first_write;

	if (r->stream_of)
		x.stream = (uint8_t)r->stream_of(r->host, c, f, args);
	r->first_write = r->writes.count;
	r->calls++;
	x.outcome = host_gate_next(r->gate.next, c, f, args, results);
	r->calls--;
	/* a thread need not call the host to make the run another one */
	r->foreign |= !r->store->turns && r->store->contexts.count > 1;
	/* taken back, to be made again; or given up */
	if (r->mode == RECORDER_RECORDS && x.outcome != OUT_INTERRUPT && x.outcome != OUT_KILLED && x.outcome != OUT_TIMEOUT) {
		take_writes(r, &x);
		put_outcome(r, c, f, results, &x);
		if (r->tape.entries != entries && !vec_push(&r->spans, ((struct recorder_span){ x.clock, ctx_clock(c) })))
			r->incomplete = true;
		put(r, &x);
		r->shown = r->place.at;
		tell_spawned(r, f);
	}
	r->writes.count = r->first_write;
	r->first_write = outer;
	return x.outcome;
}

/* ---- replaying ------------------------------------------------------------------------------- */

static enum outcome went_wrong(struct recorder *r, struct ctx *c)
{
	return ctx_trap(c, TRAP_HOST, "%s", r->wrong.message);
}

static bool apply_writes(struct recorder *r, const struct tape_entry *x)
{
	for (uint32_t i = 0; i < x->nwrites; i++) {
		const struct tape_write *w = &x->writes[i];
		struct memory *m = memory_of(r, w->memory);
		if (!m || !memory_range(m, w->at, w->size))
			return err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: it writes outside of the memory");
		mem_will_write(m, w->at, w->size);
		memcpy(m->base + w->at, w->bytes, w->size);
	}
	return true;
}

static uint32_t load32(const struct memory *m, uint64_t at)
{
	uint32_t v = 0;

	if (memory_range(m, at, 4))
		memcpy(&v, m->base + at, 4);
	return v;
}

/* fd_write(fd, iovs, n, nwritten): the bytes lie in the guest's memory. */
static void put_output(struct recorder *r, struct ctx *c, int stream, const slot *args)
{
	const struct memory *m = ctx_caller_memory(c);
	uint64_t iov = (uint32_t)args[1], n = (uint32_t)args[2], left = m ? load32(m, (uint32_t)args[3]) : 0;

	for (uint64_t i = 0; i < n && left; i++) {
		uint64_t at = load32(m, iov + 8 * i), size = load32(m, iov + 8 * i + 4);
		if (size > left)
			size = left;
		if (!memory_range(m, at, size))
			return;
		r->output(r->host, stream, m->base + at, size);
		left -= size;
	}
}

/* Makes a call that the host function made; true: it goes on. */
static bool call_again(struct recorder *r, struct ctx *c, const struct tape_entry *x, enum outcome *how)
{
	const struct instance *in = x->instance - 1 < r->store->instances.count ? r->store->instances.data[x->instance - 1] : NULL;
	struct func *f = in && x->func < in->module->nfuncs ? in->funcs[x->func] : NULL;

	*how = OUT_TRAP;
	if (!f || f->type->param_slots != x->nslots)
		return err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: a host function calls what is not there");
	if (!apply_writes(r, x))
		return false;
	slot *slots = calloc(x->nslots + f->type->result_slots + 1u, sizeof *slots);
	if (!slots)
		return err_oom(&r->wrong);
	if (x->nslots)
		memcpy(slots, x->slots, x->nslots * sizeof *slots);
	*how = ctx_call(c, f, slots, slots + x->nslots);
	free(slots);
	return *how != OUT_KILLED && *how != OUT_INTERRUPT && *how != OUT_TIMEOUT && *how != OUT_FUEL;
}

static enum outcome replay_outcome(struct recorder *r, struct ctx *c, struct func *f, const struct tape_entry *x,
	slot *results)
{
	const struct tag *tag;

	switch (x->outcome) {
	case OUT_DONE:
		if (x->nslots != f->type->result_slots)
			break;
		if (x->nslots)
			memcpy(results, x->slots, x->nslots * sizeof *results);
		return OUT_DONE;
	case OUT_EXIT:
		return ctx_exit(c, (int)x->number);
	case OUT_TRAP:
		return ctx_trap(c, (enum trap)x->number, "%.*s", STR_ARGS(x->message));
	case OUT_EXCEPTION:
		tag = x->number - 1 < r->store->tags.count ? r->store->tags.data[x->number - 1] : NULL;
		if (!tag || tag->type->param_slots != x->nslots)
			break;
		c->exception = exn_new(c, tag, x->slots);
		return c->exception ? OUT_EXCEPTION : ctx_trap(c, TRAP_HOST, "out of memory");
	default:
		return x->outcome;
	}
	err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: %s.%s gives something else", f->host_module,
		f->host_name);
	return went_wrong(r, c);
}

static bool fits(struct recorder *r, const struct func *f, uint16_t check, const struct tape_entry *x)
{
	if (x->kind != TAPE_CALL || !is_func(r, x->func, f))
		return err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: the program calls %s.%s, which it did "
			"not do here when it was recorded", f->host_module, f->host_name);
	if (x->check != check)
		return err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: the program calls %s.%s with other "
			"arguments than when it was recorded", f->host_module, f->host_name);
	return true;
}

static enum outcome replay_call(struct recorder *r, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	uint16_t check = check_of(f, args);
	struct tape_entry x;
	enum outcome how;

	for (;;) {
		if (!tape_read_entry(&r->tape, &r->place, &x, &r->wrong)) {
			err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: it ends before the program calls %s.%s",
				f->host_module, f->host_name);
			return went_wrong(r, c);
		}
		if (x.kind != TAPE_CALL_IN)
			break;
		if (!call_again(r, c, &x, &how))
			return r->wrong.code ? went_wrong(r, c) : how;
	}
	if (!fits(r, f, check, &x) || !apply_writes(r, &x))
		return went_wrong(r, c);
	if (is_spawn(r, f) && x.outcome == OUT_DONE && x.nslots && (int32_t)x.slots[0] > 0) {
		slot tid = x.slots[0];
		how = host_gate_next(r->gate.next, c, f, args, results);
		if (how == OUT_DONE && results[0] != tid)
			err_set(&r->wrong, E_RECORDING, place_none(), "the recording does not fit: another thread began");
		tell_spawned(r, f);
		return r->wrong.code ? went_wrong(r, c) : how;
	}
	bool news = r->place.at > r->shown;
	if (news)
		r->shown = r->place.at;
	if (news && x.stream && r->output && x.outcome == OUT_DONE && f->type->param_slots == 4 && x.nslots == 1 && x.slots[0] == 0)
		put_output(r, c, x.stream, args);
	return replay_outcome(r, c, f, &x, results);
}

/* ---- the gate and the tap -------------------------------------------------------------------- */

static enum outcome pass(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct recorder *r = g->user;
	enum outcome how;

	if (r->mode != RECORDER_OFF && !is_mine(r, c))
		r->foreign = true;
	if (r->mode == RECORDER_OFF)
		r->unrecorded++;
	if (r->mode == RECORDER_OFF || !is_mine(r, c))
		return host_gate_next(g->next, c, f, args, results);
	if (r->mode == RECORDER_RECORDS)
		return record_call(r, c, f, args, results);
	r->calls++;
	how = replay_call(r, c, f, args, results);
	r->calls--;
	return how;
}

/* The next entry, when it is of that kind. */
static bool next_is(struct recorder *r, enum tape_kind kind, struct tape_place *p, struct tape_entry *x)
{
	struct err ignored = { 0 };

	*p = r->place;
	return tape_read_entry(&r->tape, p, x, &ignored) && x->kind == kind;
}

static bool refuses(void *user, struct ctx *c)
{
	struct recorder *r = user;
	struct tape_place p;
	struct tape_entry x;

	if (!is_mine(r, c) || r->mode == RECORDER_OFF)
		return false;
	r->place.growings++;
	if (r->mode != RECORDER_REPLAYS || !next_is(r, TAPE_REFUSED, &p, &x) || x.number != r->place.growings)
		return false;
	r->place = p;
	return true;
}

static void refused(void *user, struct ctx *c)
{
	struct recorder *r = user;

	if (is_mine(r, c) && r->mode == RECORDER_RECORDS)
		put(r, &(struct tape_entry){ .kind = TAPE_REFUSED, .number = r->place.growings });
}

static bool knows_wait(void *user, struct ctx *c, slot *result)
{
	struct recorder *r = user;
	struct tape_place p;
	struct tape_entry x;

	if (!is_mine(r, c) || r->mode != RECORDER_REPLAYS || !next_is(r, TAPE_WAIT, &p, &x))
		return false;
	r->place = p;
	*result = x.number;
	return true;
}

static void waited(void *user, struct ctx *c, slot result)
{
	struct recorder *r = user;

	if (is_mine(r, c) && r->mode == RECORDER_RECORDS)
		put(r, &(struct tape_entry){ .kind = TAPE_WAIT, .number = result });
}

/* ---- life ------------------------------------------------------------------------------------ */

void recorder_attach(struct recorder *r, struct ctx *c)
{
	r->ctx = c;
	r->store = c->store;
	r->gate = (struct host_gate){ .order = GATE_RECORD, .user = r, .call = pass };
	r->tap = (struct input_tap){ .user = r, .refuses = refuses, .refused = refused, .knows_wait = knows_wait,
		.waited = waited, .will_write = note_write, .calls_in = calls_in };
	store_add_gate(r->store, &r->gate);
	r->store->inputs = &r->tap;
}

void recorder_detach(struct recorder *r)
{
	if (!r->store)
		return;
	store_remove_gate(r->store, &r->gate);
	r->store->inputs = NULL;
	r->store = NULL;
	r->ctx = NULL;
}

void recorder_clear(struct recorder *r)
{
	for (size_t i = 0; i < r->funcs.count; i++) {
		free(r->funcs.data[i].module);
		free(r->funcs.data[i].name);
	}
	vec_free(&r->funcs);
	vec_free(&r->spans);
	vec_free(&r->writes);
	vec_free(&r->turns);
	tape_free(&r->tape);
	r->place = (struct tape_place){ 0 };
	r->shown = 0;
	r->mode = RECORDER_OFF;
	r->foreign = r->incomplete = r->references = false;
	err_clear(&r->wrong);
}

void recorder_free(struct recorder *r)
{
	recorder_detach(r);
	recorder_clear(r);
}

void recorder_record(struct recorder *r)
{
	r->mode = RECORDER_RECORDS;
	if (r->store && r->store->turns)
		turns_record(r->store->turns);
}

bool recorder_take_turns(struct recorder *r)
{
	if (!turns_begin(r->ctx))
		return false;
	struct turns *t = r->store->turns;
	for (size_t i = 0; i < r->turns.count; i++)
		if (!vec_push(&t->log, r->turns.data[i]))
			return false;
	t->replays = r->mode == RECORDER_REPLAYS;
	return true;
}

void recorder_take(struct recorder *r, struct recorder *from)
{
	recorder_clear(r);
	r->tape = from->tape;
	memcpy(&r->funcs, &from->funcs, sizeof r->funcs);
	memset(&from->funcs, 0, sizeof from->funcs);
	memcpy(&r->turns, &from->turns, sizeof r->turns);
	memset(&from->turns, 0, sizeof from->turns);
	from->tape = (struct tape){ 0 };
	recorder_clear(from);
}

bool recorder_copy(struct recorder *r, const struct recorder *from)
{
	buf_put(&r->tape.bytes, from->tape.bytes.data, from->tape.bytes.size);
	r->tape.base = from->tape.base;
	r->tape.entries = from->tape.entries;
	for (size_t i = 0; i < from->funcs.count; i++) {
		const struct recorder_func *f = &from->funcs.data[i];
		struct recorder_func k = { NULL, strdup(f->module), strdup(f->name) };
		if (k.module && k.name && vec_push(&r->funcs, k))
			continue;
		free(k.module);
		free(k.name);
		return false;
	}
	const struct turns *t = from->store ? from->store->turns : NULL;
	for (size_t i = 0; t && i < t->log.count; i++)
		if (!vec_push(&r->turns, t->log.data[i]))
			return false;
	return !r->tape.bytes.failed;
}

void recorder_replay(struct recorder *r, struct tape_place from)
{
	r->place = from;
	r->mode = RECORDER_REPLAYS;
	err_clear(&r->wrong);
	if (r->store && r->store->turns)
		turns_replay(r->store->turns);
}

void recorder_cut(struct recorder *r)
{
	tape_cut_after(&r->tape, r->place.at);
	while (r->spans.count && vec_last(&r->spans).from > r->place.clock)
		(void)vec_pop(&r->spans);
	if (r->store && r->store->turns)
		turns_cut(r->store->turns);
}

uint64_t recorder_outside(const struct recorder *r, uint64_t clock)
{
	for (size_t i = 0; i < r->spans.count; i++)
		if (clock >= r->spans.data[i].from && clock < r->spans.data[i].to)
			clock = r->spans.data[i].from ? r->spans.data[i].from - 1 : 0;
	return clock;
}
