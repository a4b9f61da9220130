/* Places; see place.h. */
#include "trace/place.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/probe.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "trace/event.h"
#include "wat/disasm.h"

void places_free(struct places *p)
{
	vec_free(&p->funcs);
	vec_free(&p->all);
	vec_free(&p->by_number);
	arena_free(&p->arena);
	*p = (struct places){ 0 };
}

void places_store_gone(struct places *p)
{
	vec_clear(&p->by_number);
	for (size_t i = 0; i < p->funcs.count; i++)
		p->funcs.data[i].func = NULL;
}

void places_module_gone(struct places *p, const struct module *m)
{
	for (size_t i = 0; i < p->funcs.count; i++)
		if (p->funcs.data[i].module == m)
			p->funcs.data[i].module = NULL;
}

/* ---- functions -------------------------------------------------------------------------------------------------------- */

static struct str label(struct places *p, const struct func *f)
{
	struct buf b = { 0 };

	if (f->inst) {
		module_func_label(f->inst->module, f->index, &b);
	} else {
		buf_escaped(&b, f->host_module ? f->host_module : "host", strlen(f->host_module ? f->host_module : "host"), false);
		buf_putc(&b, '.');
		buf_escaped(&b, f->host_name ? f->host_name : "", f->host_name ? strlen(f->host_name) : 0, false);
	}
	struct str name = { arena_strndup(&p->arena, buf_str(&b), b.size), b.size };
	buf_free(&b);
	return name.p ? name : STR("?");
}

static bool add_func(struct places *p, const struct func *f)
{
	struct traced_func t = {
		.func = f, .module = f->inst ? f->inst->module : NULL, .type = f->type, .index = f->index,
		.instance = f->inst ? f->inst->number : 0, .name = label(p, f), .self = (uint32_t)p->all.count,
	};
	struct place_info self = { (uint32_t)p->funcs.count, f->inst ? f->inst->module->funcs[f->index].body : 0, OP_NONE };

	if (t.instance > p->instances)
		p->instances = t.instance;
	if (!vec_reserve(&p->by_number, f->number + 1u) || !vec_push(&p->all, self))
		return false;
	while (p->by_number.count <= f->number)
		vec_push(&p->by_number, 0);     /* there is room */
	if (!vec_push(&p->funcs, t))
		return false;
	p->by_number.data[f->number] = (uint32_t)p->funcs.count;
	return true;
}

uint32_t places_func(struct places *p, const struct func *f)
{
	if (f->number < p->by_number.count && p->by_number.data[f->number])
		return p->by_number.data[f->number] - 1;
	if (add_func(p, f))
		return (uint32_t)p->funcs.count - 1;
	p->failed = true;
	return NO_PLACE;
}

uint32_t places_func_place(struct places *p, const struct func *f)
{
	uint32_t func = places_func(p, f);

	return func == NO_PLACE ? NO_PLACE : p->funcs.data[func].self;
}

/* ---- instructions ------------------------------------------------------------------------------------------------------ */

static enum op op_at(const struct module *m, uint32_t offset)
{
	struct err e = { 0 };
	struct cursor c = cursor_at(m, offset, &e);
	struct instr in;

	return instr_read(&c, &in, &e) ? in.op : OP_NONE;
}

/* A place for each cell; those that are no instruction of Wasm's own (entry, extensions, `else`, the last `end`) have no op. */
static bool add_cells(struct places *p, uint32_t func, const struct body *b)
{
	struct traced_func *t = &p->funcs.data[func];
	uint32_t n = b->size / (uint32_t)sizeof(struct wcell), first = (uint32_t)p->all.count;

	if (!vec_reserve(&p->all, first + n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		vec_push(&p->all, ((struct place_info){ func, 0, OP_NONE }));
	for (uint32_t at = 0; at < b->size; at += code_cell_size(b, at)) {
		const struct wcell *w = (const struct wcell *)(const void *)(b->cells + at);
		struct place_info *x = &p->all.data[first + at / sizeof *w];
		enum regir ir = code_op(b, at);
		x->offset = w->offset;
		if (ir != R_UNREACHED && interp_count_table[ir] == interp_count_table[R_NOP])
			x->op = (uint16_t)op_at(b->module, w->offset);
	}
	t->cells = b->cells;
	t->first = first;
	t->count = n;
	return true;
}

uint32_t places_cell(struct places *p, const struct func *f, const struct body *b, const void *cell)
{
	uint32_t func = places_func(p, f);

	if (func == NO_PLACE)
		return NO_PLACE;
	if (!p->funcs.data[func].count && !add_cells(p, func, b)) {
		p->failed = true;
		return NO_PLACE;
	}
	const struct traced_func *t = &p->funcs.data[func];
	return t->first + (uint32_t)(((const char *)cell - t->cells) / (ptrdiff_t)sizeof(struct wcell));
}

static struct body *plain_body(const struct func *f, struct err *e)
{
	return code_body(f->inst->module, f->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, e);
}

bool places_all_of(struct places *p, const struct func *f)
{
	struct err e = { 0 };
	struct body *b = f->inst ? plain_body(f, &e) : NULL;

	return !f->inst || (b && places_cell(p, f, b, b->cells) != NO_PLACE);
}

uint32_t places_offset(struct places *p, const struct func *f, uint32_t offset)
{
	struct err e = { 0 };
	struct body *b = f->inst ? plain_body(f, &e) : NULL;
	const struct body_map *m = b ? body_map(b, &e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, offset) : NULL;

	return row ? places_cell(p, f, b, b->cells + row->at) : places_func_place(p, f);
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

void place_print_func(const struct places *p, const struct traced_func *f, struct buf *out)
{
	buf_put(out, f->name.p, f->name.n);
	if (p->instances > 1 && f->instance)
		buf_printf(out, "@%u", f->instance);
}

void place_print(const struct places *p, uint32_t place, struct buf *out)
{
	if (place == NO_PLACE) {
		buf_puts(out, "?");
		return;
	}
	const struct place_info *x = &p->all.data[place];
	const struct traced_func *f = &p->funcs.data[x->func];
	place_print_func(p, f, out);
	if (place != f->self)
		buf_printf(out, "+0x%x", x->offset - p->all.data[f->self].offset);
}

void place_print_instr(const struct places *p, uint32_t place, struct buf *out)
{
	const struct place_info *x = &p->all.data[place];
	const struct module *m = p->funcs.data[x->func].module;
	struct err e = { 0 };
	struct instr in;

	if (x->op == OP_NONE)
		return;
	if (m) {
		struct cursor c = cursor_at(m, x->offset, &e);
		if (instr_read(&c, &in, &e) && disasm_text(m, &in, out))
			return;
	}
	buf_puts(out, op_info[x->op].text);
}
