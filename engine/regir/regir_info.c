/* What is known about every register-IR instruction; formats of Wasm's own come from their rows in ops.def. */
#include "engine/regir/regir.h"

#include <string.h>

#include "engine/regir/acc.h"

struct row {
	const char *text, *format, *help;
	uint8_t ext;
};

static const struct row rows[R_COUNT - OP_COUNT] = {
#define RI(id, text, format, ext, help) [R_##id - OP_COUNT] = { text, format, help, EXT_##ext },
#include "engine/regir/regir.def"
};

/* Texts of derived rows: "i32.add", "br_if_i32.lt_s", "i32.load". */
static const char *derived_text(enum regir op)
{
	switch (op) {
#define BIN(id, result, x, expr)      case R_##id##_K: return op_info[OP_##id].text;
#define BIN_TRAP(id, result, x, call) case R_##id##_K: return op_info[OP_##id].text;
#define CMP(id, negated, x, expr)     case R_##id##_K: case R_JUMP_##id: case R_JUMP_##id##_K: \
	case R_LATCH_##id: case R_LATCH_##id##_K: case R_LATCH_##id##_S: case R_LATCH_##id##_SK: return op_info[OP_##id].text;
#define FCMP(id, x, expr)             case R_##id##_K: case R_JUMP_##id: case R_JUMP_NOT_##id: return op_info[OP_##id].text;
#include "engine/regir/num.def"
#define LOAD(id, result, type)        case R_##id##_C: case R_##id##_X: case R_##id##_BK: case R_##id##_BX: \
	case R_##id##_BS: case R_##id##_BI: case R_##id##_Z: return op_info[OP_##id].text;
#define STORE(id, type)               case R_##id##_C: case R_##id##_X: case R_##id##_BK: case R_##id##_BX: \
	case R_##id##_BI: case R_##id##_Z: return op_info[OP_##id].text;
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) case R_##op##_L: case R_##op##_LZ: return op_info[OP_##op].text;
#include "engine/regir/load_op.def"
	case R_I32_STORE_K: case R_I32_STORE_KC: case R_I32_STORE_BKK: case R_I32_STORE_P: case R_I32_STORE_PP:
		return "i32.store";
	case R_I64_STORE_K: case R_I64_STORE_KC: case R_I64_STORE_BKK: case R_I64_STORE_P: case R_I64_STORE_PP:
		return "i64.store";
	case R_I32_STORE8_K: case R_I32_STORE8_KC: case R_I32_STORE8_BKK:    return "i32.store8";
	case R_I32_STORE16_K: case R_I32_STORE16_KC: case R_I32_STORE16_BKK: return "i32.store16";
	default: {
		/* accumulator forms are called like what they are forms of */
		enum regir base = acc_base(op);
		return base == op ? "" : regir_info(base).text;
	}
	}
}

/* "iv:v" as a format: result in a, operands in b, c, d. */
static const char *num_format(const struct op_info *info)
{
	static const char *const formats[2][2][2] = {
		/* [result v][first v][second v] */
		{ { "DSS-", "DSW-" }, { "DWS-", "DWW-" } },
		{ { "VSS-", "VSW-" }, { "VWS-", "VWW-" } },
	};
	const char *sig = info->sig;
	bool r = sig[info->nparams + 1] == 'v', x = sig[0] == 'v';

	if (info->nparams == 1)
		return r ? x ? "VW--" : "VS--" : x ? "DW--" : "DS--";
	if (info->nparams == 3)
		return "VWWW";
	return formats[r][x][sig[1] == 'v'];
}

static const char *lane_format(enum op op)
{
	const struct op_info *info = &op_info[op];

	if (op == OP_I8X16_SHUFFLE)
		return "VWW-";
	if (info->nparams == 1)
		return "DW-l";
	return "VWSl";
}

/* Extension cells, asked for every cell that is linked: EXT_… of one of Wasm's own instructions. */
#define WASM_EXT(op, prefix, lower) ( \
	(lower) == LOWER_LANE ? ((op) == R_I8X16_SHUFFLE ? EXT_ONE : EXT_NONE) : \
	(lower) == LOWER_LOAD || (lower) == LOWER_STORE ? ((prefix) == 0xfd ? EXT_ONE : EXT_NONE) : \
	(lower) == LOWER_LANE_MEM || (lower) == LOWER_CALL ? EXT_ONE : \
	(lower) == LOWER_ATOMIC ? ((op) == R_ATOMIC_FENCE ? EXT_NONE : EXT_ONE) : \
	(lower) == LOWER_GC ? ((op) == R_BR_ON_CAST || (op) == R_BR_ON_CAST_FAIL ? EXT_ONE : EXT_NONE) : \
	(lower) == LOWER_CONST ? ((op) == R_V128_CONST ? EXT_ONE : EXT_NONE) : \
	(op) == R_BR_TABLE ? EXT_TABLE : EXT_NONE)

