/* Opcodes and immediates: what imm.def lists, from text to bytes. Where the two orders differ, the text goes first. */
#include "wat/parse.h"

void emit_op(struct buf *b, enum op op)
{
	const struct op_info *o = &op_info[op];

	if (o->prefix) {
		emit_u8(b, o->prefix);
		emit_uleb(b, o->code);
	} else {
		emit_u8(b, (uint8_t)o->code);
	}
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

static bool out_of_range(struct parser *p, const struct token *t, const char *type, const char *range)
{
	struct str text = token_text(&p->lx, t);

	return err_set(p->e, E_CONST_RANGE, place_of(t), "constant out of range: %.*s does not fit %s%s",
		text.n > 60 ? 60 : (int)text.n, text.p, type, range);
}

static bool integer_const(struct parser *p, bool wide)
{
	uint32_t narrow = 0;
	uint64_t v = 0;

	if (p->tok.kind != TK_NAT && p->tok.kind != TK_INT)
		return parse_unexpected(p, wide ? "an i64 number" : "an i32 number");
	if (wide ? !literal_i64(&p->lx, &p->tok, &v) : !literal_i32(&p->lx, &p->tok, &narrow))
		return out_of_range(p, &p->tok, wide ? "i64" : "i32", wide ? "" : " (-2147483648 ... 4294967295)");
	emit_sleb(&p->out->bytes, wide ? (int64_t)v : (int64_t)(int32_t)narrow);
	return advance(p);
}

static bool float_const(struct parser *p, bool wide)
{
	uint32_t narrow = 0;
	uint64_t v = 0;
	uint8_t bytes[8];

	if (p->tok.kind != TK_NAT && p->tok.kind != TK_INT && p->tok.kind != TK_FLOAT)
		return parse_unexpected(p, wide ? "an f64 number" : "an f32 number");
	if (wide ? !literal_f64(&p->lx, &p->tok, &v) : !literal_f32(&p->lx, &p->tok, &narrow))
		return out_of_range(p, &p->tok, wide ? "f64" : "f32", "");
	if (!wide)
		v = narrow;
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> i * 8);
	emit_bytes(&p->out->bytes, bytes, wide ? 8 : 4);
	return advance(p);
}

static bool at_number(const struct parser *p, bool float_ok)
{
	return p->tok.kind == TK_NAT || p->tok.kind == TK_INT || (float_ok && p->tok.kind == TK_FLOAT);
}

static bool v128_lanes(struct parser *p, uint8_t out[16])
{
	enum word shape = p->tok.id;
	struct token lane[16];

	if (p->tok.kind != TK_WORD || word_info[shape].class != WORD_SHAPE)
		return parse_unexpected(p, "a shape such as i32x4");
	const char *name = word_info[shape].text;
	unsigned lanes = word_info[shape].value, i;
	if (!advance(p))
		return false;
	for (i = 0; i < lanes && at_number(p, true); i++) {
		if (!at_number(p, name[0] == 'f'))
			return parse_unexpected(p, "an integer lane");
		lane[i] = p->tok;
		if (!advance(p))
			return false;
	}
	if (i < lanes || at_number(p, true))
		return err_set(p->e, E_LANE_LITERALS, place_of(&p->tok), "wrong number of lane literals: %s has %u", name, lanes);
	for (i = 0; i < lanes; i++)
		if (!literal_lane(&p->lx, &lane[i], shape, i, out))
			return out_of_range(p, &lane[i], "a lane of ", name);
	return true;
}

static bool v128_const(struct parser *p)
{
	uint8_t bytes[16] = { 0 };

	if (!v128_lanes(p, bytes))
		return false;
	emit_bytes(&p->out->bytes, bytes, 16);
	return true;
}

static bool lane_range(struct parser *p)
{
	struct str text = token_text(&p->lx, &p->tok);

	return err_set(p->e, E_I8_RANGE, place_of(&p->tok), "i8 constant out of range: %.*s is no lane number",
		text.n > 60 ? 60 : (int)text.n, text.p);
}

static bool lane_byte(struct parser *p)
{
	if (p->tok.kind != TK_NAT)
		return parse_unexpected(p, "a lane number");
	if (p->tok.overflow || p->tok.value > 255)
		return lane_range(p);
	emit_u8(&p->out->bytes, (uint8_t)p->tok.value);
	return advance(p);
}

static bool shuffle(struct parser *p)
{
	unsigned i;

	for (i = 0; i < 16 && p->tok.kind == TK_NAT; i++)
		if (!lane_byte(p))
			return false;
	if (at_number(p, true) && p->tok.kind != TK_NAT)
		return lane_range(p);
	if (i < 16 || p->tok.kind == TK_NAT)
		return err_set(p->e, E_LANE_LENGTH, place_of(&p->tok), "invalid lane length: i8x16.shuffle takes 16 lane numbers");
	return true;
}

