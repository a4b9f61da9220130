/* Number literals of the text format as bits. Each gives false when the number does not fit. */
#include "wat/parse.h"

#include "engine/value.h"

static bool integer(const struct lexer *lx, const struct token *t, unsigned bits, uint64_t *out)
{
	bool negative = lx->text[t->start] == '-';
	uint64_t limit = negative ? (uint64_t)1 << (bits - 1) : bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

	if (t->overflow || t->value > limit)
		return false;
	*out = negative ? 0 - t->value : t->value;
	return true;
}

bool literal_i32(const struct lexer *lx, const struct token *t, uint32_t *out)
{
	uint64_t v;

	if (!integer(lx, t, 32, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool literal_i64(const struct lexer *lx, const struct token *t, uint64_t *out)
{
	return integer(lx, t, 64, out);
}

bool literal_f32(const struct lexer *lx, const struct token *t, uint32_t *out)
{
	bool range = false;

	return float_parse32(token_text(lx, t), out, &range);
}

bool literal_f64(const struct lexer *lx, const struct token *t, uint64_t *out)
{
	bool range = false;

	return float_parse64(token_text(lx, t), out, &range);
}

bool literal_lane(const struct lexer *lx, const struct token *t, enum word shape, unsigned lane, uint8_t *out)
{
	unsigned bytes = 16 / word_info[shape].value;
	uint64_t v = 0;
	uint32_t f;
	bool ok;

	if (shape == W_f64x2) {
		ok = literal_f64(lx, t, &v);
	} else if (shape == W_f32x4) {
		ok = literal_f32(lx, t, &f);
		v = ok ? f : 0;
	} else {
		ok = integer(lx, t, bytes * 8, &v);
	}
	for (unsigned i = 0; i < bytes; i++)
		out[lane * bytes + i] = (uint8_t)(v >> i * 8);
	return ok;
}
