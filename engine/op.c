/*
 * The opcode table and its look-ups. The tables are built by the preprocessor from the *.def
 * lists; this file adds the ways in: by code, by keyword, by feature name.
 */
#include "engine/op.h"

#include <string.h>

/* Character i of a signature; the zeros make every i up to 8 a valid place. */
#define SIG_AT(sig, i) ((sig "\0\0\0\0\0\0\0\0")[i])

/* Place of the ':' in a signature (at most 4 operands), 0 for "*". */
#define SIG_PARAMS(sig) \
	(SIG_AT(sig, 0) == ':' ? 0 : SIG_AT(sig, 1) == ':' ? 1 : SIG_AT(sig, 2) == ':' ? 2 : \
	 SIG_AT(sig, 3) == ':' ? 3 : SIG_AT(sig, 4) == ':' ? 4 : 0)
#define SIG_RESULTS(sig) \
	(SIG_AT(sig, 0) == '*' ? 0 : (int)sizeof(sig) - 2 - SIG_PARAMS(sig))

const struct op_info op_info[OP_COUNT] = {
#define OP(id, px, co, tx, im, sg, lo, al, fe, he) \
	[OP_##id] = { .text = tx, .sig = sg, .help = he, .prefix = px, .code = co, \
		.imm = IMM_##im, .lower = LOWER_##lo, .feature = FEATURE_##fe, .align = al, \
		.nparams = SIG_PARAMS(sg), .nresults = SIG_RESULTS(sg) },
#include "engine/ops.def"
};

const struct imm_info imm_info[IMM_COUNT] = {
#define IMM(id, pattern, help) [IMM_##id] = { #id, pattern, help },
#include "engine/imm.def"
};

const struct lower_info lower_info[LOWER_COUNT] = {
#define LOWER(id, name, help) [LOWER_##id] = { name, help },
#include "engine/lower.def"
};

const struct feature_info feature_info[FEATURE_COUNT] = {
#define FEATURE(id, name, level, help) [FEATURE_##id] = { name, level, help },
#include "engine/features.def"
};

/* Two rows with the same prefix and code are a compiler warning here, which is an error. */
const uint16_t op_index[OP_INDEX_COUNT] = {
#define OP(id, prefix, code, ...) [OP_INDEX_BASE(prefix) + (code)] = OP_##id + 1,
#include "engine/ops.def"
};

#define OP(id, prefix, code, ...) \
	_Static_assert((code) < OP_INDEX_SIZE(prefix), #id " has no place in op_index");
#include "engine/ops.def"

_Static_assert(OP_INDEX_BASE(0xfb) == OP_INDEX_BASE(0x00) + OP_INDEX_SIZE(0x00), "op_index: 0xFB");
_Static_assert(OP_INDEX_BASE(0xfc) == OP_INDEX_BASE(0xfb) + OP_INDEX_SIZE(0xfb), "op_index: 0xFC");
_Static_assert(OP_INDEX_BASE(0xfd) == OP_INDEX_BASE(0xfc) + OP_INDEX_SIZE(0xfc), "op_index: 0xFD");
_Static_assert(OP_INDEX_BASE(0xfe) == OP_INDEX_BASE(0xfd) + OP_INDEX_SIZE(0xfd), "op_index: 0xFE");
_Static_assert(OP_INDEX_COUNT == OP_INDEX_BASE(0xfe) + OP_INDEX_SIZE(0xfe), "op_index: size");
_Static_assert(FEATURE_COUNT <= 64, "struct features holds 64 bits");
_Static_assert(IMM_COUNT <= 256 && LOWER_COUNT <= 256, "op_info holds them in a byte");

unsigned op_count_by_feature(enum feature f)
{
	unsigned n = 0;

	for (int op = 0; op < OP_COUNT; op++)
		n += op_info[op].feature == f;
	return n;
}

static bool word_is(const char *word, const char *s, size_t n)
{
	return strlen(word) == n && memcmp(word, s, n) == 0;
}

enum op op_by_text(const char *s, size_t n)
{
	for (int op = 0; op < OP_COUNT; op++)
		if (word_is(op_info[op].text, s, n))
			return (enum op)op;
	return OP_NONE;
}

/* features */

#define ALL_FEATURES (~UINT64_C(0) >> (64 - FEATURE_COUNT))
#define FEATURE_BIT(f) (UINT64_C(1) << (f))

struct features features_all(void)
{
	return (struct features){ ALL_FEATURES };
}

enum feature feature_by_name(const char *s, size_t n)
{
	for (int f = 0; f < FEATURE_COUNT; f++)
		if (word_is(feature_info[f].name, s, n))
			return (enum feature)f;
	return FEATURE_COUNT;
}

/* What the specification of this version has, 0 when there is no such version. */
static uint64_t version_bits(const char *s, size_t n)
{
	uint64_t bits = 0;
	bool known = false;

	for (int f = 0; f < FEATURE_COUNT; f++) {
		const char *level = feature_info[f].level;

		if (level[0] < '0' || level[0] > '9' || n != 3)
			continue;
		known |= word_is(level, s, n);
		if (memcmp(level, s, n) <= 0)
			bits |= FEATURE_BIT(f);
	}
	return known ? bits : 0;
}

static bool apply_word(uint64_t *bits, const char *s, size_t n)
{
	bool minus = n && s[0] == '-';
	uint64_t version;
	enum feature f;

	s += minus;
	n -= minus;
	if (word_is("all", s, n)) {
		*bits = minus ? FEATURE_BIT(FEATURE_MVP) : ALL_FEATURES;
		return true;
	}
	f = feature_by_name(s, n);
	version = version_bits(s, n);
	if (minus && (f == FEATURE_MVP || version))
		return false;
	if (f == FEATURE_MVP)
		*bits = FEATURE_BIT(FEATURE_MVP);
	else if (version)
		*bits = version;
	else if (f == FEATURE_COUNT)
		return false;
	else if (minus)
		*bits &= ~FEATURE_BIT(f);
	else
		*bits |= FEATURE_BIT(f);
	return true;
}

static void copy_word(char *to, size_t size, const char *s, size_t n)
{
	if (!size)
		return;
	if (n > size - 1)
		n = size - 1;
	memcpy(to, s, n);
	to[n] = 0;
}

bool features_parse(struct features *f, const char *list, char *bad, size_t size)
{
	uint64_t bits = f->bits;

	for (;;) {
		size_t n;

		list += strspn(list, ", ");
		if (!*list)
			break;
		n = strcspn(list, ", ");
		if (!apply_word(&bits, list, n)) {
			copy_word(bad, size, list, n);
			return false;
		}
		list += n;
	}
	f->bits = bits;
	return true;
}
