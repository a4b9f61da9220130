/*
 * Stores at the end of memory: every instruction that writes memory, in every tier, at each of the last sixteen bytes of a memory,
 * of a 64-bit one and of a second one. What does not fit traps and leaves every byte as it was; what fits writes its bytes and no
 * others.
 */
#include "engine/op.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "tests/engine/guest.h"

enum { LAST = 16, SHOWN = 3 * LAST };

static const struct way {
	const char *name;
	enum tier tier;
	bool checked, plain;
} ways[] = {
	{ .name = "interpreted", .tier = TIER_INTERP },
	{ .name = "interpreted, explicit bounds", .tier = TIER_INTERP, .checked = true },
	{ .name = "stepped", .tier = TIER_INTERP, .plain = true },
	{ .name = "compiled", .tier = TIER_BASELINE },
	{ .name = "compiled, explicit bounds", .tier = TIER_BASELINE, .checked = true },
};

static const struct kind {
	const char *name, *memories, *address, *index;
	uint32_t memory;
} kinds[] = {
	{ "memory", "(memory 1)", "i32", "", 0 },
	{ "64-bit memory", "(memory i64 1)", "i64", "", 0 },
	{ "second memory", "(memory 1) (memory 1)", "i32", " 1", 1 },
};

static bool stores(enum op op)
{
	const char *text = op_info[op].text;

	return (op_info[op].imm == IMM_MEMARG || op_info[op].imm == IMM_MEMARG_LANE) && (strstr(text, "store") || strstr(text, ".rmw"));
}

static bool is_atomic(enum op op)
{
	return op_info[op].prefix == 0xfe;
}

static const char *type_of(char letter)
{
	return letter == 'i' ? "i32" : letter == 'I' ? "i64" : letter == 'f' ? "f32" : letter == 'd' ? "f64" : "v128";
}

/* "OP+N": at the address given + N. */
static void add_function(struct buf *b, enum op op, const struct kind *k, unsigned offset)
{
	const char *sig = op_info[op].sig, *lane = op_info[op].imm == IMM_MEMARG_LANE ? " 0" : "";
	unsigned nvalues = 0;

	buf_printf(b, "(func (export \"%s+%u\") (param %s)", op_info[op].text, offset, k->address);
	for (const char *p = sig + 1; *p != ':'; p++, nvalues++)
		buf_printf(b, " (param %s)", type_of(*p));
	buf_printf(b, " (%s%s offset=%u%s (local.get 0)", op_info[op].text, k->index, offset, lane);
	for (unsigned i = 1; i <= nvalues; i++)
		buf_printf(b, " (local.get %u)", i);
	buf_puts(b, strchr(sig, ':')[1] ? ") drop)\n" : "))\n");
}

static enum outcome run(struct world *w, const struct way *way, struct func *f, const slot *args)
{
	slot result = 0;

	if (!way->plain)
		return ctx_call(w->c, f, args, &result);
	enum outcome o = ctx_begin(w->c, f, args);
	while (o == OUT_STOP)
		o = ctx_resume(w->c, RUN_STEP_WASM);
	if (w->c->depth)
		ctx_abandon(w->c);
	return o;
}

/* The store of a WIDTH-byte value K bytes before the end. False: something is not as it should be. */
static bool one(struct world *w, const struct way *way, struct func *f, struct memory *m, enum op op, unsigned k, unsigned offset)
{
	unsigned width = 1u << op_info[op].align;
	uint64_t at = m->size - k;
	uint8_t want[SHOWN];
	slot args[8] = { at - offset, ~0u, ~0u, ~0u, ~0u };

	if (strchr(op_info[op].sig, 'I') || strchr(op_info[op].sig, 'v') || strchr(op_info[op].sig, 'd'))
		args[1] = args[2] = args[3] = ~UINT64_C(0);
	for (unsigned i = 0; i < SHOWN; i++)
		want[i] = (uint8_t)(i * 7 + 3);
	memcpy(m->base + m->size - SHOWN, want, SHOWN);
	bool traps = k < width || (is_atomic(op) && at % width);
	enum outcome o = run(w, way, f, args);
	if (o != (traps ? OUT_TRAP : OUT_DONE))
		return false;
	const uint8_t *got = m->base + m->size - SHOWN;
	if (!traps)
		for (unsigned i = SHOWN - k; i < SHOWN - k + width; i++)
			want[i] = strstr(op_info[op].text, ".rmw") ? got[i] : 0xff;
	return memcmp(got, want, SHOWN) == 0;
}

static void check(const struct way *way, const struct kind *kind, struct jit *jit)
{
	struct world w = world_new();
	struct buf text = { 0 };
	unsigned wrong = 0, done = 0;

	w.st->no_guard = way->checked;
	jit_install(jit, w.st);
	tiers_set(w.st, way->tier);
	buf_printf(&text, "(module %s\n", kind->memories);
	for (unsigned op = 0; op < OP_COUNT; op++)
		for (unsigned offset = 0; stores((enum op)op) && offset < 2; offset++)
			add_function(&text, (enum op)op, kind, offset);
	buf_puts(&text, ")\n");
	struct instance *in = world_load(&w, buf_str(&text));
	for (unsigned op = 0; in && op < OP_COUNT; op++)
		for (unsigned offset = 0; stores((enum op)op) && offset < 2; offset++) {
			char name[100];
			snprintf(name, sizeof name, "%s+%u", op_info[op].text, offset);
			struct func *f = world_func(in, name);
			for (unsigned k = 1; k <= LAST; k++, done++)
				if (!f || !one(&w, way, f, in->memories[kind->memory], (enum op)op, k, offset)) {
					if (wrong++ < 5)
						tap_note("%s at %u bytes before the end", name, k);
				}
			if (f && way->tier == TIER_BASELINE && !tiers_native(f, false) && wrong++ < 5)
				tap_note("%s was not compiled", name);
		}
	CHECK(in && !wrong && done > 2000, "%s, %s: %u stores", way->name, kind->name, done);
	buf_free(&text);
	world_free(&w);
}

int main(void)
{
	struct jit *jit = jit_new(UINT32_MAX, MCODE_FILE);

	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
		for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
			check(&ways[i], &kinds[k], jit);
	jit_free(jit);
	return tap_done();
}
