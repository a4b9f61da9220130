/* One function: its head, its locals and, one instruction a line, its body. */
#include "engine/limits.h"
#include "wat/print_ctx.h"

struct local_run { uint32_t count; valtype type; };

typedef VEC(struct local_run) local_runs;

enum { TYPES_A_LINE = 16 };     /* unnamed locals in one (local …) */

/* Instructions are read lax: what is printed may be invalid, and is checked elsewhere. */
struct cursor print_body_cursor(struct printer *p)
{
	const struct func_decl *f = &p->m->funcs[p->func];
	struct cursor c = cursor_at(p->m, f->body, p->e);

	c.end = c.p + f->body_size;
	c.lax = true;
	return c;
}

static bool read_locals(struct cursor *c, local_runs *runs, uint32_t *total)
{
	struct local_run run;
	uint32_t n;

	if (!read_count(c, &n, UINT32_MAX, "the number of local declarations"))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!read_u32(c, &run.count, "a number of locals") || !read_valtype(c, &run.type))
			return false;
		if (run.count > MAX_LOCALS || (*total += run.count) > MAX_LOCALS)
			return cursor_error(c, E_LIMIT, cursor_offset(c), "too many locals");
		if (!vec_push(runs, run))
			return err_oom(c->e);
	}
	return true;
}

/* ---- head and locals ------------------------------------------------------------------------- */

/* Prints locals one after the other: named ones in brackets of their own, runs of others together. */
struct declaring {
	const char *word;
	uint32_t level;         /* 0: on the current line */
	uint32_t run;           /* types in the open bracket */
};

static void declare_close(struct printer *p, struct declaring *d)
{
	if (d->run)
		buf_putc(p->out, ')');
	d->run = 0;
}

static void declare(struct printer *p, struct declaring *d, uint32_t index, valtype t)
{
	struct buf id = { 0 };
	bool named = print_local_id(p, index, &id);

	if (named || d->run == TYPES_A_LINE)
		declare_close(p, d);
	if (!d->run) {
		if (d->level)
			print_line(p, d->level);
		else
			buf_putc(p->out, ' ');
		buf_printf(p->out, "(%s", d->word);
	}
	if (named)
		buf_printf(p->out, " %s", buf_str(&id));
	buf_putc(p->out, ' ');
	print_valtype(p, t, p->out);
	d->run++;
	if (named)
		declare_close(p, d);
	buf_free(&id);
}

static void print_head(struct printer *p, const struct deftype *t)
{
	const struct func_decl *f = &p->m->funcs[p->func];
	struct declaring d = { .word = "param" };

	buf_puts(p->out, "(func");
	print_def(p, NAME_FUNC, p->func, p->out);
	buf_puts(p->out, " (type ");
	print_ref(p, NAME_TYPE, f->type_index, p->out);
	buf_putc(p->out, ')');
	if (!t)
		return;
	print_group_enter(p, t, f->type_index);
	for (uint32_t i = 0; i < t->nparams; i++)
		declare(p, &d, i, t->params[i]);
	declare_close(p, &d);
	print_valtypes(p, "result", t->results, t->nresults, p->out);
	print_group_leave(p);
}

static void print_locals(struct printer *p, const local_runs *runs, uint32_t index, uint32_t level)
{
	struct declaring d = { .word = "local", .level = level };

	for (size_t r = 0; r < runs->count; r++)
		for (uint32_t i = 0; i < runs->data[r].count; i++)
			declare(p, &d, index++, runs->data[r].type);
	declare_close(p, &d);
}

/* ---- labels: a first pass finds which ones are branched to ----------------------------------- */

typedef VEC(uint32_t) ordinals;

static void mark(struct printer *p, const ordinals *open, uint32_t depth)
{
	if (depth < open->count)
		p->branched.data[open->data[open->count - 1 - depth]] = true;
}

static void mark_list(struct printer *p, const ordinals *open, const struct instr *in)
{
	struct cursor c = instr_list(p->m, in, p->e);
	struct catch_clause x;
	uint32_t label;

	c.lax = true;
	if (in->op == OP_BR_TABLE)
		for (uint32_t i = 0; i <= in->count && read_u32(&c, &label, "a label"); i++)
			mark(p, open, label);
	else
		for (uint32_t i = 0; i < in->count && catch_read(&c, &x); i++)
			mark(p, open, x.label);
}

