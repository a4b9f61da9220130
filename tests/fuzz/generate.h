/*
 * generate.h — a valid module for any bytes. Each choice takes a byte; when they are used up every choice is the first one,
 * which ends soon. Operand stacks are deep, locals are changed while they are on the stack, blocks have parameters and
 * results, branches carry values: what the translator has to get right. Numeric, vector and memory instructions come from
 * the opcode table.
 */
#ifndef WRENCH_TESTS_FUZZ_GENERATE_H
#define WRENCH_TESTS_FUZZ_GENERATE_H

#include <string.h>

#include "engine/base/buf.h"
#include "engine/op.h"

enum { GEN_FUNCS = 4, GEN_LOCALS = 12, GEN_LABELS = 24, GEN_PARAMS = 4, GEN_SIZE = 6000 };

/* Types by their letters in the table: i I f d v. */
static const char gen_types[] = "iIfdv";

static inline uint8_t gen_code(char t)
{
	return t == 'i' ? 0x7f : t == 'I' ? 0x7e : t == 'f' ? 0x7d : t == 'd' ? 0x7c : 0x7b;
}

struct gen_sig {
	char params[GEN_PARAMS + 1], results[GEN_PARAMS + 1];
};

struct gen {
	const uint8_t *data, *end;
	struct buf *out;                /* the body at work */
	struct gen_sig sig[GEN_FUNCS + 1];      /* the last is the import */
	const struct gen_sig *me;
	char locals[GEN_LOCALS + 1];
	char labels[GEN_LABELS];        /* type that a branch takes; 0: none */
	uint32_t nlabels, depth;
};

static uint32_t gen_pick(struct gen *g, uint32_t n)
{
	uint32_t v = g->data < g->end ? *g->data++ : 0;

	return n > 200 ? (v << 8 | (g->data < g->end ? *g->data++ : 0)) % n : v % n;
}

static bool gen_done(const struct gen *g)
{
	return g->data >= g->end || g->depth > 12 || g->out->size > GEN_SIZE;
}

static void gen_op(struct gen *g, enum op op)
{
	const struct op_info *i = &op_info[op];

	if (i->prefix) {
		buf_u8(g->out, i->prefix);
		buf_uleb(g->out, i->code);
	} else {
		buf_u8(g->out, (uint8_t)i->code);
	}
}

static void gen_expr(struct gen *g, char t);
static void gen_stmts(struct gen *g);

static void gen_const(struct gen *g, char t)
{
	static const int64_t some[] = { 0, 1, -1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255, 65535, 65536, 65533, INT32_MIN, INT32_MAX, INT64_MIN,
		INT64_MAX, 1000 };
	static const uint32_t floats[] = { 0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 1, 0x4f000000, 0x42280000,
		0x3f000000, 0xcf000000 };
	static const uint64_t doubles[] = { 0, UINT64_C(1) << 63, UINT64_C(0x3ff0000000000000), UINT64_C(0xc000000000000000),
		UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000), 1, UINT64_C(0x41e0000000000000), UINT64_C(0x43e0000000000000),
		UINT64_C(0xbfe0000000000000) };
	int64_t v = some[gen_pick(g, sizeof some / sizeof *some)];

	switch (t) {
	case 'i': gen_op(g, OP_I32_CONST); buf_sleb(g->out, (int32_t)v); break;
	case 'I': gen_op(g, OP_I64_CONST); buf_sleb(g->out, v); break;
	case 'f': gen_op(g, OP_F32_CONST); buf_u32le(g->out, floats[gen_pick(g, sizeof floats / sizeof *floats)]); break;
	case 'd': gen_op(g, OP_F64_CONST); buf_u64le(g->out, doubles[gen_pick(g, sizeof doubles / sizeof *doubles)]); break;
	default:
		gen_op(g, OP_V128_CONST);
		buf_u64le(g->out, (uint64_t)v);
		buf_u64le(g->out, doubles[gen_pick(g, 4)]);
		break;
	}
}

/* The first local of type T from a random place on; false: none. */
static bool gen_local(struct gen *g, char t, uint32_t *index)
{
	uint32_t n = (uint32_t)strlen(g->locals), first = n ? gen_pick(g, n) : 0;

	for (uint32_t i = 0; i < n; i++)
		if (g->locals[*index = (first + i) % n] == t)
			return true;
	return false;
}

