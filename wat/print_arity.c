/* How many values an instruction pops and pushes, which is all that folding needs to know. */
#include "wat/print_ctx.h"

/* The values a branch to DEPTH takes along. */
static uint32_t label_values(struct printer *p, uint32_t depth)
{
	const struct label *l = label_at(p, depth);
	const struct deftype *t = p->m->funcs[p->func].type;

	if (l)
		return l->loop ? l->nparams : l->nresults;
	return t && t->kind == TYPE_FUNC ? t->nresults : 0;
}

static const struct deftype *type_at(struct printer *p, uint32_t index, enum type_kind kind)
{
	if (index >= p->m->ntypes || p->m->types[index]->kind != kind)
		return NULL;
	return p->m->types[index];
}

static bool arity_call(const struct deftype *t, uint32_t more, bool tail, uint32_t *pops, uint32_t *pushes)
{
	if (!t || t->kind != TYPE_FUNC)
		return false;
	*pops = t->nparams + more;
	*pushes = tail ? 0 : t->nresults;
	return true;
}

static bool arity_throw(struct printer *p, uint32_t tag, uint32_t *pops, uint32_t *pushes)
{
	return tag < p->m->ntags && arity_call(p->m->tags[tag].type, 0, true, pops, pushes);
}

/* pops << 4 | pushes of the instructions whose rule is about types, not about numbers of values; 0xff: others */
static unsigned fixed(enum op op)
{
	switch (op) {
	case OP_UNREACHABLE: case OP_RETHROW:
		return 0x00;
	case OP_THROW_REF: case OP_DROP: case OP_LOCAL_SET: case OP_GLOBAL_SET:
		return 0x10;
	case OP_LOCAL_GET: case OP_GLOBAL_GET: case OP_REF_NULL: case OP_REF_FUNC: case OP_STRUCT_NEW_DEFAULT:
	case OP_TABLE_SIZE:
		return 0x01;
	case OP_LOCAL_TEE: case OP_TABLE_GET: case OP_REF_IS_NULL: case OP_REF_AS_NON_NULL: case OP_STRUCT_GET:
	case OP_STRUCT_GET_S: case OP_STRUCT_GET_U: case OP_ARRAY_NEW_DEFAULT: case OP_ARRAY_LEN: case OP_REF_TEST:
	case OP_REF_TEST_NULL: case OP_REF_CAST: case OP_REF_CAST_NULL: case OP_ANY_CONVERT_EXTERN:
	case OP_EXTERN_CONVERT_ANY: case OP_REF_I31: case OP_I31_GET_S: case OP_I31_GET_U:
		return 0x11;
	case OP_TABLE_SET: case OP_STRUCT_SET:
		return 0x20;
	case OP_REF_EQ: case OP_ARRAY_NEW: case OP_ARRAY_NEW_DATA: case OP_ARRAY_NEW_ELEM: case OP_ARRAY_GET:
	case OP_ARRAY_GET_S: case OP_ARRAY_GET_U: case OP_TABLE_GROW:
		return 0x21;
	case OP_ARRAY_SET: case OP_MEMORY_COPY: case OP_TABLE_INIT: case OP_TABLE_COPY: case OP_TABLE_FILL:
		return 0x30;
	case OP_SELECT: case OP_SELECT_T:
		return 0x31;
	case OP_ARRAY_FILL: case OP_ARRAY_INIT_DATA: case OP_ARRAY_INIT_ELEM:
		return 0x40;
	case OP_ARRAY_COPY:
		return 0x50;
	default:
		return 0xff;
	}
}

static bool arity_own(struct printer *p, const struct instr *in, uint32_t *pops, uint32_t *pushes)
{
	const struct module *m = p->m;
	const struct deftype *t;
	uint32_t n;

	switch (in->op) {
	case OP_THROW:
		return arity_throw(p, in->index, pops, pushes);
	case OP_RETURN:
		*pops = label_values(p, UINT32_MAX);
		return true;
	case OP_BR:
		*pops = label_values(p, in->index);
		return true;
	case OP_BR_TABLE:       /* index: the default label, read last */
		*pops = label_values(p, in->index) + 1;
		return true;
	case OP_BR_IF:
		*pushes = label_values(p, in->index);
		*pops = *pushes + 1;
		return true;
	case OP_BR_ON_NULL:
		*pops = *pushes = label_values(p, in->index) + 1;
		return true;
	case OP_BR_ON_NON_NULL:
		n = label_values(p, in->index);
		*pops = n;
		*pushes = n - 1;
		return n > 0;
	case OP_BR_ON_CAST: case OP_BR_ON_CAST_FAIL:
		*pops = *pushes = label_values(p, in->index);
		return true;
	case OP_CALL: case OP_RETURN_CALL:
		return in->index < m->nfuncs
			&& arity_call(m->funcs[in->index].type, 0, in->op == OP_RETURN_CALL, pops, pushes);
	case OP_CALL_INDIRECT: case OP_CALL_REF:
		return arity_call(type_at(p, in->index, TYPE_FUNC), 1, false, pops, pushes);
	case OP_RETURN_CALL_INDIRECT: case OP_RETURN_CALL_REF:
		return arity_call(type_at(p, in->index, TYPE_FUNC), 1, true, pops, pushes);
	case OP_STRUCT_NEW:
		t = type_at(p, in->index, TYPE_STRUCT);
		*pops = t ? t->nfields : 0;
		*pushes = 1;
		return t != NULL;
	case OP_ARRAY_NEW_FIXED:
		*pops = in->index2;
		*pushes = 1;
		return true;
	default:
		return false;
	}
}

bool print_arity(struct printer *p, const struct instr *in, uint32_t *pops, uint32_t *pushes)
{
	unsigned both = fixed(in->op);

	*pops = *pushes = 0;
	if (!op_sig_own(in->op)) {
		*pops = op_info[in->op].nparams;
		*pushes = op_info[in->op].nresults;
		return true;
	}
	if (both == 0xff)
		return arity_own(p, in, pops, pushes);
	*pops = both >> 4;
	*pushes = both & 15;
	return true;
}
