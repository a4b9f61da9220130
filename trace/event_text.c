/* Events in words; see event_text.h. */
#include "trace/event_text.h"

#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/tier.h"
#include "engine/trap.h"
#include "engine/wasi/wasi.h"

/* ---- types ----------------------------------------------------------------------------------------------------------------- */

static valtype letter_type(char c)
{
	return c == 'i' ? VT_I32 : c == 'I' ? VT_I64 : c == 'f' ? VT_F32 : c == 'F' ? VT_F64 : 0;
}

static bool read_at(const struct places *p, uint32_t place, struct instr *in)
{
	const struct place_info *x = &p->all.data[place];
	const struct module *m = p->funcs.data[x->func].module;
	struct err e = { 0 };

	if (!m)
		return false;
	struct cursor c = cursor_at(m, x->offset, &e);
	return instr_read(&c, in, &e);
}

static valtype local_type(const struct module *m, uint32_t func, uint32_t index)
{
	const struct deftype *t = m->funcs[func].type;
	struct err e = { 0 };
	struct cursor c = cursor_at(m, m->funcs[func].body, &e);
	uint32_t groups, count;
	valtype type = 0;

	if (index < t->nparams)
		return t->params[index];
	index -= t->nparams;
	if (!read_u32(&c, &groups, "locals"))
		return 0;
	while (groups-- && read_u32(&c, &count, "locals") && read_valtype(&c, &type)) {
		if (index < count)
			return type;
		index -= count;
	}
	return 0;
}

/* Types of the operands that exec keeps; how many. */
static unsigned operand_types(const struct places *p, uint32_t place, valtype out[2])
{
	const struct place_info *x = &p->all.data[place];
	const struct traced_func *f = &p->funcs.data[x->func];
	const char *sig = op_info[x->op].sig;
	struct instr in;

	if (!op_sig_own((enum op)x->op)) {
		unsigned n = op_info[x->op].nparams < 2 ? op_info[x->op].nparams : 2;
		enum lower lower = (enum lower)op_info[x->op].lower;
		if (lower != LOWER_NUM && lower != LOWER_LOAD && lower != LOWER_STORE)
			return 0;
		for (unsigned i = 0; i < n; i++)
			if (!(out[i] = letter_type(sig[i])))
				return 0;
		return n;
	}
	switch (x->op) {
	case OP_LOCAL_GET: case OP_LOCAL_SET: case OP_LOCAL_TEE:
		if (!read_at(p, place, &in))
			return 0;
		out[0] = local_type(f->module, f->index, in.index);
		return out[0] && vt_slots(out[0]) == 1;
	case OP_GLOBAL_SET:
		if (!read_at(p, place, &in))
			return 0;
		out[0] = f->module->globals[in.index].type;
		return vt_slots(out[0]) == 1;
	case OP_IF: case OP_BR_IF: case OP_BR_TABLE:
		out[0] = VT_I32;
		return 1;
	default:
		return 0;
	}
}

/* ---- values ----------------------------------------------------------------------------------------------------------------- */

static void add_values(const valtype *types, unsigned n, const uint64_t *words, unsigned nwords, struct event_values *out)
{
	unsigned at = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned slots = vt_slots(types[i]);
		if (at + slots > nwords || out->n == EVENT_VALUES) {
			out->cut = true;
			return;
		}
		out->v[out->n++] = (struct value){ types[i], slot_normal(types[i], words[at]), slots == 2 ? words[at + 1] : 0 };
		at += slots;
	}
}

/* The type of what an access moved: floats and whole integers as such, parts of integers as unsigned numbers. */
static struct value accessed(enum op op, const uint64_t *words, unsigned nwords)
{
	const char *text = op_info[op].text;
	unsigned bytes = 1u << op_info[op].align;
	uint64_t bits = words[0] & (bytes < 8 ? ((uint64_t)1 << 8 * bytes) - 1 : UINT64_MAX);

	if (bytes == 16)
		return (struct value){ VT_V128, words[0], nwords > 1 ? words[1] : 0 };
	if (text[0] == 'f')
		return (struct value){ bytes == 4 ? VT_F32 : VT_F64, bits, 0 };
	if (bytes == 4 && text[1] == '3')
		return (struct value){ VT_I32, bits, 0 };
	return (struct value){ VT_I64, bits, 0 };
}