/* Results that depend on how NaNs are computed are not compared: such operations are fine, their bits must be the same. */
static enum op gen_find(struct gen *g, char result, enum lower lower)
{
	uint32_t first = gen_pick(g, OP_COUNT);

	for (uint32_t i = 0; i < OP_COUNT; i++) {
		enum op op = (enum op)((first + i) % OP_COUNT);
		const struct op_info *x = &op_info[op];
		bool relaxed = x->feature == FEATURE_RELAXED_SIMD, lanes = lower == LOWER_LANE;
		if (x->lower == lower && x->sig[0] != '*' && !relaxed && !lanes && x->sig[strlen(x->sig) - 1] == result &&
		    (lower == LOWER_STORE || x->nresults == 1))
			return op;
	}
	return OP_NOP;
}

static void gen_memarg(struct gen *g, enum op op)
{
	static const uint32_t offsets[] = { 0, 4, 8, 1, 65535, 65530, 0xfffffff0 };

	buf_uleb(g->out, op_info[op].align);
	buf_uleb(g->out, offsets[gen_pick(g, sizeof offsets / sizeof *offsets)]);
}

static void gen_numeric(struct gen *g, char t)
{
	enum op op = gen_find(g, t, LOWER_NUM);

	for (const char *p = op_info[op].sig; *p != ':'; p++)
		gen_expr(g, *p);
	gen_op(g, op);
}

static void gen_load(struct gen *g, char t)
{
	enum op op = gen_find(g, t, LOWER_LOAD);

	gen_expr(g, 'i');
	gen_op(g, op);
	gen_memarg(g, op);
}

static void gen_push_label(struct gen *g, char t)
{
	memmove(g->labels + 1, g->labels, g->nlabels++);
	g->labels[0] = t;
}

static void gen_pop_label(struct gen *g)
{
	memmove(g->labels, g->labels + 1, --g->nlabels);
}

/* block, loop or if with one result, perhaps with one parameter, which lies below what the body computes. */
static void gen_block(struct gen *g, char t)
{
	uint32_t kind = gen_pick(g, 3);
	bool param = gen_pick(g, 4) == 1;

	if (g->nlabels + 1 >= GEN_LABELS) {
		gen_const(g, t);
		return;
	}
	if (param)
		gen_expr(g, 'i');
	if (kind == 2)
		gen_expr(g, 'i');
	gen_op(g, kind == 2 ? OP_IF : kind == 1 ? OP_LOOP : OP_BLOCK);
	if (param)
		buf_uleb(g->out, GEN_FUNCS + 1 + (uint32_t)(strchr(gen_types, t) - gen_types));       /* (i) -> (t) */
	else
		buf_u8(g->out, gen_code(t));
	/* a loop is left to others to go round: with a parameter it would take one */
	gen_push_label(g, kind == 1 ? param ? 'i' : 0 : t);
	for (int arm = 0; arm < (kind == 2 ? 2 : 1); arm++) {
		uint32_t l;
		if (arm)
			gen_op(g, OP_ELSE);
		if (param && gen_local(g, 'i', &l)) {
			gen_op(g, OP_LOCAL_SET);
			buf_uleb(g->out, l);
		} else if (param) {
			gen_op(g, OP_DROP);
		}
		gen_stmts(g);
		gen_expr(g, t);
	}
	gen_pop_label(g);
	gen_op(g, OP_END);
}