/* ---- indices --------------------------------------------------------------------------------------------------- */

static uint32_t known_label(const struct parser *p, const struct ident *id)
{
	return id->label;
}

static uint32_t known_local(const struct parser *p, const struct ident *id)
{
	return p->func && id->local_func == p->func;
}

static bool label_depth(struct parser *p, uint32_t *depth)
{
	uint32_t ident;

	if (p->tok.kind != TK_ID)
		return p->tok.kind == TK_NAT ? parse_u32(p, depth) : parse_unexpected(p, "a label");
	if (!parse_ident(p, &p->tok, &ident))
		return false;
	const struct ident *id = &p->idents.list.data[ident];
	if (!id->label)
		return parse_unknown(p, E_UNKNOWN_LABEL, "label", place_of(&p->tok), id->name, known_label);
	*depth = (uint32_t)p->labels.count - id->label;
	return advance(p);
}

static bool label(struct parser *p)
{
	uint32_t depth;

	if (!label_depth(p, &depth))
		return false;
	emit_uleb(&p->out->bytes, depth);
	return true;
}

static bool local(struct parser *p)
{
	uint32_t ident, index;

	if (p->tok.kind == TK_ID) {
		if (!parse_ident(p, &p->tok, &ident))
			return false;
		const struct ident *id = &p->idents.list.data[ident];
		if (!known_local(p, id))
			return parse_unknown(p, E_UNKNOWN_LOCAL, "local", place_of(&p->tok), id->name, known_local);
		emit_uleb(&p->out->bytes, id->local);
		return advance(p);
	}
	if (p->tok.kind != TK_NAT)
		return parse_unexpected(p, "a local");
	if (!parse_u32(p, &index))
		return false;
	emit_uleb(&p->out->bytes, index);
	return true;
}

static bool index_of(struct parser *p, enum space space)
{
	uint32_t index;

	if (!parse_index(p, space, &index))
		return false;
	emit_uleb(&p->out->bytes, index);
	return true;
}

static bool index_or_zero(struct parser *p, enum space space, uint32_t *out)
{
	*out = 0;
	return !parse_at_index(p) || parse_index(p, space, out);
}

static bool optional_index(struct parser *p, enum space space)
{
	uint32_t index;

	if (!index_or_zero(p, space, &index))
		return false;
	emit_uleb(&p->out->bytes, index);
	return true;
}

/* "$target $source", or neither */
static bool two_optional(struct parser *p, enum space space)
{
	bool given = parse_at_index(p);

	if (!given) {
		emit_u8(&p->out->bytes, 0);
		emit_u8(&p->out->bytes, 0);
		return true;
	}
	return index_of(p, space) && index_of(p, space);
}

/* "$owner? $segment" as segment, owner */
static bool segment_and_owner(struct parser *p, enum space segment, enum space owner)
{
	uint32_t seg, own = 0;

	if (!parse_at_index(p))
		return parse_unexpected(p, "a segment");
	if (!peek(p))
		return false;
	if ((p->next.kind == TK_NAT || p->next.kind == TK_ID) && !parse_index(p, owner, &own))
		return false;
	if (!parse_index(p, segment, &seg))
		return false;
	emit_uleb(&p->out->bytes, seg);
	emit_uleb(&p->out->bytes, own);
	return true;
}

static bool labels(struct parser *p)
{
	struct buf *b = &p->out->bytes;
	uint32_t depth;

	vec_clear(&p->targets);
	do {
		if (!label_depth(p, &depth))
			return false;
		if (!vec_push(&p->targets, depth))
			return err_oom(p->e);
	} while (parse_at_index(p));
	emit_uleb(b, p->targets.count - 1);
	for (size_t i = 0; i < p->targets.count; i++)
		emit_uleb(b, p->targets.data[i]);
	return true;
}

static bool field(struct parser *p)
{
	uint32_t type, index, ident;
	struct place at = place_of(&p->tok);

	if (!parse_index(p, SPACE_TYPE, &type))
		return false;
	emit_uleb(&p->out->bytes, type);
	if (p->tok.kind != TK_ID) {
		if (p->tok.kind != TK_NAT)
			return parse_unexpected(p, "a field");
		if (!parse_u32(p, &index))
			return false;
		emit_uleb(&p->out->bytes, index);
		return true;
	}
	if (!parse_ident(p, &p->tok, &ident))
		return false;
	const struct type_entry *t = type < p->types.count ? &p->types.data[type] : NULL;
	if (!t)
		return err_set(p->e, E_UNKNOWN_TYPE, at, "unknown type %u", type);
	for (index = 0; index < t->nfields; index++)
		if (p->fields.data[t->first_field + index] == ident + 1)
			break;
	if (index == t->nfields)
		return err_set(p->e, E_UNKNOWN_FIELD, place_of(&p->tok), "unknown field $%.*s in type %u",
			STR_ARGS(p->idents.list.data[ident].name), type);
	emit_uleb(&p->out->bytes, index);
	return advance(p);
}

