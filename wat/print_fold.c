/*
 * A body, folded. The instructions become a tree first: an instruction takes the items just before it as children
 * when each of them pushes exactly one value and there are as many as it pops. Anything else stays an item of its own,
 * written flat, so the order of the instructions never changes and the result is right whatever the types are:
 *
 *     local.get 0                 items: [get 0] [const 1]   -> add takes both
 *     i32.const 1         ->      (i32.add
 *     i32.add                       (local.get 0)
 *                                   (i32.const 1))
 *
 * Then the tree is written, on one line where it fits. Neither step recurses.
 */
#include "wat/print_ctx.h"

enum { NO_NODE = 0xffffffffu, WIDE = 1000, LINE_WIDTH = 96, IF_WIDTH = 60 };

enum shape {
	SHAPE_FLAT,     /* without brackets: its operands stand before it */
	SHAPE_OP,       /* (op operands…) */
	SHAPE_BLOCK,    /* (block instructions…), also loop, try, try_table */
	SHAPE_IF,       /* (if condition (then …) (else …)) */
	SHAPE_ARM,      /* then, else, do, catch, catch_all, delegate */
};

struct node {
	uint32_t head, head_size;       /* its text, in heads */
	uint32_t first, last, next;     /* children in order */
	uint32_t offset, end_offset;    /* of the instruction and of its end; 0: none */
	uint32_t width;                 /* on one line, up to WIDE */
	uint8_t shape, hint;            /* hint: length of the annotation at the beginning of head */
};

/* What a finished item leaves on the stack. */
enum leaves { LEAVES_NONE, LEAVES_ONE, LEAVES_OTHER };

struct item {
	uint32_t node;
	enum leaves leaves;
};

struct frame {
	uint32_t node, arm;     /* the block; where instructions go (itself or an arm) */
	size_t base;            /* its first item */
	bool whole;             /* all that it pops is among its children */
};

struct cursor_at_node { uint32_t node, child, level; bool flat; };

struct fold {
	struct printer *p;
	struct buf heads;
	VEC(struct node) nodes;
	VEC(struct item) items;
	VEC(struct frame) frames;
	VEC(struct cursor_at_node) path;        /* while writing: the nodes around */
	bool failed;
};

/* ---- building -------------------------------------------------------------------------------- */

static uint32_t node_add(struct fold *f, enum shape shape, uint32_t head, uint32_t offset)
{
	struct node n = { .head = head, .head_size = (uint32_t)f->heads.size - head, .first = NO_NODE,
		.last = NO_NODE, .next = NO_NODE, .offset = offset, .shape = (uint8_t)shape };

	n.width = n.head_size + 2 < WIDE ? n.head_size + 2 : WIDE;
	if (!vec_push(&f->nodes, n))
		f->failed = true;
	return (uint32_t)f->nodes.count - 1;
}

static uint32_t node_instr(struct fold *f, enum shape shape, const struct instr *in)
{
	uint32_t head = (uint32_t)f->heads.size, node;
	size_t hint;

	print_hint(f->p, in, &f->heads);
	hint = f->heads.size - head;
	print_instr(f->p, in, &f->heads);
	node = node_add(f, shape, head, in->offset);
	if (!f->failed)
		f->nodes.data[node].hint = (uint8_t)hint;
	return node;
}

static uint32_t node_word(struct fold *f, const char *word, uint32_t offset)
{
	uint32_t head = (uint32_t)f->heads.size;

	buf_puts(&f->heads, word);
	return node_add(f, SHAPE_ARM, head, offset);
}

static void node_adopt(struct fold *f, uint32_t parent, uint32_t child)
{
	struct node *n = &f->nodes.data[parent], *c = &f->nodes.data[child];
	bool second = n->first != NO_NODE;

	if (second)
		f->nodes.data[n->last].next = child;
	else
		n->first = child;
	n->last = child;
	n->width += c->width + 1;
	if (n->width > WIDE || n->shape == SHAPE_BLOCK || (n->shape == SHAPE_ARM && second)
		|| (n->shape == SHAPE_IF && n->width > IF_WIDTH))
		n->width = WIDE;
}

