/*
 * Instruction sequences, flat and folded in any mixture, without recursion: what is open stands on p->frames.
 *
 * A folded instruction's opcode comes after its operands, so its bytes wait in p->waiting until its parenthesis closes:
 *
 *	(i32.add (local.get 0) (i32.const 1))
 *	 ^ 6a waits             ^ written    ^ … then 6a is written
 *
 * Labels have their own stack; an identifier knows its innermost label, a label what it shadowed.
 */
#include "wat/parse.h"

#include "engine/limits.h"

/* ---- frames and labels --------------------------------------------------------------------------------------- */

static struct frame *top(struct parser *p)
{
	return &vec_last(&p->frames);
}

static bool frame_push(struct parser *p, struct frame f)
{
	if (p->frames.count > MAX_NESTING)
		return err_set(p->e, E_TOO_DEEP, place_of(&p->tok), "nesting too deep: more than %d levels", MAX_NESTING);
	return vec_push(&p->frames, f) || err_oom(p->e);
}

static bool label_open(struct parser *p, uint32_t ident)
{
	struct label l = { ident, 0 };

	if (ident) {
		struct ident *id = &p->idents.list.data[ident - 1];
		l.shadowed = id->label;
		id->label = (uint32_t)p->labels.count + 1;
		if (p->func) {
			emit_uleb(&p->fn_labels, p->label_count);
			emit_str(&p->fn_labels, id->name);
			p->fn_nlabels++;
		}
	}
	p->label_count++;
	return vec_push(&p->labels, l) || err_oom(p->e);
}

static void label_close(struct parser *p)
{
	struct label l = vec_pop(&p->labels);

	if (l.ident)
		p->idents.list.data[l.ident - 1].label = l.shadowed;
}