void event_values(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords,
	struct event_values *out)
{
	const struct deftype *t = e->place == NO_PLACE ? NULL : place_func(p, e->place)->type;
	valtype types[2];

	out->n = 0;
	out->cut = false;
	switch ((enum trace_event_id)e->id) {
	case TE_CALL: case TE_TAIL: case TE_HOST:
		if (t)
			add_values(t->params, t->nparams, words, nwords, out);
		break;
	case TE_RETURN: case TE_ANSWER:
		if (t)
			add_values(t->results, t->nresults, words, nwords, out);
		break;
	case TE_LOAD: case TE_STORE:
		out->v[out->n++] = accessed((enum op)p->all.data[e->place].op, words + 1, nwords - 1);
		break;
	case TE_EXEC:
		add_values(types, operand_types(p, e->place, types), words, 2, out);
		break;
	default:
		break;
	}
}

static const struct traced_func *func_at(const struct places *p, uint64_t address)
{
	for (size_t i = 0; i < p->funcs.count; i++)
		if ((uint64_t)(uintptr_t)p->funcs.data[i].func == address && address)
			return &p->funcs.data[i];
	return NULL;
}

void event_print_value(const struct places *p, struct value v, struct buf *out)
{
	const struct traced_func *f;

	if (!vt_is_ref(v.type) || v.lo == 0) {
		value_print(v, NULL, out);
		return;
	}
	if ((f = func_at(p, v.lo)))
		buf_put(out, f->name.p, f->name.n);
	else if (v.lo & REF_HOST_BIT)
		buf_printf(out, "extern:%" PRIu64, v.lo & ~REF_HOST_BIT);
	else if (v.lo & 1)
		buf_printf(out, "i31:%d", (int32_t)(uint32_t)v.lo >> 1);
	else if (v.lo <= UINT32_MAX)
		buf_printf(out, "ref:0x%x", (uint32_t)v.lo);
	else
		buf_puts(out, "ref");
}

/* ---- events ------------------------------------------------------------------------------------------------------------------ */

static void print_list(const struct places *p, const struct event_values *v, const char *between, struct buf *out)
{
	for (unsigned i = 0; i < v->n; i++) {
		buf_puts(out, i ? between : "");
		event_print_value(p, v->v[i], out);
	}
	if (v->cut)
		buf_printf(out, "%s…", v->n ? between : "");
}

/* What functions of WASI preview 1 give is an error number; 0: none. */
static bool is_wasi_error(const struct places *p, const struct trace_event *e, const struct event_values *v)
{
	return e->id == TE_ANSWER && v->n == 1 && v->v[0].type == VT_I32 && v->v[0].lo && e->place != NO_PLACE &&
		str_starts(p->funcs.data[p->all.data[e->place].func].name, "wasi_snapshot_preview1.");
}

static void print_results(const struct places *p, const struct trace_event *e, const struct event_values *v, struct buf *out)
{
	if (!v->n)
		return;
	buf_puts(out, " = ");
	print_list(p, v, " ", out);
	if (is_wasi_error(p, e, v))
		buf_printf(out, " (%s: %s)", wasi_errno_name((uint32_t)v->v[0].lo), wasi_errno_words((uint32_t)v->v[0].lo));
}

enum { WHERE_COLUMNS = 14 };

/* "$f+0x12    ", in front of an instruction. */
static void print_where(const struct places *p, uint32_t place, struct buf *out)
{
	size_t before = out->size;

	if (place == NO_PLACE)
		return;
	place_print(p, place, out);
	size_t n = out->size - before;
	buf_fill(out, ' ', n < WHERE_COLUMNS ? WHERE_COLUMNS - n : 1);
}

static void print_place_instr(const struct places *p, const struct trace_event *e, struct buf *out)
{
	if (e->place != NO_PLACE)
		place_print_instr(p, e->place, out);
}

static void print_branch(const struct places *p, const struct trace_event *e, struct buf *out)
{
	const struct traced_func *f = place_func(p, e->place);

	print_where(p, e->place, out);
	print_place_instr(p, e, out);
	if (p->all.data[e->place].op == OP_BR_TABLE)
		buf_printf(out, " [%" PRIu64 "]", e->b);
	if (e->id == TE_TAKEN)
		buf_printf(out, " → +0x%" PRIx64, e->a - p->all.data[f->self].offset);
	else
		buf_puts(out, " not taken");
}