/* Give the last COUNT items to PARENT. */
static void adopt_items(struct fold *f, uint32_t parent, size_t count)
{
	for (size_t i = f->items.count - count; i < f->items.count; i++)
		node_adopt(f, parent, f->items.data[i].node);
	f->items.count -= count;
}

static bool can_take(const struct fold *f, uint32_t count)
{
	if (f->items.count - vec_last(&f->frames).base < count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (f->items.data[f->items.count - 1 - i].leaves != LEAVES_ONE)
			return false;
	return true;
}

static void item_add(struct fold *f, uint32_t node, bool whole, uint32_t pushes)
{
	struct item it = { node, !whole || pushes > 1 ? LEAVES_OTHER : pushes ? LEAVES_ONE : LEAVES_NONE };

	if (!vec_push(&f->items, it))
		f->failed = true;
}

static void fold_plain(struct fold *f, const struct instr *in)
{
	uint32_t pops, pushes, node;
	bool whole = print_arity(f->p, in, &pops, &pushes) && can_take(f, pops);

	node = node_instr(f, whole ? SHAPE_OP : SHAPE_FLAT, in);
	if (f->failed)
		return;
	if (whole)
		adopt_items(f, node, pops);
	item_add(f, node, whole, pushes);
}

static void fold_open(struct fold *f, const struct instr *in)
{
	bool is_if = in->op == OP_IF, takes = is_if && can_take(f, 1);
	struct frame frame = { .whole = !is_if || takes };
	uint32_t first = NO_NODE;

	if (!label_push(f->p, in)) {
		f->failed = true;
		return;
	}
	frame.node = frame.arm = node_instr(f, is_if ? SHAPE_IF : SHAPE_BLOCK, in);
	frame.whole &= vec_last(&f->p->labels).nparams == 0;
	if (is_if)
		first = node_word(f, "then", 0);
	else if (in->op == OP_TRY)
		first = node_word(f, "do", 0);
	if (f->failed)
		return;
	if (takes)
		adopt_items(f, frame.node, 1);
	if (first != NO_NODE)
		frame.arm = first;
	frame.base = f->items.count;
	if (!vec_push(&f->frames, frame))
		f->failed = true;
}

/* An arm adopts its instructions before the block adopts the arm, so that widths are known. */
static void fold_next_arm(struct fold *f, const struct instr *in)
{
	struct frame *top = &vec_last(&f->frames);
	uint32_t arm = node_instr(f, SHAPE_ARM, in);

	if (f->failed)
		return;
	adopt_items(f, top->arm, f->items.count - top->base);
	if (top->arm != top->node)
		node_adopt(f, top->node, top->arm);
	top->arm = arm;
}

static void fold_close(struct fold *f, const struct instr *in)
{
	struct label l = vec_pop(&f->p->labels);
	struct frame *top = &vec_last(&f->frames);

	if (in->op == OP_DELEGATE)
		fold_next_arm(f, in);
	else
		f->nodes.data[top->node].end_offset = in->offset;
	if (f->failed)
		return;
	adopt_items(f, top->arm, f->items.count - top->base);
	if (top->arm != top->node)
		node_adopt(f, top->node, top->arm);
	item_add(f, top->node, top->whole, l.nresults);
	f->frames.count--;
}

static void fold_instr(struct fold *f, const struct instr *in)
{
	if (op_opens(in->op))
		fold_open(f, in);
	else if (in->op == OP_END || in->op == OP_DELEGATE)
		fold_close(f, in);
	else if (in->op == OP_ELSE || in->op == OP_CATCH || in->op == OP_CATCH_ALL)
		fold_next_arm(f, in);
	else
		fold_plain(f, in);
}

/* Everything up to the function's end, whose offset goes to *END, below node 0. */
static bool fold_body(struct fold *f, struct cursor *c, uint32_t *end)
{
	struct frame root = { .node = node_word(f, "", 0), .whole = true };
	struct instr in;

	root.arm = root.node;
	if (f->failed || !vec_push(&f->frames, root))
		return err_oom(f->p->e);
	for (;;) {
		if (!instr_read(c, &in, f->p->e))
			return false;
		if (in.op == OP_END && f->frames.count == 1)
			break;
		if (f->frames.count == 1 && (in.op == OP_ELSE || in.op == OP_DELEGATE || in.op == OP_CATCH
				|| in.op == OP_CATCH_ALL))
			return cursor_error(c, E_END_EXPECTED, in.offset, "%s outside of a block", op_info[in.op].text);
		fold_instr(f, &in);
		if (f->failed || f->heads.failed)
			return err_oom(f->p->e);
	}
	adopt_items(f, root.node, f->items.count);
	*end = in.offset;
	return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_head(struct fold *f, const struct node *n)
{
	struct printer *p = f->p;

	if (p->o.offsets && n->offset)
		buf_printf(p->out, "(;@0x%x;) ", n->offset);
	buf_put(p->out, f->heads.data + n->head, n->hint);
	if (n->shape != SHAPE_FLAT)
		buf_putc(p->out, '(');
	if (n->offset)
		print_place(p, n->offset);
	buf_put(p->out, f->heads.data + n->head + n->hint, n->head_size - n->hint);
}

static bool fits(const struct fold *f, const struct node *n, uint32_t level)
{
	return n->width + level * (uint32_t)f->p->o.indent <= LINE_WIDTH;
}

static void write_close(struct fold *f, const struct node *n, const struct cursor_at_node *at)
{
	if (n->shape == SHAPE_FLAT)
		return;
	if (!at->flat && n->shape != SHAPE_OP && n->first != NO_NODE)
		print_line(f->p, at->level);
	if (n->end_offset)
		print_place(f->p, n->end_offset);
	buf_putc(f->p->out, ')');
}

/* Write the head of CHILD where it belongs and go into it. */
static bool write_enter(struct fold *f, const struct cursor_at_node *up, uint32_t child)
{
	const struct node *parent = &f->nodes.data[up->node], *n = &f->nodes.data[child];
	struct cursor_at_node at = { .node = child, .child = n->first, .level = up->level + 1 };
	bool condition = parent->shape == SHAPE_IF && child == parent->first && n->shape != SHAPE_ARM;

	if (up->flat || (condition && fits(f, n, up->level + parent->head_size / 2)))
		buf_putc(f->p->out, ' ');
	else
		print_line(f->p, at.level);
	at.flat = up->flat || fits(f, n, at.level);
	write_head(f, n);
	return vec_push(&f->path, at) || err_oom(f->p->e);
}

static bool write_tree(struct fold *f, uint32_t level)
{
	struct cursor_at_node root = { .node = 0, .child = f->nodes.data[0].first, .level = level - 1 };

	if (!vec_push(&f->path, root))
		return err_oom(f->p->e);
	while (f->path.count) {
		struct cursor_at_node *at = &vec_last(&f->path);

		if (at->child != NO_NODE) {
			struct cursor_at_node up = *at;

			at->child = f->nodes.data[up.child].next;
			if (!write_enter(f, &up, up.child))
				return false;
			continue;
		}
		if (at->node)
			write_close(f, &f->nodes.data[at->node], at);
		f->path.count--;
	}
	return true;
}

bool print_folded(struct printer *p, struct cursor *c, uint32_t level)
{
	struct fold f = { .p = p };
	uint32_t end = 0;
	bool ok = fold_body(&f, c, &end) && write_tree(&f, level);

	if (ok)
		print_func_close(p, level - 1, end);
	buf_free(&f.heads);
	vec_free(&f.nodes);
	vec_free(&f.items);
	vec_free(&f.frames);
	vec_free(&f.path);
	return ok;
}