const uint8_t regir_ext[R_COUNT] = {
#define OP(id, prefix, code, text, imm, sig, lower, align, feature, help) [R_##id] = WASM_EXT(R_##id, prefix, LOWER_##lower),
#include "engine/ops.def"
#define RI(id, text, format, ext, help) [R_##id] = EXT_##ext,
#include "engine/regir/regir.def"
};

const uint8_t regir_loses[R_COUNT] = {
#define SLOW(id, function)           [R_##id] = 1,
#define SLOW_EXT(id, function)       [R_##id] = 1,
#define SLOW_GC(id, function)        [R_##id] = 1,
#define SLOW_WAIT(id, function)      [R_##id] = 1,
#include "engine/regir/slow.def"
#define UN_TRAP(id, result, x, call) [R_##id] = 1,
#include "engine/regir/num.def"
};

static struct regir_info wasm_info(enum op op)
{
	const struct op_info *info = &op_info[op];
	struct regir_info r = { info->text, "----", info->help, regir_ext[op] };

	switch ((enum lower)info->lower) {
	case LOWER_NUM:
		r.format = num_format(info);
		return r;
	case LOWER_LANE:
		r.format = lane_format(op);
		return r;
	case LOWER_LOAD:
		r.format = info->prefix == 0xfd ? "VS--" : "DSo-";
		return r;
	case LOWER_STORE:
		r.format = info->prefix == 0xfd ? "WS--" : "SSo-";
		return r;
	case LOWER_LANE_MEM:
		r.format = "w---";
		return r;
	case LOWER_ATOMIC:
		r.format = "w---";
		return r;
	case LOWER_WIDE:
		r.format = "w---";
		return r;
	case LOWER_GC:
		r.format = op == OP_BR_ON_CAST || op == OP_BR_ON_CAST_FAIL ? "D-tk" : "w-kk";
		return r;
	default:
		break;
	}
	switch (op) {
	case OP_V128_CONST:    r.format = "V---"; break;
	case OP_I32_CONST: case OP_I64_CONST: case OP_F32_CONST: case OP_F64_CONST: case OP_REF_NULL: r.format = "D-K"; break;
	case OP_LOCAL_GET: case OP_LOCAL_SET: case OP_LOCAL_TEE: r.format = "DS--"; break;
	case OP_GLOBAL_GET:    r.format = "D-g-"; break;
	case OP_GLOBAL_SET:    r.format = "-Sg-"; break;
	case OP_SELECT:        r.format = "DSSS"; break;
	case OP_REF_IS_NULL: case OP_REF_AS_NON_NULL: r.format = "DS--"; break;
	case OP_REF_FUNC:      r.format = "D-f-"; break;
	case OP_REF_EQ:        r.format = "DSS-"; break;
	case OP_MEMORY_SIZE:   r.format = "D-M-"; break;
	case OP_MEMORY_GROW: case OP_MEMORY_FILL: r.format = "w-M-"; break;
	case OP_MEMORY_COPY:   r.format = "w-MM"; break;
	case OP_MEMORY_INIT:   r.format = "w-xM"; break;
	case OP_DATA_DROP:     r.format = "--x-"; break;
	case OP_TABLE_GET: case OP_TABLE_SET: case OP_TABLE_SIZE: case OP_TABLE_GROW: case OP_TABLE_FILL:
		r.format = "w-b-";
		break;
	case OP_TABLE_COPY:    r.format = "w-bb"; break;
	case OP_TABLE_INIT:    r.format = "w-eb"; break;
	case OP_ELEM_DROP:     r.format = "--e-"; break;
	case OP_CALL:          r.format = "w-f-"; break;
	case OP_CALL_INDIRECT: r.format = "wSTb"; break;
	case OP_CALL_REF:      r.format = "wS--"; break;
	case OP_RETURN_CALL:   r.format = "w-f-"; break;
	case OP_RETURN_CALL_INDIRECT: r.format = "wSTb"; break;
	case OP_RETURN_CALL_REF: r.format = "wS--"; break;
	case OP_IF:            r.format = "-St-"; break;
	case OP_ELSE: case OP_BR: r.format = "w-t-"; break;
	case OP_BR_IF: case OP_BR_ON_NULL: case OP_BR_ON_NON_NULL: r.format = "wSt-"; break;
	case OP_BR_TABLE:      r.format = "-Sn-"; break;
	case OP_RETURN: case OP_END: r.format = "hSn-"; break;
	case OP_THROW:         r.format = "w-j-"; break;
	case OP_THROW_REF: case OP_RETHROW: r.format = "-S--"; break;
	default: break;
	}
	return r;
}

struct regir_info regir_info(enum regir op)
{
	if (op < (enum regir)OP_COUNT)
		return wasm_info((enum op)op);
	const struct row *row = &rows[op - OP_COUNT];
	return (struct regir_info){ row->text[0] ? row->text : derived_text(op), row->format, row->help, row->ext };
}
