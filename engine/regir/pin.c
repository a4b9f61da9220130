/* Choosing pins and giving cells the forms for them; see pin_lists.h. */
#include "engine/regir/pin.h"

#include <string.h>

#include "engine/regir/acc.h"
#include "engine/regir/regir.h"

enum kind { NO_PINS, KIND_BIN, KIND_VALUE, KIND_UN, KIND_DST, KIND_JUMP, KIND_TEST, KIND_LATCH, KIND_SELECT, KINDS };

/* Places of an operand as indices: S and N are the same. */
enum { TO_N = 0, TO_S = 0, TO_P, TO_Q, TO_COUNT };
enum { FROM_N = 0, FROM_S = 0, FROM_A, FROM_K, FROM_P, FROM_Q, FROM_COUNT };

/* Where in its list a form is, plus one; 0: there is none. */
#define POSITION(d, x, y, kind) POS_##kind##_##d##x##y,
enum { PIN_BIN(POSITION, BIN) };
enum { PIN_BIN_VALUES(POSITION, VALUE) };
enum { PIN_UN(POSITION, UN) };
enum { PIN_DST(POSITION, DST) };
enum { PIN_JUMP(POSITION, JUMP) };
enum { PIN_TEST(POSITION, TEST) };
enum { PIN_LATCH(POSITION, LATCH) };
enum { PIN_SELECT(POSITION, SELECT) };
#define PLACE(d, x, y, kind) [KIND_##kind][TO_##d][FROM_##x][FROM_##y] = POS_##kind##_##d##x##y + 1,
static const uint8_t positions[KINDS][TO_COUNT][FROM_COUNT][FROM_COUNT] = {
	PIN_BIN(PLACE, BIN) PIN_BIN_VALUES(PLACE, VALUE) PIN_UN(PLACE, UN) PIN_DST(PLACE, DST) PIN_JUMP(PLACE, JUMP)
	PIN_TEST(PLACE, TEST) PIN_LATCH(PLACE, LATCH) PIN_SELECT(PLACE, SELECT)
};

/* What a cell does with slot a: nothing but what x and y say, it writes it, it adds to it (then x is the slot). */
enum use_of_a { READS, WRITES, STEPS };

/* An op that has forms with pins: the first of them and where its operands are. */
struct pinning {
	uint16_t first;
	uint8_t kind;
	uint8_t x, y;           /* FROM_S when they come from the fields below */
	uint8_t x_field, y_field;       /* 0 to 3: a to d; 4: no field */
	uint8_t use;            /* enum use_of_a */
};