/* Calls the first function that gives exactly one T, from a random one on. */
static bool gen_call(struct gen *g, char t)
{
	uint32_t first = gen_pick(g, GEN_FUNCS + 1);

	for (uint32_t i = 0; i <= GEN_FUNCS; i++) {
		uint32_t f = (first + i) % (GEN_FUNCS + 1);
		const struct gen_sig *s = &g->sig[f];
		if (s->results[0] != t || s->results[1])
			continue;
		for (const char *p = s->params; *p; p++)
			gen_expr(g, *p);
		uint32_t how = f == GEN_FUNCS ? 0 : gen_pick(g, 3);
		if (how == 1) {
			gen_op(g, OP_I32_CONST);
			buf_sleb(g->out, (int32_t)(f + (gen_pick(g, 16) == 1)));
			gen_op(g, OP_CALL_INDIRECT);
			buf_uleb(g->out, f);
			buf_u8(g->out, 0);
		} else if (how == 2) {
			gen_op(g, OP_REF_FUNC);
			buf_uleb(g->out, f + 1);
			gen_op(g, OP_CALL_REF);
			buf_uleb(g->out, f);
		} else {
			gen_op(g, OP_CALL);
			buf_uleb(g->out, f == GEN_FUNCS ? 0 : f + 1);
		}
		return true;
	}
	return false;
}

/* A branch as an operand: the value goes to a label when the condition holds, else it stays. */
static bool gen_branch_value(struct gen *g, char t)
{
	uint32_t first = g->nlabels ? gen_pick(g, g->nlabels) : 0;

	for (uint32_t i = 0; i < g->nlabels; i++) {
		uint32_t l = (first + i) % g->nlabels;
		if (g->labels[l] != t)
			continue;
		gen_expr(g, t);
		gen_expr(g, 'i');
		gen_op(g, OP_BR_IF);
		buf_uleb(g->out, l);
		return true;
	}
	return false;
}

static void gen_expr(struct gen *g, char t)
{
	uint32_t l, kind = gen_done(g) ? 0 : gen_pick(g, 16);

	g->depth++;
	switch (kind) {
	default:
		gen_numeric(g, t);
		break;
	case 0: case 1: case 2: case 3:
		if (!gen_local(g, t, &l)) {
			gen_const(g, t);
			break;
		}
		gen_op(g, OP_LOCAL_GET);
		buf_uleb(g->out, l);
		break;
	case 4:
		gen_const(g, t);
		break;
	case 5:
		gen_expr(g, t);
		if (gen_local(g, t, &l)) {
			gen_op(g, OP_LOCAL_TEE);
			buf_uleb(g->out, l);
		}
		break;
	case 6:
		gen_load(g, t);
		break;
	case 7:
		gen_expr(g, t);
		gen_expr(g, t);
		gen_expr(g, 'i');
		gen_op(g, OP_SELECT);
		break;
	case 8: case 9:
		gen_block(g, t);
		break;
	case 10:
		if (!gen_call(g, t))
			gen_const(g, t);
		break;
	case 11:
		if (!gen_branch_value(g, t))
			gen_numeric(g, t);
		break;
	case 12:
		gen_op(g, OP_GLOBAL_GET);
		buf_uleb(g->out, (uint32_t)(strchr(gen_types, t) - gen_types));
		break;
	}
	g->depth--;
}

static void gen_store(struct gen *g)
{
	static const char *const sigs = gen_types;
	uint32_t first = gen_pick(g, OP_COUNT);

	(void)sigs;
	for (uint32_t i = 0; i < OP_COUNT; i++) {
		enum op op = (enum op)((first + i) % OP_COUNT);
		if (op_info[op].lower != LOWER_STORE)
			continue;
		gen_expr(g, 'i');
		gen_expr(g, op_info[op].sig[1]);
		gen_op(g, op);
		gen_memarg(g, op);
		return;
	}
}

/* Labels without values, for br, br_if, br_table; nlabels: none. */
static uint32_t gen_void_label(struct gen *g)
{
	uint32_t first = g->nlabels ? gen_pick(g, g->nlabels) : 0;

	for (uint32_t i = 0; i < g->nlabels; i++)
		if (g->labels[(first + i) % g->nlabels] == 0)
			return (first + i) % g->nlabels;
	return g->nlabels;
}

static void gen_void_block(struct gen *g)
{
	uint32_t kind = gen_pick(g, 4);

	if (g->nlabels + 1 >= GEN_LABELS)
		return;
	if (kind >= 2)
		gen_expr(g, 'i');
	gen_op(g, kind >= 2 ? OP_IF : kind == 1 ? OP_LOOP : OP_BLOCK);
	buf_u8(g->out, 0x40);
	gen_push_label(g, 0);
	gen_stmts(g);
	if (kind == 3) {
		gen_op(g, OP_ELSE);
		gen_stmts(g);
	}
	gen_pop_label(g);
	gen_op(g, OP_END);
}