static void print_throw(const struct places *p, const struct trace_event *e, struct buf *out)
{
	print_where(p, e->place, out);
	print_place_instr(p, e, out);
}

static const char *failure(uint64_t how)
{
	static const char *const words[OUT_COUNT] = {
		[OUT_TRAP] = "trapped", [OUT_EXCEPTION] = "threw", [OUT_EXIT] = "ended the program", [OUT_KILLED] = "was given up",
		[OUT_FUEL] = "ran out of fuel", [OUT_TIMEOUT] = "ran out of time", [OUT_INTERRUPT] = "was interrupted",
	};

	return how < OUT_COUNT && words[how] ? words[how] : "did not return";
}

const char *event_why(uint64_t why)
{
	return why < TIER_WHYS ? tier_why_words[why] : "?";
}

void event_print(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords, struct buf *out)
{
	struct event_values v;

	event_values(p, e, words, nwords, &v);
	switch ((enum trace_event_id)e->id) {
	case TE_CALL: case TE_TAIL: case TE_HOST:
		place_print(p, e->place, out);
		buf_putc(out, '(');
		print_list(p, &v, ", ", out);
		buf_putc(out, ')');
		return;
	case TE_RETURN: case TE_ANSWER:
		place_print(p, e->place, out);
		print_results(p, e, &v, out);
		return;
	case TE_UNWIND:
		buf_printf(out, "%" PRIu64 " frame%s", e->a, e->a == 1 ? "" : "s");
		return;
	case TE_EXEC:
		print_where(p, e->place, out);
		print_place_instr(p, e, out);
		if (v.n) {
			buf_puts(out, "  ;; ");
			print_list(p, &v, ", ", out);
		}
		return;
	case TE_LOAD: case TE_STORE:
		print_where(p, e->place, out);
		buf_printf(out, "%s [0x%" PRIx64 "] %s ", op_info[p->all.data[e->place].op].text, e->a, e->id == TE_LOAD ? "=" : "←");
		print_list(p, &v, " ", out);
		return;
	case TE_READ: case TE_WRITE:
		print_where(p, e->place, out);
		buf_printf(out, "%s [0x%" PRIx64 "] %" PRIu64 " byte%s", op_info[p->all.data[e->place].op].text, e->a, e->b,
			e->b == 1 ? "" : "s");
		return;
	case TE_GROW:
		print_where(p, e->place, out);
		buf_printf(out, "memory.grow %" PRIu64 " → %" PRIu64 " pages", e->a, e->b);
		return;
	case TE_TAKEN: case TE_PASSED:
		print_branch(p, e, out);
		return;
	case TE_FAILED:
		place_print(p, e->place, out);
		buf_printf(out, " %s", failure(e->a));
		return;
	case TE_NEW:
		print_where(p, e->place, out);
		print_place_instr(p, e, out);
		buf_printf(out, " = #%" PRIu64 ", %" PRIu64 " bytes", e->a, e->b);
		return;
	case TE_COLLECT:
		buf_printf(out, "collection %" PRIu64 ", %" PRIu64 " bytes alive", e->a, e->b);
		return;
	case TE_COMPILED:
		place_print(p, e->place, out);
		buf_printf(out, " %" PRIu64 " bytes in %" PRIu64 " µs", e->a, e->b);
		if (nwords > 2)
			buf_printf(out, ", %s", event_why(words[2]));
		return;
	case TE_TIERUP:
		place_print(p, e->place, out);
		buf_printf(out, " goes over to compiled code: %s", event_why(e->a));
		if (e->a == TIER_CALLED)
			buf_printf(out, " (%" PRIu64 " times)", e->b);
		return;
	case TE_OSR:
		place_print(p, e->place, out);
		buf_printf(out, " goes on in compiled code at the loop @0x%" PRIx64, e->a);
		return;
	case TE_TRAP:
		print_where(p, e->place, out);
		buf_puts(out, e->a < TRAP_COUNT ? trap_words((enum trap)e->a) : "?");
		return;
	case TE_THROW:
		print_throw(p, e, out);
		return;
	case TE_EXIT:
		buf_printf(out, "status %" PRId64, (int64_t)e->a);
		return;
	case TE_COUNT:
		return;
	}
}