static bool mark_instr(struct printer *p, ordinals *open, const struct instr *in)
{
	enum imm imm = (enum imm)op_info[in->op].imm;

	/* delegate ends its block before its label counts */
	if ((in->op == OP_END || in->op == OP_DELEGATE) && open->count)
		open->count--;
	if (imm == IMM_LABEL || imm == IMM_BR_CAST)
		mark(p, open, in->index);
	if (imm == IMM_LABELS || imm == IMM_TRY_TABLE)
		mark_list(p, open, in);
	if (!op_opens(in->op))
		return true;
	return (vec_push(open, (uint32_t)p->branched.count) && vec_push(&p->branched, false)) || err_oom(p->e);
}

static bool mark_branches(struct printer *p, struct cursor c)
{
	ordinals open = { 0 };
	struct instr in;
	bool ok = true;

	vec_clear(&p->branched);
	while (ok && cursor_left(&c))
		ok = instr_read(&c, &in, p->e) && mark_instr(p, &open, &in);
	vec_free(&open);
	return ok;
}

/* ---- the body, flat -------------------------------------------------------------------------- */

void print_hint(struct printer *p, const struct instr *in, struct buf *out)
{
	const struct module *m = p->m;
	uint32_t at = in->offset - m->funcs[p->func].body;

	while (p->hint < m->nhints && (m->hints[p->hint].func < p->func
			|| (m->hints[p->hint].func == p->func && m->hints[p->hint].offset < at)))
		p->hint++;
	if (p->hint < m->nhints && m->hints[p->hint].func == p->func && m->hints[p->hint].offset == at)
		buf_printf(out, "(@metadata.code.branch_hint \"\\0%d\") ", m->hints[p->hint].likely);
}

/* The level INSTR stands at; opens and closes labels. */
static bool flat_level(struct printer *p, const struct instr *in, uint32_t level, uint32_t *at)
{
	bool inner = in->op == OP_ELSE || in->op == OP_CATCH || in->op == OP_CATCH_ALL;

	if (in->op == OP_END || in->op == OP_DELEGATE)
		p->labels.count--;
	*at = level + (uint32_t)p->labels.count - (inner && p->labels.count);
	return !op_opens(in->op) || label_push(p, in);
}

void print_func_close(struct printer *p, uint32_t level, uint32_t offset)
{
	if (p->line != p->head_line)
		print_line(p, level);
	print_place(p, offset);
	buf_putc(p->out, ')');
}

static bool print_flat(struct printer *p, struct cursor *c, uint32_t level)
{
	struct instr in;
	uint32_t at;

	for (;;) {
		if (!instr_read(c, &in, p->e))
			return false;
		if ((in.op == OP_END || in.op == OP_DELEGATE) && !p->labels.count)
			break;
		if (!flat_level(p, &in, level, &at))
			return false;
		print_line(p, at);
		if (p->o.offsets)
			buf_printf(p->out, "(;@0x%x;) ", in.offset);
		print_hint(p, &in, p->out);
		print_place(p, in.offset);
		print_instr(p, &in, p->out);
		if (p->out->failed)
			return err_oom(p->e);
	}
	print_func_close(p, level - 1, in.offset);
	return true;
}

/* ---- the function ---------------------------------------------------------------------------- */

static void body_begin(struct printer *p, uint32_t func)
{
	p->in_body = true;
	p->func = func;
	p->ordinal = 0;
	vec_clear(&p->labels);
	map_free(&p->locals);
	p->locals = (struct map){ 0 };
}

static bool print_body(struct printer *p, struct cursor *c, const local_runs *runs, uint32_t nlocals, uint32_t level)
{
	const struct deftype *t = p->m->funcs[p->func].type;
	uint32_t nparams;

	if (t && t->kind != TYPE_FUNC)
		t = NULL;
	nparams = t ? t->nparams : 0;
	if (!print_names_locals(p, nparams + nlocals))
		return false;
	print_head(p, t);
	p->head_line = p->line;
	print_locals(p, runs, nparams, level + 1);
	if (p->o.names && !mark_branches(p, *c))
		return false;
	return p->o.folded ? print_folded(p, c, level + 1) : print_flat(p, c, level + 1);
}

bool print_func(struct printer *p, uint32_t func, uint32_t level)
{
	local_runs runs = { 0 };
	struct cursor c;
	uint32_t nlocals = 0;
	bool ok;

	body_begin(p, func);
	c = print_body_cursor(p);
	ok = read_locals(&c, &runs, &nlocals) && print_body(p, &c, &runs, nlocals, level);
	vec_free(&runs);
	p->in_body = false;
	return ok && p->e->code == E_NONE;
}