/* After else and end: the label's identifier may be repeated. */
static bool label_again(struct parser *p)
{
	struct place at = place_of(&p->tok);
	struct str text = token_text(&p->lx, &p->tok);
	uint32_t ident;

	if (p->tok.kind != TK_ID)
		return true;
	if (!parse_id(p, &ident))
		return false;
	uint32_t opened = vec_last(&p->labels).ident;
	if (ident == opened)
		return true;
	if (!opened)
		return err_set(p->e, E_LABEL_MISMATCH, at, "mismatching label %.*s: the block has none", STR_ARGS(text));
	return err_set(p->e, E_LABEL_MISMATCH, at, "mismatching label %.*s: the block's is $%.*s", STR_ARGS(text),
		STR_ARGS(p->idents.list.data[opened - 1].name));
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static bool hint_add(struct parser *p, bool likely)
{
	struct hint_out h = { p->func - 1, (uint32_t)(p->out->bytes.size - p->body), likely };

	return vec_push(&p->hints, h) || err_oom(p->e);
}

static bool emit_plain(struct parser *p, enum op op, uint32_t keyword)
{
	if (!map_here(p, p->out, keyword, false))
		return false;
	emit_op(&p->out->bytes, op);
	return true;
}

/* Take back what was written since START and let it wait. */
static void wait_from(struct parser *p, size_t start)
{
	struct buf *b = &p->out->bytes;

	if (b->size > start)            /* nothing there: memory ran out */
		emit_bytes(&p->waiting, b->data + start, b->size - start);
	b->size = start;
}

/* Write the bytes of the folded instruction on top, whose operands are complete. */
static bool emit_waiting(struct parser *p, const struct frame *f)
{
	if ((f->hint && !hint_add(p, f->likely)) || !map_here(p, p->out, f->keyword, false))
		return false;
	if (p->waiting.failed || p->waiting.size == f->waiting)
		return err_oom(p->e);
	emit_bytes(&p->out->bytes, p->waiting.data + f->waiting, p->waiting.size - f->waiting);
	p->waiting.size = f->waiting;
	return true;
}

/* ---- instructions that both forms share ------------------------------------------------------------------------- */

/* A hint before this token, checked against the instruction. */
static bool read_hint(struct parser *p, struct frame *f)
{
	if (p->tok.annotation == 0)
		return true;
	return annotation_at_instr(p, &f->hint, &f->likely);
}

static bool hint_check(struct parser *p, const struct frame *f)
{
	if (!f->hint || (p->tok.kind == TK_OP && (p->tok.id == OP_IF || p->tok.id == OP_BR_IF)))
		return true;
	return err_set(p->e, E_ANNOTATION, place_of(&p->tok),
		"@metadata.code.branch_hint annotation: invalid target, only if and br_if can have one");
}

static bool feature_check(struct parser *p, enum op op)
{
	if (__builtin_expect(features_has_op(p->features, op), 1))
		return true;
	return err_set(p->e, E_FEATURE_OFF, place_of(&p->tok), "%s needs the feature %s, which is off", op_info[op].text,
		feature_info[op_info[op].feature].name);
}

/* Keyword, label and block type of a structured instruction, written to p->out. */
static bool block_header(struct parser *p, enum op op, uint32_t *label)
{
	return advance(p) && parse_id(p, label) && parse_immediates(p, op);
}

/* ---- flat ------------------------------------------------------------------------------------------------------- */

static bool flat_block(struct parser *p, enum op op, enum frame_kind kind, uint32_t keyword)
{
	uint32_t label;

	return map_here(p, p->out, keyword, false) && block_header(p, op, &label) && label_open(p, label) &&
		frame_push(p, (struct frame){ .kind = (uint8_t)kind, .keyword = keyword });
}

static bool flat_else(struct parser *p, uint32_t keyword)
{
	if (top(p)->kind != FRAME_IF)
		return parse_unexpected(p, "an instruction (no if is open here)");
	top(p)->kind = FRAME_ELSE;
	return emit_plain(p, OP_ELSE, keyword) && advance(p) && label_again(p);
}

static bool flat_end(struct parser *p, uint32_t keyword)
{
	if (top(p)->kind == FRAME_BODY || top(p)->kind > FRAME_CATCH_ALL)
		return parse_unexpected(p, "an instruction or ) (no block is open here)");
	if (!emit_plain(p, OP_END, keyword) || !advance(p) || !label_again(p))
		return false;
	label_close(p);
	(void)vec_pop(&p->frames);
	return true;
}

static bool flat_catch(struct parser *p, enum op op, uint32_t keyword)
{
	if (top(p)->kind != FRAME_TRY && top(p)->kind != FRAME_CATCH)
		return parse_unexpected(p, "an instruction (no try is open here)");
	top(p)->kind = op == OP_CATCH ? FRAME_CATCH : FRAME_CATCH_ALL;
	return map_here(p, p->out, keyword, false) && advance(p) && parse_immediates(p, op) &&
		(op == OP_CATCH || label_again(p));
}

static bool flat_delegate(struct parser *p, uint32_t keyword)
{
	if (top(p)->kind != FRAME_TRY)
		return parse_unexpected(p, "an instruction (no try without catch is open here)");
	label_close(p);
	(void)vec_pop(&p->frames);
	return map_here(p, p->out, keyword, false) && advance(p) && parse_immediates(p, OP_DELEGATE);
}

static bool flat(struct parser *p)
{
	struct frame h = { 0 };
	enum op op = p->tok.id;
	uint32_t keyword = p->tok.start;

	/* between the operands of a folded instruction plain ones are let through: some writers of text put them there */
	if (top(p)->kind == FOLD_IF || top(p)->kind == FOLD_TRY)
		return parse_unexpected(p, top(p)->kind == FOLD_IF ? "(then" : "(do");
	if (!read_hint(p, &h) || !hint_check(p, &h) || !feature_check(p, op))
		return false;
	if (h.hint && !hint_add(p, h.likely))
		return false;
	switch (op) {
	case OP_BLOCK:
	case OP_LOOP:
	case OP_TRY_TABLE:
		return flat_block(p, op, FRAME_BLOCK, keyword);
	case OP_IF:
		return flat_block(p, op, FRAME_IF, keyword);
	case OP_TRY:
		return flat_block(p, op, FRAME_TRY, keyword);
	case OP_ELSE:
		return flat_else(p, keyword);
	case OP_END:
		return flat_end(p, keyword);
	case OP_CATCH:
	case OP_CATCH_ALL:
		return flat_catch(p, op, keyword);
	case OP_DELEGATE:
		return flat_delegate(p, keyword);
	default:
		return map_here(p, p->out, keyword, false) && advance(p) && parse_immediates(p, op);
	}
}

/* ---- folded ----------------------------------------------------------------------------------------------------- */

static bool fold_plain(struct parser *p, struct frame f, enum op op)
{
	size_t start = p->out->bytes.size;

	if (!advance(p) || !parse_immediates(p, op))
		return false;
	f.kind = FOLD_OP;
	f.waiting = (uint32_t)p->waiting.size;
	if (p->tok.kind != TK_RPAR) {
		wait_from(p, start);
		return frame_push(p, f);
	}
	struct text_pair pair = { (uint32_t)start, f.keyword };
	if (!vec_push(&p->out->pairs, pair))
		return err_oom(p->e);
	if (f.hint && !vec_push(&p->hints, ((struct hint_out){ p->func - 1, (uint32_t)(start - p->body), f.likely })))
		return err_oom(p->e);
	return advance(p);
}

static bool fold_if(struct parser *p, struct frame f)
{
	size_t start = p->out->bytes.size;

	f.kind = FOLD_IF;
	f.waiting = (uint32_t)p->waiting.size;
	if (!block_header(p, OP_IF, &f.label))
		return false;
	wait_from(p, start);
	return frame_push(p, f);
}

static bool fold_block(struct parser *p, struct frame f, enum op op)
{
	uint32_t label;

	f.kind = op == OP_TRY ? FOLD_TRY : FOLD_BLOCK;
	return map_here(p, p->out, f.keyword, false) && block_header(p, op, &label) && label_open(p, label) &&
		frame_push(p, f);
}

/* "(then" and "(else" of an if */
static bool fold_arm(struct parser *p)
{
	struct frame *f = top(p);
	bool then = p->next.kind == TK_WORD && p->next.id == W_then && f->state == 0;
	bool other = p->next.kind == TK_OP && p->next.id == OP_ELSE && f->state == 1;

	if (!then && !other) {
		if (!advance(p))
			return false;
		return parse_unexpected(p, f->state == 0 ? "then" : f->state == 1 ? "else or )" : ")");
	}
	f->state++;
	if (then) {
		struct frame copy = *f;
		if (!emit_waiting(p, &copy) || !label_open(p, copy.label))
			return false;
	}
	if (!advance(p))
		return false;
	if (other && !emit_plain(p, OP_ELSE, p->tok.start))
		return false;
	return advance(p) && frame_push(p, (struct frame){ .kind = then ? FOLD_THEN : FOLD_ELSE });
}

/* "(do", "(catch", "(catch_all" and "(delegate" of a try; state: 1 do, 2 catch, 3 catch_all, 4 delegate seen */
static bool fold_clause(struct parser *p)
{
	struct frame *f = top(p);
	bool is_do = p->next.kind == TK_WORD && p->next.id == W_do, is_op = p->next.kind == TK_OP;
	enum op op = is_op ? p->next.id : OP_NONE;

	if (!advance(p))
		return false;
	uint32_t keyword = p->tok.start;
	if (is_do && f->state == 0) {
		f->state = 1;
	} else if (op == OP_CATCH && (f->state == 1 || f->state == 2)) {
		f->state = 2;
	} else if (op == OP_CATCH_ALL && (f->state == 1 || f->state == 2)) {
		f->state = 3;
	} else if (op == OP_DELEGATE && f->state == 1) {
		f->state = 4;
		label_close(p);
	} else {
		return parse_unexpected(p, f->state == 0 ? "do" : f->state <= 2 ? "catch or catch_all" : ")");
	}
	if (!is_do && !map_here(p, p->out, keyword, false))
		return false;
	if (!advance(p) || (!is_do && !parse_immediates(p, op)))
		return false;
	if (op == OP_DELEGATE)
		return parse_rpar(p);
	return frame_push(p, (struct frame){ .kind = FOLD_CLAUSE });
}

static bool fold_open(struct parser *p)
{
	struct frame f = { 0 };

	if (!peek(p))
		return false;
	if (top(p)->kind == FOLD_TRY)
		return fold_clause(p);
	if (top(p)->kind == FOLD_IF && (top(p)->state > 0 || p->next.kind != TK_OP))
		return fold_arm(p);
	if (!read_hint(p, &f) || !advance(p))
		return false;
	if (p->tok.kind != TK_OP)
		return parse_unexpected(p, "an instruction");
	if (!read_hint(p, &f) || !hint_check(p, &f) || !feature_check(p, p->tok.id))
		return false;
	f.keyword = p->tok.start;
	switch ((enum op)p->tok.id) {
	case OP_ELSE:
	case OP_END:
	case OP_CATCH:
	case OP_CATCH_ALL:
	case OP_DELEGATE:
		return parse_unexpected(p, "an instruction that can be folded");
	case OP_IF:
		return fold_if(p, f);
	case OP_BLOCK:
	case OP_LOOP:
	case OP_TRY:
	case OP_TRY_TABLE:
		return fold_block(p, f, p->tok.id);
	default:
		return fold_plain(p, f, p->tok.id);
	}
}

static bool fold_close(struct parser *p)
{
	struct frame f = *top(p);
	bool ends = f.kind == FOLD_BLOCK || f.kind == FOLD_IF || (f.kind == FOLD_TRY && f.state != 4);

	if (f.kind < FOLD_OP) {
		err_set(p->e, E_TOKEN, place_of(&p->tok), "unexpected token ), expected end");
		err_note(p->e, place_text(f.keyword, 2), "this block is still open");
		return false;
	}
	if (f.kind == FOLD_IF && f.state == 0)
		return parse_unexpected(p, "(then");
	if (f.kind == FOLD_TRY && f.state == 0)
		return parse_unexpected(p, "(do");
	if (f.kind == FOLD_OP && !emit_waiting(p, &f))
		return false;
	if (ends) {
		if (!emit_plain(p, OP_END, p->tok.start))
			return false;
		label_close(p);
	}
	(void)vec_pop(&p->frames);
	return advance(p);
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

static bool expression_begin(struct parser *p, struct section_out *out)
{
	p->out = out;
	vec_clear(&p->frames);
	vec_clear(&p->labels);
	p->waiting.size = 0;
	p->label_count = 0;
	return (vec_push(&p->labels, ((struct label){ 0 })) && vec_push(&p->frames, ((struct frame){ .kind = FRAME_BODY }))) ||
		err_oom(p->e);
}

/* The text ends inside an expression: say what is still open. */
static bool text_ends(struct parser *p)
{
	const struct frame *f = top(p);

	err_set(p->e, E_TOKEN, place_of(&p->tok), "unexpected token: the text ends, expected %s",
		f->kind > FRAME_BODY && f->kind < FOLD_OP ? "end" : ")");
	if (f->keyword)
		err_note(p->e, place_text(f->keyword, 1), "this is still open");
	return false;
}

static bool step(struct parser *p)
{
	if (p->tok.kind == TK_EOF)
		return text_ends(p);
	if (p->tok.kind == TK_OP)
		return flat(p);
	if (p->tok.kind == TK_LPAR)
		return fold_open(p);
	if (p->tok.kind == TK_RPAR)
		return fold_close(p);
	return parse_unexpected(p, "an instruction");
}

bool parse_expr(struct parser *p, struct section_out *out)
{
	if (!expression_begin(p, out))
		return false;
	while (p->frames.count > 1 || p->tok.kind != TK_RPAR)
		if (!step(p))
			return false;
	return emit_plain(p, OP_END, p->tok.start);
}

bool parse_folded_expr(struct parser *p, struct section_out *out)
{
	uint32_t at = p->tok.start;

	if (p->tok.kind != TK_LPAR)
		return parse_unexpected(p, "(");
	if (!expression_begin(p, out))
		return false;
	do {
		at = p->tok.start;
		if (!step(p))
			return false;
	} while (p->frames.count > 1);
	return emit_plain(p, OP_END, at);
}