/* A loop that ends: it counts a local down. */
static void gen_counted_loop(struct gen *g)
{
	uint32_t l;

	if (g->nlabels + 1 >= GEN_LABELS || !gen_local(g, 'i', &l))
		return;
	gen_op(g, OP_I32_CONST);
	buf_sleb(g->out, 3);
	gen_op(g, OP_LOCAL_SET);
	buf_uleb(g->out, l);
	gen_op(g, OP_LOOP);
	buf_u8(g->out, 0x40);
	gen_push_label(g, 0);
	gen_stmts(g);
	gen_op(g, OP_LOCAL_GET);
	buf_uleb(g->out, l);
	gen_op(g, OP_I32_CONST);
	buf_sleb(g->out, 1);
	gen_op(g, OP_I32_SUB);
	gen_op(g, OP_LOCAL_TEE);
	buf_uleb(g->out, l);
	if (gen_pick(g, 2)) {
		gen_op(g, OP_I32_CONST);
		buf_sleb(g->out, 0);
		gen_op(g, gen_pick(g, 2) ? OP_I32_GT_S : OP_I32_NE);
	}
	gen_op(g, OP_BR_IF);
	buf_uleb(g->out, 0);
	gen_pop_label(g);
	gen_op(g, OP_END);
}

static void gen_branch(struct gen *g)
{
	uint32_t l = gen_void_label(g), n;

	if (l == g->nlabels) {
		gen_op(g, OP_NOP);
		return;
	}
	switch (gen_pick(g, 4)) {
	case 0: case 1:
		gen_expr(g, 'i');
		gen_op(g, OP_BR_IF);
		buf_uleb(g->out, l);
		break;
	case 2:
		gen_op(g, OP_BR);
		buf_uleb(g->out, l);
		break;
	default:
		gen_expr(g, 'i');
		gen_op(g, OP_BR_TABLE);
		buf_uleb(g->out, n = gen_pick(g, 5));
		for (uint32_t i = 0; i <= n; i++)
			buf_uleb(g->out, gen_void_label(g));
		break;
	}
}

static void gen_return(struct gen *g)
{
	for (const char *p = g->me->results; *p; p++)
		gen_expr(g, *p);
	gen_op(g, OP_RETURN);
}

static void gen_stmt(struct gen *g)
{
	uint32_t l;
	char t = gen_types[gen_pick(g, 5)];

	switch (gen_pick(g, 12)) {
	default:
		gen_expr(g, t);
		if (gen_local(g, t, &l)) {
			gen_op(g, OP_LOCAL_SET);
			buf_uleb(g->out, l);
		} else {
			gen_op(g, OP_DROP);
		}
		break;
	case 4: case 5:
		gen_store(g);
		break;
	case 6:
		gen_expr(g, t);
		gen_op(g, OP_GLOBAL_SET);
		buf_uleb(g->out, (uint32_t)(strchr(gen_types, t) - gen_types));
		break;
	case 7:
		gen_void_block(g);
		break;
	case 8:
		gen_counted_loop(g);
		break;
	case 9:
		gen_branch(g);
		break;
	case 10:
		if (gen_pick(g, 4) == 1)
			gen_return(g);
		break;
	case 11:
		gen_expr(g, t);
		gen_op(g, OP_DROP);
		break;
	}
}

static void gen_stmts(struct gen *g)
{
	g->depth++;
	for (uint32_t n = gen_done(g) ? 0 : gen_pick(g, 5); n > 0 && !gen_done(g); n--)
		gen_stmt(g);
	g->depth--;
}

/* ---- the module -------------------------------------------------------------------------------- */

static void gen_letters(struct gen *g, char *out, uint32_t most)
{
	uint32_t n = gen_pick(g, most + 1);

	for (uint32_t i = 0; i < n; i++)
		out[i] = gen_types[gen_pick(g, 5)];
	out[n] = 0;
}

static void gen_section(struct buf *out, uint8_t id, struct buf *contents)
{
	buf_u8(out, id);
	buf_uleb(out, contents->size);
	buf_put(out, contents->data, contents->size);
	buf_reset(contents);
}