/* ---- memory access --------------------------------------------------------------------------------------------- */

static bool align_log2(struct parser *p, uint32_t *log2)
{
	uint64_t v = p->tok.value;

	if (p->tok.overflow || v == 0 || (v & (v - 1)) != 0)
		return err_set(p->e, E_ALIGN_POWER, place_of(&p->tok), "alignment must be a power of two, not %.*s",
			(int)(p->tok.length > 60 ? 54 : p->tok.length - 6), p->lx.text + p->tok.start + 6);
	*log2 = (uint32_t)__builtin_ctzll(v);
	return advance(p);
}

static bool memarg(struct parser *p, enum op op, bool lane)
{
	struct buf *b = &p->out->bytes;
	uint32_t memory = 0, log2 = op_info[op].align;
	uint64_t offset = 0;
	bool has_memory = parse_at_index(p);

	if (has_memory && lane && p->tok.kind == TK_NAT) {      /* one number alone is the lane */
		if (!peek(p))
			return false;
		has_memory = p->next.kind == TK_NAT || p->next.kind == TK_OFFSET || p->next.kind == TK_ALIGN;
	}
	if (has_memory && !parse_index(p, SPACE_MEMORY, &memory))
		return false;
	if (p->tok.kind == TK_OFFSET) {
		if (p->tok.overflow)
			return err_set(p->e, E_OFFSET_RANGE, place_of(&p->tok), "offset out of range: it takes more than 64 bits");
		offset = p->tok.value;
		if (!advance(p))
			return false;
	}
	if (p->tok.kind == TK_ALIGN && !align_log2(p, &log2))
		return false;
	emit_uleb(b, log2 | (memory ? 0x40u : 0));
	if (memory)
		emit_uleb(b, memory);
	emit_uleb(b, offset);
	return !lane || lane_byte(p);
}

/* ---- types ------------------------------------------------------------------------------------------------------ */

static bool select_op(struct parser *p)
{
	struct buf *b = &p->out->bytes;
	bool typed;

	if (!at_clause(p, W_result, &typed))
		return false;
	emit_op(b, typed ? OP_SELECT_T : OP_SELECT);
	if (!typed)
		return true;
	vec_clear(&p->scratch);
	if (!parse_results(p))
		return false;
	emit_uleb(b, p->scratch.count);
	for (size_t i = 0; i < p->scratch.count; i++)
		emit_val(b, p->scratch.data[i]);
	return true;
}

static bool cast_op(struct parser *p, enum op plain, enum op nullable)
{
	val v;

	if (!parse_reftype(p, &v))
		return false;
	emit_op(&p->out->bytes, v & VAL_NON_NULL ? plain : nullable);
	emit_heap(&p->out->bytes, v);
	return true;
}

static bool branch_cast(struct parser *p)
{
	struct buf *b = &p->out->bytes;
	uint32_t depth;
	val from, to;

	if (!label_depth(p, &depth) || !parse_reftype(p, &from) || !parse_reftype(p, &to))
		return false;
	emit_u8(b, (from & VAL_NON_NULL ? 0 : 1) | (to & VAL_NON_NULL ? 0 : 2));
	emit_uleb(b, depth);
	emit_heap(b, from);
	emit_heap(b, to);
	return true;
}

static bool call_indirect(struct parser *p)
{
	struct type_use use;
	uint32_t table;

	if (!index_or_zero(p, SPACE_TABLE, &table))
		return false;
	struct place at = place_of(&p->tok);
	if (!parse_type_use(p, false, &use) || !type_use_index(p, &use, at))
		return false;
	emit_uleb(&p->out->bytes, use.index);
	emit_uleb(&p->out->bytes, table);
	return true;
}

/* One clause of try_table, its "(" being the current token. */
static bool catch_clause(struct parser *p, struct buf *b)
{
	bool tag = true, ref = false;
	uint32_t index, depth;

	if (!advance(p))
		return false;
	if (p->tok.kind == TK_OP ? p->tok.id == OP_CATCH_ALL : p->tok.id == W_catch_all_ref)
		tag = false;
	ref = p->tok.kind == TK_WORD;
	emit_u8(b, (tag ? 0 : 2) | (ref ? 1 : 0));
	if (!advance(p))
		return false;
	if (tag) {
		if (!parse_index(p, SPACE_TAG, &index))
			return false;
		emit_uleb(b, index);
	}
	if (!label_depth(p, &depth))
		return false;
	emit_uleb(b, depth);
	return parse_rpar(p);
}

