/* Accumulator forms; see acc.h. The lists come from num.def and mem.def. */
#include "engine/regir/acc.h"

#include <string.h>

#include "engine/regir/pin.h"

/* Where results and operands of a type travel; f32 do not. */
#define KIND_u32 ACC_INT
#define KIND_s32 ACC_INT
#define KIND_u64 ACC_INT
#define KIND_s64 ACC_INT
#define KIND_f32 ACC_NONE
#define KIND_f64 ACC_F64
#define KIND_u8  ACC_INT
#define KIND_u16 ACC_INT

/* Forms of an op by the type of its operands. */
#define FORMS_u32(...) __VA_ARGS__
#define FORMS_s32(...) __VA_ARGS__
#define FORMS_u64(...) __VA_ARGS__
#define FORMS_s64(...) __VA_ARGS__
#define FORMS_f32(...)
#define FORMS_f64(...) __VA_ARGS__

const uint8_t acc_produced[R_PIN] = {
#define ROW(id, kind)                 [R_##id] = kind,
#define BIN_ROWS(id, x, kind)         ROW(id, kind) ROW(id##_K, kind) FORMS_##x(ROW(id##_A, kind) ROW(id##_AK, kind) ROW(id##_SA, kind))
#define UN(id, result, x, expr)       ROW(id, KIND_##result) FORMS_##x(ROW(id##_A, KIND_##result))
#define UN_TRAP(id, result, x, call)  ROW(id, KIND_##result)
#define BIN(id, result, x, expr)      BIN_ROWS(id, x, KIND_##result)
#define BIN_TRAP(id, result, x, call) BIN_ROWS(id, x, KIND_##result)
#define CMP(id, negated, x, expr)     BIN_ROWS(id, x, ACC_INT)
#define FCMP(id, x, expr)             BIN_ROWS(id, x, ACC_INT)
#include "engine/regir/num.def"
#define LOAD(id, result, type)        ROW(id, KIND_##result) ROW(id##_C, KIND_##result) ROW(id##_A, KIND_##result) \
	ROW(id##_BK, KIND_##result) ROW(id##_BX, KIND_##result) ROW(id##_BS, KIND_##result) ROW(id##_BI, KIND_##result) \
	ROW(id##_Z, KIND_##result)
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) ROW(op##_L, KIND_##result) ROW(op##_LZ, KIND_##result)
#include "engine/regir/load_op.def"
	ROW(GLOBAL_GET, ACC_INT) ROW(SELECT, ACC_INT) ROW(SELECT_A, ACC_INT) ROW(REF_IS_NULL, ACC_INT) ROW(SELECT_SK, ACC_INT)
	ROW(SELECT_KS, ACC_INT) ROW(SELECT_KK, ACC_INT) ROW(SELECT_SK_A, ACC_INT) ROW(SELECT_KS_A, ACC_INT) ROW(SELECT_KK_A, ACC_INT)
};

enum regir acc_base(enum regir op)
{
	if (op >= R_PIN)
		return pin_base(op);
	switch (op) {
#define UN(id, result, x, expr)       FORMS_##x(case R_##id##_A: return (enum regir)R_##id;)
#define BASE_BIN(id)                  case R_##id##_A: case R_##id##_SA: return (enum regir)R_##id; \
	case R_##id##_AK: return R_##id##_K;
#define BIN(id, result, x, expr)      FORMS_##x(BASE_BIN(id))
#define BIN_TRAP(id, result, x, call) FORMS_##x(BASE_BIN(id))
#define CMP(id, negated, x, expr)     BASE_BIN(id) \
	case R_JUMP_##id##_A: case R_JUMP_##id##_SA: return R_JUMP_##id; \
	case R_JUMP_##id##_AK: return R_JUMP_##id##_K;
#define FCMP(id, x, expr)             FORMS_##x(BASE_BIN(id) \
	case R_JUMP_##id##_A: case R_JUMP_##id##_SA: return R_JUMP_##id; \
	case R_JUMP_NOT_##id##_A: case R_JUMP_NOT_##id##_SA: return R_JUMP_NOT_##id;)
#include "engine/regir/num.def"
#define LOAD(id, result, type)        case R_##id##_A: return (enum regir)R_##id;
#define STORE(id, type)               case R_##id##_VA: case R_##id##_AA: return (enum regir)R_##id;
#include "engine/regir/mem.def"
	case R_JUMP_Z_A:     return R_JUMP_Z;
	case R_JUMP_NZ_A:    return R_JUMP_NZ;
	case R_RETURN1_A:    return R_RETURN1;
	case R_RETURN0_R:    return R_RETURN0;
	case R_RETURN1_R: case R_RETURN1_AR: return R_RETURN1;
	case R_RETURN1_KR:   return R_RETURN1_K;
	case R_SELECT_A:     return (enum regir)R_SELECT;
	case R_SELECT_SK_A:  return R_SELECT_SK;
	case R_SELECT_KS_A:  return R_SELECT_KS;
	case R_SELECT_KK_A:  return R_SELECT_KK;
	case R_GLOBAL_SET_A: return (enum regir)R_GLOBAL_SET;
	default:             return op;
	}
}

enum regir acc_form(enum regir op, enum acc_kind kind, uint32_t s, uint32_t a, uint32_t b, int32_t c)
{
	switch (op) {
#define UN(id, result, x, expr)       FORMS_##x(case R_##id: return kind == KIND_##x && b == s ? R_##id##_A : op;)
#define OTHER(x) if (kind != KIND_##x) return op
#define FORM_BIN(id, x) \
	case R_##id: OTHER(x); return b == s ? R_##id##_A : (uint32_t)c == s ? R_##id##_SA : op; \
	case R_##id##_K: OTHER(x); return b == s ? R_##id##_AK : op;
#define FORM_JUMP(id, x) \
	case R_##id: OTHER(x); return a == s ? R_##id##_A : b == s ? R_##id##_SA : op;
#define BIN(id, result, x, expr)      FORMS_##x(FORM_BIN(id, x))
#define BIN_TRAP(id, result, x, call) FORMS_##x(FORM_BIN(id, x))
#define CMP(id, negated, x, expr)     FORM_BIN(id, x) FORM_JUMP(JUMP_##id, x) \
	case R_JUMP_##id##_K: OTHER(x); return b == s ? R_JUMP_##id##_AK : op;
#define FCMP(id, x, expr)             FORMS_##x(FORM_BIN(id, x) FORM_JUMP(JUMP_##id, x) FORM_JUMP(JUMP_NOT_##id, x))
#include "engine/regir/num.def"
#define LOAD(id, result, type)        case R_##id: return kind == ACC_INT && b == s ? R_##id##_A : op;
#define STORE(id, type)               case R_##id: \
	return kind == KIND_##type && a == s ? R_##id##_VA : kind == ACC_INT && b == s ? R_##id##_AA : op;
#include "engine/regir/mem.def"
	default:
		break;
	}
	if (kind != ACC_INT)
		return op;
	switch (op) {
	case R_JUMP_Z:     return b == s ? R_JUMP_Z_A : op;
	case R_JUMP_NZ:    return b == s ? R_JUMP_NZ_A : op;
	case R_RETURN1:    return b == s ? R_RETURN1_A : op;
	case R_RETURN1_R:  return b == s ? R_RETURN1_AR : op;
	case R_SELECT:     return b == s ? R_SELECT_A : op;
	case R_SELECT_SK:  return b == s ? R_SELECT_SK_A : op;
	case R_SELECT_KS:  return b == s ? R_SELECT_KS_A : op;
	case R_SELECT_KK:  return b == s ? R_SELECT_KK_A : op;
	case R_GLOBAL_SET: return b == s ? R_GLOBAL_SET_A : op;
	default:           return op;
	}
}

int acc_field(enum regir op)
{
	const char *format = regir_info(op).format, *at = strchr(format, 'A');

	return at ? (int)(at - format) : -1;
}
