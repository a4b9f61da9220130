/*
 * The opcode table: what is known about every WebAssembly instruction without running it.
 * All of it comes from four lists, one row per thing: ops.def (instructions), imm.def (kinds of
 * immediates), lower.def (translation classes) and features.def (what can be switched off).
 * Everything here is constant data; nothing is allocated.
 */
#ifndef ENGINE_OP_H
#define ENGINE_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* the lists as numbers */

enum op {
#define OP(id, ...) OP_##id,
#include "engine/ops.def"
	OP_COUNT,
	OP_NONE = OP_COUNT,		/* no such instruction */
};

enum imm {
#define IMM(id, ...) IMM_##id,
#include "engine/imm.def"
	IMM_COUNT,
};

enum lower {
#define LOWER(id, ...) LOWER_##id,
#include "engine/lower.def"
	LOWER_COUNT,
};

enum feature {
#define FEATURE(id, ...) FEATURE_##id,
#include "engine/features.def"
	FEATURE_COUNT,
};

/* the lists as tables */

struct op_info {
	const char *text;		/* keyword of the text format */
	const char *sig;		/* "pops:pushes", or "*" for a rule of its own; see ops.def */
	const char *help;		/* stack effect and meaning, one line */
	uint8_t prefix;			/* 0 for none, else 0xFB..0xFE */
	uint16_t code;
	uint8_t imm, lower, feature;	/* enum imm, enum lower, enum feature */
	uint8_t align;			/* log2 of the natural alignment of a memory access */
	uint8_t nparams, nresults;	/* counted in sig; both 0 for "*" */
};

struct imm_info {
	const char *name;		/* the id, for dumps */
	const char *pattern;		/* how it is written in the text format */
	const char *help;
};

struct lower_info {
	const char *name;
	const char *help;
};

struct feature_info {
	const char *name;
	const char *level;		/* "1.0", "2.0", "3.0", "phase N" or "legacy" */
	const char *help;
};

extern const struct op_info op_info[OP_COUNT];
extern const struct imm_info imm_info[IMM_COUNT];
extern const struct lower_info lower_info[LOWER_COUNT];
extern const struct feature_info feature_info[FEATURE_COUNT];

/* true when the validator needs a hand-written rule for the operands */
static inline bool op_sig_own(enum op op)
{
	return op_info[op].sig[0] == '*';
}

/* how many instructions a feature adds */
unsigned op_count_by_feature(enum feature f);

/* from the binary format */

/*
 * The codes of all prefixes stand one after the other in op_index[], as op + 1 (0: unknown):
 *
 *   0            256        288        320              608        688
 *   | no prefix  | 0xFB     | 0xFC     | 0xFD           | 0xFE     |
 */
#define OP_INDEX_BASE(prefix) \
	((prefix) == 0x00 ? 0 : (prefix) == 0xfb ? 256 : (prefix) == 0xfc ? 288 : \
	 (prefix) == 0xfd ? 320 : 608)
#define OP_INDEX_SIZE(prefix) \
	((prefix) == 0x00 ? 256u : (prefix) == 0xfb ? 32u : (prefix) == 0xfc ? 32u : \
	 (prefix) == 0xfd ? 288u : (prefix) == 0xfe ? 80u : 0u)
#define OP_INDEX_COUNT 688

extern const uint16_t op_index[OP_INDEX_COUNT];

/* the instruction with this prefix (0 for none) and code, else OP_NONE */
static inline enum op op_by_code(unsigned prefix, uint32_t code)
{
	unsigned n;

	if (code >= OP_INDEX_SIZE(prefix))
		return OP_NONE;
	n = op_index[OP_INDEX_BASE(prefix) + code];
	return n ? (enum op)(n - 1) : OP_NONE;
}

/* true for the bytes 0xFB..0xFE, after which the code follows as LEB128 number */
static inline bool op_byte_is_prefix(uint8_t byte)
{
	return byte >= 0xfb && byte <= 0xfe;
}

/*
 * From the text format. A keyword with two encodings gives the first: SELECT, REF_TEST, REF_CAST;
 * the operands that follow tell whether SELECT_T, REF_TEST_NULL or REF_CAST_NULL is meant.
 */

enum op op_by_text(const char *s, size_t n);

/* sets of features */

struct features {
	uint64_t bits;			/* 1 << enum feature */
};

struct features features_all(void);

static inline bool features_has(struct features f, enum feature x)
{
	return f.bits >> x & 1;
}

static inline bool features_has_op(struct features f, enum op op)
{
	return features_has(f, (enum feature)op_info[op].feature);
}

/*
 * Change a set by a list such as "-gc,threads" or "2.0,simd": words split by commas or spaces,
 * applied from left to right. "name" adds a feature and "-name" takes one away; "all" stands for
 * everything, "1.0", "2.0" and "3.0" for what that version of the specification has, "mvp" and
 * "-all" for the first version alone. mvp itself cannot be taken away. When a word is unknown,
 * the set is left as it was, the word is copied to bad (cut off at size) and false is returned.
 */
bool features_parse(struct features *f, const char *list, char *bad, size_t size);

/* the feature with this name, else FEATURE_COUNT */
enum feature feature_by_name(const char *s, size_t n);

#endif
