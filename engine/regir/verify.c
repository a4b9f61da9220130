/* The verifier: what every body must satisfy, whatever was translated. A failure is a bug of ours. */
#include "engine/base/err.h"
#include "engine/regir/acc.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"

struct verify {
	const struct body *b;
	uint32_t at, stride;
	enum regir op;
	struct err *e;
};

static bool wrong(struct verify *v, const char *what, long long value)
{
	return err_set(v->e, E_INTERNAL, place_none(), "register IR of function #%u, cell at byte %u (%s): %s %lld", v->b->func, v->at,
		regir_info(v->op).text, what, value);
}

/* A slot of the frame: a local or a home, never the header. */
static bool check_slot(struct verify *v, int64_t at, uint32_t bytes)
{
	if (at < 0 || at % 8 || at + bytes > v->b->frame)
		return wrong(v, "a slot outside of the frame:", at);
	if (at < v->b->header + 24 && at + bytes > v->b->header)
		return wrong(v, "a slot in the frame's header:", at);
	return true;
}

static bool is_cell(const struct body *b, uint32_t at)
{
	for (uint32_t p = 0; p < b->size; p += code_cell_size(b, p))
		if (p == at)
			return true;
	return false;
}

static bool check_target(struct verify *v, int64_t disp)
{
	int64_t at = (int64_t)v->at + disp;

	return (at >= 0 && at < v->b->size && is_cell(v->b, (uint32_t)at)) || wrong(v, "a branch to no cell:", disp);
}

static bool check_field(struct verify *v, char kind, int64_t value)
{
	const struct module *m = v->b->module;

	switch (kind) {
	case 'D': case 'S': case 'A': case '1': case '2': case '3': case '4': return check_slot(v, value, 8);
	case 'X': return check_slot(v, value & 0xffff, 8);
	case 'Y': return check_slot(v, value & 0xffff, 8) && check_slot(v, value >> 16 & 0xffff, 8);
	case 'V': case 'W': return check_slot(v, value, 16);
	case 'w': return value <= v->b->frame || wrong(v, "a window outside of the frame:", value);
	case 't': return check_target(v, value);
	case 'h': return value == v->b->header || wrong(v, "another header:", value);
	case 'f': return (uint64_t)value < m->nfuncs || wrong(v, "no such function:", value);
	case 'g': return (uint64_t)value < m->nglobals || wrong(v, "no such global:", value);
	case 'b': return (uint64_t)value < m->ntables || wrong(v, "no such table:", value);
	case 'e': return (uint64_t)value < m->nelems || wrong(v, "no such element segment:", value);
	case 'x': return (uint64_t)value < m->data_count || wrong(v, "no such data segment:", value);
	case 'M': return (uint64_t)value < m->nmemories || wrong(v, "no such memory:", value);
	case 'j': return (uint64_t)value < m->ntags || wrong(v, "no such tag:", value);
	default:  return true;
	}
}

static bool check_switch(struct verify *v, uint32_t count)
{
	uint32_t entry = v->b->kind == BODY_PLAIN ? 8 : 4;

	for (uint32_t i = 0; i <= count; i++)
		if (!check_target(v, *(const int32_t *)(const void *)(v->b->cells + v->at + v->stride + i * entry)))
			return false;
	return true;
}

static bool check_cell(struct verify *v)
{
	const struct body *b = v->b;
	const char *p = b->cells + v->at;
	int64_t f[4];

	if (b->kind == BODY_PLAIN) {
		const struct wcell *w = (const struct wcell *)(const void *)p;
		f[0] = w->a, f[1] = w->b, f[2] = w->c, f[3] = w->d;
	} else {
		const struct cell *c = (const struct cell *)(const void *)p;
		f[0] = c->a, f[1] = c->b, f[2] = c->c, f[3] = c->d;
	}
	struct regir_info info = regir_info(v->op);
	/* fields of ENTER and of calls without arguments may name the end of the frame */
	for (int i = 0; v->op != R_ENTER && i < 4 && info.format[i] && info.format[i] != 'K'; i++)
		if (!((v->op == R_RETURN || v->op == R_END || v->op == R_RETURNN) && i == 1) && !check_field(v, info.format[i], f[i]))
			return false;
	if (info.ext == EXT_TABLE)
		return check_switch(v, (uint32_t)f[2]);
	return v->at + code_cell_size(b, v->at) <= b->size || wrong(v, "a cell beyond the end:", v->at);
}

/* An accumulator form stands behind the cell that produced the slot it names. */
static bool check_acc(struct verify *v, uint32_t before)
{
	int field = acc_field(v->op);

	if (field < 0)
		return true;
	const struct cell *c = (const struct cell *)(const void *)(v->b->cells + v->at);
	const struct cell *p = (const struct cell *)(const void *)(v->b->cells + before);
	uint32_t s = field == 0 ? c->a : field == 1 ? c->b : (uint32_t)c->c;
	enum regir form = acc_form(acc_base(v->op), acc_produces(code_op(v->b, before)), p->a, c->a, c->b, c->c);
	return (form != acc_base(form) && acc_base(form) == acc_base(v->op) && p->a == s) || wrong(v, "no accumulator for slot", s);
}

/* What comes in p and q are the pins of the loop around; what changes their slots changes them, too. */
static bool check_pins(struct verify *v)
{
	const struct cell *c = (const struct cell *)(const void *)(v->b->cells + v->at);
	const char *format = regir_info(v->op).format;
	const int64_t f[4] = { c->a, c->b, c->c, c->d };
	uint32_t p, q;
	bool pinned = code_held(v->b, v->at, &p, &q);

	for (int i = 0; i < 4 && format[i]; i++) {
		bool is_p = format[i] == '1' || format[i] == '3', is_q = format[i] == '2' || format[i] == '4';
		if ((is_p && !(pinned && f[i] == p)) || (is_q && !(pinned && f[i] == q)))
			return wrong(v, "no pin for slot", (uint32_t)f[i]);
		if (pinned && format[i] == 'D' && (f[i] == p || f[i] == q))
			return wrong(v, "a pin is not written:", (uint32_t)f[i]);
	}
	return true;
}

bool regir_verify(const struct body *b, struct err *e)
{
	struct verify v = { b, 0, b->kind == BODY_PLAIN ? sizeof(struct wcell) : sizeof(struct cell), R_NOP, e };

	uint32_t before = 0;

	for (; v.at < b->size; v.at += code_cell_size(b, v.at)) {
		v.op = code_op(b, v.at);
		if (!check_cell(&v) || !check_acc(&v, before) || (b->kind != BODY_PLAIN && !check_pins(&v)))
			return false;
		before = v.at;
	}
	for (uint32_t i = 0; i < b->nhandlers; i++) {
		const struct handler_row *h = &b->handlers[i];
		if (h->start > h->end || h->end > b->size || (!h->delegate && !is_cell(b, h->target)))
			return err_set(e, E_INTERNAL, place_none(), "register IR of function #%u: handler %u", b->func, i);
	}
	return true;
}