static bool at_catch(struct parser *p, bool *yes)
{
	*yes = false;
	if (p->tok.kind != TK_LPAR)
		return true;
	if (!peek(p))
		return false;
	*yes = p->next.kind == TK_OP ? p->next.id == OP_CATCH || p->next.id == OP_CATCH_ALL :
		p->next.kind == TK_WORD && (p->next.id == W_catch_ref || p->next.id == W_catch_all_ref);
	return true;
}

static bool try_table(struct parser *p)
{
	struct buf clauses = { 0 };
	uint32_t count = 0;
	bool yes, ok = parse_block_type(p);

	while (ok && (ok = at_catch(p, &yes)) && yes) {
		ok = catch_clause(p, &clauses);
		count++;
	}
	emit_uleb(&p->out->bytes, count);
	emit_bytes(&p->out->bytes, clauses.data, clauses.size);
	if (ok && clauses.failed)
		ok = err_oom(p->e);
	buf_free(&clauses);
	return ok;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static bool immediates(struct parser *p, enum op op)
{
	switch ((enum imm)op_info[op].imm) {
	case IMM_NONE:          return true;
	case IMM_BLOCK:         return parse_block_type(p);
	case IMM_LABEL:         return label(p);
	case IMM_LABELS:        return labels(p);
	case IMM_FUNC:          return index_of(p, SPACE_FUNC);
	case IMM_TYPE:          return index_of(p, SPACE_TYPE);
	case IMM_CALL_INDIRECT: return call_indirect(p);
	case IMM_LOCAL:         return local(p);
	case IMM_GLOBAL:        return index_of(p, SPACE_GLOBAL);
	case IMM_TABLE:         return optional_index(p, SPACE_TABLE);
	case IMM_TABLE_TABLE:   return two_optional(p, SPACE_TABLE);
	case IMM_ELEM:          return index_of(p, SPACE_ELEM);
	case IMM_ELEM_TABLE:    return segment_and_owner(p, SPACE_ELEM, SPACE_TABLE);
	case IMM_DATA:          p->needs_data_count = true; return index_of(p, SPACE_DATA);
	case IMM_DATA_MEM:      p->needs_data_count = true; return segment_and_owner(p, SPACE_DATA, SPACE_MEMORY);
	case IMM_MEM:           return optional_index(p, SPACE_MEMORY);
	case IMM_MEM_MEM:       return two_optional(p, SPACE_MEMORY);
	case IMM_MEMARG:        return memarg(p, op, false);
	case IMM_MEMARG_LANE:   return memarg(p, op, true);
	case IMM_LANE:          return lane_byte(p);
	case IMM_SHUFFLE:       return shuffle(p);
	case IMM_I32:           return integer_const(p, false);
	case IMM_I64:           return integer_const(p, true);
	case IMM_F32:           return float_const(p, false);
	case IMM_F64:           return float_const(p, true);
	case IMM_V128:          return v128_const(p);
	case IMM_TRY_TABLE:     return try_table(p);
	case IMM_TAG:           return index_of(p, SPACE_TAG);
	case IMM_TYPE_FIELD:    return field(p);
	case IMM_TYPE_DATA:     p->needs_data_count = true; return index_of(p, SPACE_TYPE) && index_of(p, SPACE_DATA);
	case IMM_TYPE_ELEM:     return index_of(p, SPACE_TYPE) && index_of(p, SPACE_ELEM);
	case IMM_TYPE_TYPE:     return index_of(p, SPACE_TYPE) && index_of(p, SPACE_TYPE);
	case IMM_BR_CAST:       return branch_cast(p);
	case IMM_FENCE:         emit_u8(&p->out->bytes, 0); return true;
	case IMM_TYPE_LEN: {
		uint32_t n;
		if (!index_of(p, SPACE_TYPE) || !parse_u32(p, &n))
			return false;
		emit_uleb(&p->out->bytes, n);
		return true;
	}
	case IMM_HEAPTYPE: {
		val v;
		if (!parse_heaptype(p, &v))
			return false;
		emit_heap(&p->out->bytes, v);
		return true;
	}
	case IMM_SELECT:
	case IMM_COUNT:
		break;
	}
	return err_set(p->e, E_INTERNAL, place_of(&p->tok), "immediates of %s", op_info[op].text);
}

bool parse_immediates(struct parser *p, enum op op)
{
	switch (op) {
	case OP_SELECT:
		return select_op(p);
	case OP_REF_TEST:
		return cast_op(p, OP_REF_TEST, OP_REF_TEST_NULL);
	case OP_REF_CAST:
		return cast_op(p, OP_REF_CAST, OP_REF_CAST_NULL);
	default:
		emit_op(&p->out->bytes, op);
		return immediates(p, op);
	}
}