static void gen_func_type(struct buf *b, const char *params, const char *results)
{
	buf_u8(b, 0x60);
	buf_uleb(b, strlen(params));
	for (; *params; params++)
		buf_u8(b, gen_code(*params));
	buf_uleb(b, strlen(results));
	for (; *results; results++)
		buf_u8(b, gen_code(*results));
}

static void gen_body(struct gen *g, const struct gen_sig *s, struct buf *out)
{
	struct buf body = { 0 };
	char locals[GEN_LOCALS + 1];

	gen_letters(g, locals, GEN_LOCALS - GEN_PARAMS - 1);
	strcpy(g->locals, s->params);
	strcat(g->locals, locals);
	strcat(g->locals, "i");
	g->me = s;
	g->out = &body;
	g->nlabels = g->depth = 0;
	buf_uleb(&body, strlen(locals) + 1);
	for (const char *p = locals; *p; p++) {
		buf_u8(&body, 1);
		buf_u8(&body, gen_code(*p));
	}
	buf_u8(&body, 1);
	buf_u8(&body, 0x7f);
	for (int i = 0; i < 3; i++)
		gen_stmts(g);
	for (const char *p = s->results; *p; p++)
		gen_expr(g, *p);
	gen_op(g, OP_END);
	buf_uleb(out, body.size);
	buf_put(out, body.data, body.size);
	buf_free(&body);
}

__attribute__((unused))
static void generate_module(const uint8_t *data, size_t size, struct buf *out)
{
	struct gen g = { .data = data, .end = data + size };
	struct buf b = { 0 };

	for (int i = 0; i < GEN_FUNCS; i++) {
		gen_letters(&g, g.sig[i].params, GEN_PARAMS);
		gen_letters(&g, g.sig[i].results, i == 3 ? 3 : 1);
	}
	g.sig[GEN_FUNCS] = (struct gen_sig){ "i", "i" };
	buf_put(out, "\0asm\1\0\0\0", 8);
	buf_uleb(&b, GEN_FUNCS + 1 + 5);
	for (int i = 0; i <= GEN_FUNCS; i++)
		gen_func_type(&b, g.sig[i].params, g.sig[i].results);
	for (int i = 0; i < 5; i++)
		gen_func_type(&b, "i", (char[]){ gen_types[i], 0 });
	gen_section(out, 1, &b);
	buf_put(&b, "\1\3env\1f\0\4", 9);
	gen_section(out, 2, &b);
	buf_uleb(&b, GEN_FUNCS);
	for (uint8_t i = 0; i < GEN_FUNCS; i++)
		buf_u8(&b, i);
	gen_section(out, 3, &b);
	buf_put(&b, "\1\x70\0\5", 4);
	gen_section(out, 4, &b);
	buf_put(&b, "\1\1\1\2", 4);
	gen_section(out, 5, &b);
	buf_uleb(&b, 5);
	g.out = &b;
	for (int i = 0; i < 5; i++) {
		buf_u8(&b, gen_code(gen_types[i]));
		buf_u8(&b, 1);
		gen_const(&g, gen_types[i]);
		gen_op(&g, OP_END);
	}
	gen_section(out, 6, &b);
	buf_uleb(&b, GEN_FUNCS);
	for (int i = 0; i < GEN_FUNCS; i++) {
		buf_u8(&b, 1);
		buf_u8(&b, (uint8_t)('a' + i));
		buf_u8(&b, 0);
		buf_u8(&b, (uint8_t)(i + 1));
	}
	gen_section(out, 7, &b);
	buf_put(&b, "\1\0\x41\0\x0b\4\1\2\3\4", 10);
	gen_section(out, 9, &b);
	buf_uleb(&b, GEN_FUNCS);
	for (int i = 0; i < GEN_FUNCS; i++)
		gen_body(&g, &g.sig[i], &b);
	gen_section(out, 10, &b);
	buf_put(&b, "\1\0\x41\0\x0b\x10\1\2\3\4\5\6\7\x80\x90\xa0\xb0\xff\xfe\xc0\x7f\x40", 22);
	gen_section(out, 11, &b);
	buf_free(&b);
}

#endif
