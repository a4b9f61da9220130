/* Guarded cells; see guard.h. */
#include "engine/regir/guard.h"

#include "engine/regir/interp.h"
#include "engine/tier.h"

unsigned guard_kind(enum regir op)
{
	return interp_write_guards[op] ? GUARD_WRITES : interp_read_guards[op] ? GUARD_READS : 0;
}

static handler *guard_of(const struct code *code, enum regir op)
{
	if (interp_write_guards[op])
		return code->guards[0] ? interp_write_guards[op] : interp_fast_table[op];
	if (interp_read_guards[op])
		return code->guards[1] ? interp_read_guards[op] : interp_fast_table[op];
	return NULL;
}

void guard_body(struct body *b)
{
	for (uint32_t at = 0; b->kind != BODY_PLAIN && at < b->size; at += code_cell_size(b, at)) {
		handler *h = guard_of(b->module->code, code_op(b, at));
		if (h)
			code_set_handler(b, at, h);
	}
}

void code_guard(const struct module *m, unsigned was, unsigned now)
{
	struct code *code = m->code;

	pthread_mutex_lock(&code->lock);
	bool changed = false;
	for (unsigned k = 0; k < GUARD_KINDS; k++) {
		bool before = code->guards[k] != 0;
		code->guards[k] += (now >> k & 1) - (was >> k & 1);
		changed |= before != (code->guards[k] != 0);
	}
	for (size_t i = 0; changed && i < code->by_address.count; i++)
		guard_body(code->by_address.data[i]);
	pthread_mutex_unlock(&code->lock);
	if (changed)
		tier_refresh_module(m);
}