#define FORM(op, first_, ...)         [R_##op] = { .first = R_##first_, __VA_ARGS__ },
#define FORMS_BIN(id, kind) \
	FORM(id,       id##_PIN_SSP, kind, FROM_S, FROM_S, 1, 2, WRITES) \
	FORM(id##_K,   id##_PIN_SSP, kind, FROM_S, FROM_K, 1, 4, WRITES) \
	FORM(id##_A,   id##_PIN_SSP, kind, FROM_A, FROM_S, 4, 2, WRITES) \
	FORM(id##_AK,  id##_PIN_SSP, kind, FROM_A, FROM_K, 4, 4, WRITES) \
	FORM(id##_SA,  id##_PIN_SSP, kind, FROM_S, FROM_A, 1, 4, WRITES)
#define FORM_DST(op)                  FORM(op, op##_PIN_PNN, KIND_DST, FROM_N, FROM_N, 4, 4, WRITES)
#define FORM_UN(op)                   FORM(op, op##_PIN_SPN, KIND_UN, FROM_S, FROM_N, 1, 4, WRITES)
#define FORM_TEST(op)                 FORM(op, op##_PIN_NPN, KIND_TEST, FROM_S, FROM_N, 1, 4, READS)
#define FORMS_UN(id)                  FORM_UN(id) FORM(id##_A, id##_PIN_SPN, KIND_UN, FROM_A, FROM_N, 4, 4, WRITES)
static const struct pinning pinnings[R_PIN] = {
#define UN(id, result, x, expr)       PIN_IF_##x(PIN_IF_##result(FORMS_UN(id)))
#define BIN(id, result, x, expr)      PIN_IF_##x(FORMS_BIN(id, KIND_BIN))
#define BIN_TRAP(id, result, x, call) FORMS_BIN(id, KIND_BIN)
#define CMP(id, negated, x, expr) \
	FORMS_BIN(id, KIND_VALUE) \
	FORM(JUMP_##id,       JUMP_##id##_PIN_NPS, KIND_JUMP, FROM_S, FROM_S, 0, 1, READS) \
	FORM(JUMP_##id##_A,   JUMP_##id##_PIN_NPS, KIND_JUMP, FROM_A, FROM_S, 4, 1, READS) \
	FORM(JUMP_##id##_SA,  JUMP_##id##_PIN_NPS, KIND_JUMP, FROM_S, FROM_A, 0, 4, READS) \
	FORM_TEST(JUMP_##id##_K) \
	FORM(LATCH_##id,       LATCH_##id##_PIN_NPS,      KIND_LATCH, FROM_S, FROM_S, 0, 1, STEPS) \
	FORM(LATCH_##id##_K,   LATCH_##id##_K_PIN_NPN,    KIND_TEST,  FROM_S, FROM_N, 0, 4, STEPS) \
	FORM(LATCH_##id##_S,   LATCH_##id##_S_PIN_NPS,    KIND_LATCH, FROM_S, FROM_S, 0, 1, STEPS) \
	FORM(LATCH_##id##_SK,  LATCH_##id##_SK_PIN_NPN,   KIND_TEST,  FROM_S, FROM_N, 0, 4, STEPS)
#include "engine/regir/num.def"
#define LOAD(id, result, type)        PIN_IF_##result(FORMS_UN(id) FORM_DST(id##_BK) FORM_DST(id##_BX) FORM_DST(id##_BS) \
	FORM_DST(id##_BI) FORM_DST(id##_Z))
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) PIN_IF_##result(FORM_UN(op##_L) FORM_UN(op##_LZ))
#include "engine/regir/load_op.def"
	FORM_UN(MOV) FORM_DST(CONST) FORM_DST(GLOBAL_GET) FORM_TEST(JUMP_Z) FORM_TEST(JUMP_NZ)
	FORM(SELECT_A, SELECT_A_PIN_SSP, KIND_SELECT, FROM_S, FROM_S, 2, 3, WRITES)
	FORM_DST(SELECT) FORM_DST(SELECT_SK) FORM_DST(SELECT_KS) FORM_DST(SELECT_KK) FORM_DST(SELECT_SK_A)
	FORM_DST(SELECT_KS_A) FORM_DST(SELECT_KK_A)
};

/* ---- the way back -------------------------------------------------------------------------------------------------------- */

/* What each form with pins is a form of. */
#define BACK(d, x, y, id)             [R_##id##_PIN_##d##x##y - R_PIN] = R_##id,
#define BACK_BIN_S(id) R_##id
#define BACK_BIN_A(id) R_##id
#define BACK_BIN_P(id) R_##id
#define BACK_BIN_Q(id) R_##id
#define BACK_BIN_K(id) R_##id##_K
#define BACK_BIN(d, x, y, id)         [R_##id##_PIN_##d##x##y - R_PIN] = BACK_BIN_##y(id),
static const uint16_t bases[R_COUNT - R_PIN] = {
	[0] = R_NOP,
#define UN(id, result, x, expr)       PIN_IF_##x(PIN_IF_##result(PIN_UN(BACK, id)))
#define BIN(id, result, x, expr)      PIN_IF_##x(PIN_BIN(BACK_BIN, id))
#define BIN_TRAP(id, result, x, call) PIN_BIN(BACK_BIN, id)
#define CMP(id, negated, x, expr)     PIN_BIN_VALUES(BACK_BIN, id) PIN_JUMP(BACK, JUMP_##id) PIN_TEST(BACK, JUMP_##id##_K) \
	PIN_LATCH(BACK, LATCH_##id) PIN_TEST(BACK, LATCH_##id##_K) PIN_LATCH(BACK, LATCH_##id##_S) PIN_TEST(BACK, LATCH_##id##_SK)
#include "engine/regir/num.def"
#define LOAD(id, result, type)        PIN_IF_##result(PIN_UN(BACK, id) PIN_DST(BACK, id##_BK) PIN_DST(BACK, id##_BX) \
	PIN_DST(BACK, id##_BS) PIN_DST(BACK, id##_BI) PIN_DST(BACK, id##_Z))
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) PIN_IF_##result(PIN_MOV(BACK, op##_L) PIN_MOV(BACK, op##_LZ))
#include "engine/regir/load_op.def"
	PIN_MOV(BACK, MOV) PIN_DST(BACK, CONST) PIN_DST(BACK, GLOBAL_GET) PIN_TEST(BACK, JUMP_Z) PIN_TEST(BACK, JUMP_NZ)
	PIN_DST(BACK, SELECT) PIN_DST(BACK, SELECT_SK) PIN_DST(BACK, SELECT_KS) PIN_DST(BACK, SELECT_KK)
#define BACK_SELECT(d, x, y, id)      [R_##id##_A_PIN_##d##x##y - R_PIN] = R_##id,
	PIN_SELECT(BACK_SELECT, SELECT) PIN_DST(BACK_SELECT, SELECT_SK) PIN_DST(BACK_SELECT, SELECT_KS)
	PIN_DST(BACK_SELECT, SELECT_KK)
};

enum regir pin_base(enum regir op)
{
	return (enum regir)bases[op - R_PIN];
}

/* ---- choosing ------------------------------------------------------------------------------------------------------------ */

enum { SLOTS = 64 };

struct use {
	uint16_t reads, writes;
	bool barred;            /* something writes it that has no form for it */
};

static struct cell *cell_of(char *cells, uint32_t at)
{
	return (struct cell *)(void *)(cells + at);
}

static uint32_t field_of(const struct cell *c, unsigned field)
{
	return field == 0 ? c->a : field == 1 ? c->b : field == 2 ? (uint32_t)c->c : (uint32_t)c->d;
}

static void note_read(struct use *uses, uint32_t limit, uint32_t slot)
{
	if (slot < limit)
		uses[slot / 8].reads++;
}

static void note_write(struct use *uses, uint32_t limit, uint32_t slot, bool form)
{
	if (slot >= limit)
		return;
	uses[slot / 8].writes++;
	uses[slot / 8].barred |= !form;
}

/* What the cells do with the locals below LIMIT; false: one of them keeps nothing in p and q. */
static bool count_uses(char *cells, uint32_t start, uint32_t end, uint32_t limit, struct use *uses)
{
	for (uint32_t at = start; at < end; at += sizeof(struct cell)) {
		const struct cell *c = cell_of(cells, at);
		const struct pinning *f = c->op < R_PIN ? &pinnings[c->op] : NULL;
		if (!f || regir_ext[c->op] || regir_loses[c->op])
			return false;
		if (!f->kind) {
			char result = regir_info((enum regir)c->op).format[0];
			if (result == 'D' || result == 'V')
				note_write(uses, limit, c->a, false);
			if (result == 'V')
				note_write(uses, limit, c->a + 8u, false);
			continue;
		}
		if (f->x_field < 4)
			note_read(uses, limit, field_of(c, f->x_field));
		if (f->y_field < 4)
			note_read(uses, limit, field_of(c, f->y_field));
		if (f->use != READS)
			note_write(uses, limit, c->a, f->kind != KIND_VALUE);
	}
	return true;
}

/* The local that the loop changes and reads most, other than BUT; -1: none. */
static int32_t busiest(const struct use *uses, uint32_t limit, int32_t but)
{
	int32_t best = -1;
	unsigned most = 0;

	for (uint32_t slot = 0; slot < limit; slot += 8) {
		const struct use *u = &uses[slot / 8];
		if (u->reads && u->writes && !u->barred && u->reads + u->writes > most && (int32_t)slot != but) {
			most = u->reads + u->writes;
			best = (int32_t)slot;
		}
	}
	return best;
}

static unsigned place_of(const struct cell *c, unsigned place, unsigned field, const struct pinned *p)
{
	if (field > 3)
		return place;
	uint32_t slot = field_of(c, field);
	return slot == p->p ? FROM_P : slot == p->q ? FROM_Q : FROM_S;
}

/* The form of a cell's op for these pins, or the op itself. */
static uint32_t pin_form(const struct cell *c, const struct pinned *p)
{
	const struct pinning *f = &pinnings[c->op];
	unsigned to = f->use != WRITES ? TO_N : c->a == p->p ? TO_P : c->a == p->q ? TO_Q : TO_S;
	unsigned x = place_of(c, f->x, f->x_field, p), y = place_of(c, f->y, f->y_field, p);

	if (y == x && f->kind != KIND_BIN && f->kind != KIND_VALUE)
		y = FROM_S;
	unsigned position = positions[f->kind][to][x][y];
	return position ? f->first + position - 1 : c->op;
}

bool pin_loop(char *cells, uint32_t start, uint32_t end, uint32_t header, struct pinned *out)
{
	struct use uses[SLOTS] = { 0 };
	uint32_t limit = header < 8 * SLOTS ? header : 8 * SLOTS;

	if (!count_uses(cells, start, end, limit, uses))
		return false;
	int32_t first = busiest(uses, limit, -1), second = busiest(uses, limit, first);
	if (first < 0)
		return false;
	*out = (struct pinned){ start, end, (uint16_t)first, (uint16_t)(second < 0 ? first : second) };
	for (uint32_t at = start; at < end; at += sizeof(struct cell))
		cell_of(cells, at)->op = pin_form(cell_of(cells, at), out);
	return true;
}
