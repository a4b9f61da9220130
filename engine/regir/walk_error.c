/* What the validator says: expected before found, where it was pushed, in which function. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/regir/walk.h"

void walk_free(struct walk *w)
{
	vec_free(&w->locals);
	vec_free(&w->local_at);
	vec_free(&w->init);
	vec_free(&w->inits);
	vec_free(&w->types);
	vec_free(&w->pushed);
	vec_free(&w->operands);
	vec_free(&w->controls);
	buf_free(&w->out);
	vec_free(&w->fixups);
	vec_free(&w->handlers);
	vec_free(&w->twins);
	vec_free(&w->pinned);
	vec_free(&w->rows);
}

/* "in function #3 $sum, 7 bytes into its body (#3+0x7)" */
static void add_where(struct walk *w, uint64_t offset)
{
	struct buf name = { 0 };
	uint64_t into = offset - w->m->funcs[w->func].body;

	module_func_label(w->m, w->func, &name);
	bool named = buf_str(&name)[0] != '#';
	err_evidence(w->e, "in function #%u%s%s, %llu byte%s into its body (#%u+0x%llx); 'check' shows the stacks", w->func,
		named ? " " : "", named ? buf_str(&name) : "", (unsigned long long)into, into == 1 ? "" : "s", w->func,
		(unsigned long long)into);
	buf_free(&name);
}

bool walk_fail_at(struct walk *w, enum err_code code, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (w->e->code != E_NONE)
		return false;
	va_start(ap, fmt);
	err_setv(w->e, code, place_offset(offset), fmt, ap);
	va_end(ap);
	add_where(w, offset);
	return false;
}

bool walk_fail(struct walk *w, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (w->e->code != E_NONE)
		return false;
	va_start(ap, fmt);
	err_setv(w->e, code, place_offset(w->at), fmt, ap);
	va_end(ap);
	add_where(w, w->at);
	return false;
}

/* The types on the stack as they were before the instruction: at most N, bounded by the block. */
static uint32_t found_types(struct walk *w, uint32_t n, const valtype **found, const uint32_t **pushed)
{
	const struct control *c = &vec_last(&w->controls);
	uint32_t have = w->before > c->height ? w->before - c->height : 0;
	uint32_t k = have < n ? have : n;

	*found = k ? w->types.data + w->before - k : NULL;
	*pushed = k ? w->pushed.data + w->before - k : NULL;
	return k;
}

/* "text expects [want], found [found]" and who pushed the first that does not fit. */
static bool report(struct walk *w, const char *who, const valtype *want, uint32_t n)
{
	struct type_names names = { module_type_name, (void *)(uintptr_t)w->m };
	struct buf a = { 0 }, b = { 0 }, t = { 0 };
	const valtype *found;
	const uint32_t *pushed;
	uint32_t k = found_types(w, n, &found, &pushed);

	if (w->e->code != E_NONE)
		return false;
	valtypes_print(want, n, &names, &a);
	valtypes_print(found, k, &names, &b);
	if (k < n && !vec_last(&w->controls).unreachable)
		err_set(w->e, E_TYPE_MISMATCH, place_offset(w->at), "%s expects [%s], found [%s]: the operand stack is %s short", who,
			buf_str(&a), buf_str(&b), n - k == 1 ? "one" : n - k == 2 ? "two" : "several");
	else
		err_set(w->e, E_TYPE_MISMATCH, place_offset(w->at), "%s expects [%s], found [%s]", who, buf_str(&a), buf_str(&b));
	for (uint32_t i = 0; i < k; i++)
		if (!valtype_sub(w->m->engine, found[i], want[n - k + i])) {
			valtype_print(found[i], &names, &t);
			err_note(w->e, place_offset(pushed[i]), "the %s was pushed here", buf_str(&t));
			break;
		}
	add_where(w, w->at);
	buf_free(&a);
	buf_free(&b);
	buf_free(&t);
	return false;
}

bool walk_mismatch(struct walk *w, const valtype *want, uint32_t n)
{
	return report(w, op_info[w->op].text, want, n);
}

bool walk_mismatch_sig(struct walk *w, const char *sig, valtype address)
{
	valtype want[8];
	uint32_t n = 0;

	if (sig[0] == '?')
		return walk_fail(w, E_TYPE_MISMATCH, "type mismatch: %s expects an operand, found none", op_info[w->op].text);
	for (; sig[n] != ':' && n < 8; n++)
		switch (sig[n]) {
		case 'i': want[n] = VT_I32; break;
		case 'I': want[n] = VT_I64; break;
		case 'f': want[n] = VT_F32; break;
		case 'd': want[n] = VT_F64; break;
		case 'v': want[n] = VT_V128; break;
		default:  want[n] = address; break;
		}
	return report(w, op_info[w->op].text, want, n);
}

bool walk_mismatch_label(struct walk *w, const valtype *want, uint32_t n, const char *what)
{
	const struct control *c = &vec_last(&w->controls);
	uint32_t have = w->before > c->height ? w->before - c->height : 0;
	char who[80];

	snprintf(who, sizeof who, "%s: %s", op_info[w->op].text, what);
	if (w->op == OP_END || w->op == OP_ELSE) {
		snprintf(who, sizeof who, "the end of %s", c->op == OP_END ? "the function" : op_info[c->op].text);
		if (have > n)
			return report(w, who, want, n) || false;
	}
	return report(w, who, want, n);
}
