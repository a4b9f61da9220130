/* The opcode table keeps what its header promises: every row is looped over. */
#include "engine/op.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const op_id[OP_COUNT] = {
#define OP(id, ...) [OP_##id] = #id,
#include "engine/ops.def"
};

struct tap {
	int done, failed;
};

static void check(struct tap *t, bool ok, const char *name)
{
	t->failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", ++t->done, name);
}

/* Complains about one row; false, so that a check reads: all &= cond || bad(op, "..."). */
static bool bad(int op, const char *why)
{
	printf("# %s: %s\n", op_id[op], why);
	return false;
}

static bool rows_are_in_order(void)
{
	bool all = true;

	for (int op = 1; op < OP_COUNT; op++) {
		unsigned a = op_info[op - 1].prefix * 65536u + op_info[op - 1].code;
		unsigned b = op_info[op].prefix * 65536u + op_info[op].code;

		all &= a < b || bad(op, "not after the row before it");
	}
	return all;
}

static bool codes_find_their_rows(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++)
		all &= (int)op_by_code(op_info[op].prefix, op_info[op].code) == op || bad(op, "code");
	return all;
}

static bool other_codes_find_nothing(void)
{
	int found = 0;

	for (unsigned prefix = 0; prefix < 300; prefix++)
		for (uint32_t code = 0; code < 2000; code++)
			found += op_by_code(prefix, code) != OP_NONE;
	return found == OP_COUNT && op_by_code(0, UINT32_MAX) == OP_NONE &&
		op_by_code(0xfd, UINT32_MAX) == OP_NONE && op_by_code(0xfe, 1u << 31) == OP_NONE;
}

static bool prefixes_are_known(void)
{
	for (int b = 0; b < 256; b++)
		if (op_byte_is_prefix((uint8_t)b) != (b != 0 && OP_INDEX_SIZE(b) != 0))
			return false;
	return true;
}

/* The id is the text in capitals; the second encoding of a text has a suffix. */
static bool id_fits_text(int op)
{
	const char *id = op_id[op], *s = op_info[op].text;

	for (; *s; s++, id++)
		if (*id != (*s == '.' ? '_' : toupper((unsigned char)*s)))
			return false;
	return !*id || op == OP_SELECT_T || op == OP_REF_TEST_NULL || op == OP_REF_CAST_NULL;
}

static bool ids_fit_texts(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++)
		all &= id_fits_text(op) || bad(op, "id differs from text");
	return all;
}

static bool keywords_find_their_rows(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++) {
		const char *s = op_info[op].text;
		enum op found = op_by_text(s, strlen(s));

		all &= found <= (enum op)op && strcmp(op_info[found].text, s) == 0 ? true : bad(op, "keyword");
		all &= found == (enum op)op || strlen(op_id[op]) > strlen(s) ? true : bad(op, "twice");
	}
	return all;
}

static bool other_words_find_nothing(void)
{
	static const char *const words[] = { "", "i32", "i32.ad", "i32.addd", "I32.ADD", "end ", "func" };
	bool all = true;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		all &= op_by_text(words[i], strlen(words[i])) == OP_NONE;
	return all && op_by_text("nop\0more", 8) == OP_NONE && op_by_text("i32.addition", 7) == OP_I32_ADD;
}

static bool sig_is_counted(const struct op_info *o)
{
	const char *colon = strchr(o->sig, ':');

	if (strcmp(o->sig, "*") == 0)
		return o->nparams == 0 && o->nresults == 0;
	return colon && colon - o->sig == o->nparams && strlen(colon + 1) == o->nresults &&
		strspn(o->sig, "iIfdva:") == strlen(o->sig);
}

static bool signatures_are_counted(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++) {
		all &= sig_is_counted(&op_info[op]) || bad(op, "signature");
		all &= op_sig_own((enum op)op) == (op_info[op].sig[0] == '*') || bad(op, "own rule");
	}
	return all;
}

/* What the classes with one rule for all rows rely on. */
static bool class_fits_row(const struct op_info *o)
{
	bool memarg = o->imm == IMM_MEMARG || o->imm == IMM_MEMARG_LANE;

	switch ((enum lower)o->lower) {
	case LOWER_NUM:
		return o->imm == IMM_NONE && o->nparams >= 1 && o->nresults == 1;
	case LOWER_LANE:
		return (o->imm == IMM_LANE || o->imm == IMM_SHUFFLE) && o->nresults == 1;
	case LOWER_LOAD:
		return memarg && o->sig[0] == 'a' && o->nparams == 1 && o->nresults == 1;
	case LOWER_STORE:
		return memarg && o->sig[0] == 'a' && o->nparams == 2 && o->nresults == 0;
	case LOWER_LANE_MEM:
		return o->imm == IMM_MEMARG_LANE && strncmp(o->sig, "av:", 3) == 0;
	case LOWER_CONST:
		return o->nparams == 0 && o->nresults == 1;
	case LOWER_ATOMIC:
		return o->imm == IMM_FENCE || (memarg && o->sig[0] == 'a');
	case LOWER_WIDE:
		return o->imm == IMM_NONE && o->nresults == 2;
	default:
		return !memarg;
	}
}

static bool classes_fit_rows(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++)
		all &= class_fits_row(&op_info[op]) || bad(op, "row does not fit its class");
	return all;
}

static bool help_is_one_line(void)
{
	bool all = true;

	for (int op = 0; op < OP_COUNT; op++) {
		const char *h = op_info[op].help;
		size_t n = strlen(h);

		all &= (n >= 10 && n <= 160 && h[n - 1] != '.' && !strchr(h, '\n')) || bad(op, "help");
	}
	return all;
}

static bool every_kind_is_used(void)
{
	bool imm[IMM_COUNT] = { 0 }, lower[LOWER_COUNT] = { 0 }, all = true;

	for (int op = 0; op < OP_COUNT; op++)
		imm[op_info[op].imm] = lower[op_info[op].lower] = true;
	for (int i = 0; i < IMM_COUNT; i++)
		all &= imm[i] && imm_info[i].name && imm_info[i].pattern && imm_info[i].help;
	for (int i = 0; i < LOWER_COUNT; i++)
		all &= lower[i] && lower_info[i].name && lower_info[i].help;
	return all;
}

static bool features_have_their_counts(void)
{
	unsigned sum = 0;

	for (int f = 0; f < FEATURE_COUNT; f++)
		sum += op_count_by_feature((enum feature)f);
	return sum == OP_COUNT && op_count_by_feature(FEATURE_MVP) == 172 &&
		op_count_by_feature(FEATURE_SIMD) == 236 &&
		op_count_by_feature(FEATURE_RELAXED_SIMD) == 20 &&
		op_count_by_feature(FEATURE_THREADS) == 67 &&
		op_count_by_feature(FEATURE_WIDE_ARITHMETIC) == 4 &&
		op_count_by_feature(FEATURE_ANNOTATIONS) == 0;
}

static bool list_gives(const char *list, struct features from, uint64_t bits)
{
	char word[32];

	if (!features_parse(&from, list, word, sizeof word))
		printf("# \"%s\": unknown \"%s\"\n", list, word);
	return from.bits == bits;
}

static bool feature_lists_work(void)
{
	struct features all = features_all(), mvp = { UINT64_C(1) << FEATURE_MVP };
	uint64_t gc = UINT64_C(1) << FEATURE_GC, threads = UINT64_C(1) << FEATURE_THREADS;
	uint64_t globals = UINT64_C(1) << FEATURE_MUTABLE_GLOBALS;

	return features_has(all, FEATURE_GC) && !features_has(mvp, FEATURE_GC) &&
		features_has_op(mvp, OP_I32_ADD) && !features_has_op(mvp, OP_STRUCT_NEW) &&
		list_gives("", all, all.bits) && list_gives("-gc,threads", all, all.bits & ~gc) &&
		list_gives(" gc, threads ,", mvp, mvp.bits | gc | threads) &&
		list_gives("mvp", all, mvp.bits) && list_gives("-all", all, mvp.bits) &&
		list_gives("all -threads", mvp, all.bits & ~threads) &&
		list_gives("1.0", all, mvp.bits | globals) &&
		list_gives("-gc 1.0 gc", all, mvp.bits | globals | gc);
}

static bool versions_contain_each_other(void)
{
	struct features one = { 0 }, two = { 0 }, three = { 0 };
	char word[8];
	bool ok = features_parse(&one, "1.0", word, sizeof word) &&
		features_parse(&two, "2.0", word, sizeof word) &&
		features_parse(&three, "3.0", word, sizeof word);

	return ok && (one.bits & ~two.bits) == 0 && (two.bits & ~three.bits) == 0 &&
		features_has(two, FEATURE_SIMD) && !features_has(two, FEATURE_GC) &&
		features_has(three, FEATURE_MEMORY64) && !features_has(three, FEATURE_THREADS) &&
		!features_has(three, FEATURE_LEGACY_EXCEPTIONS);
}

static bool unknown_features_are_named(void)
{
	static const char *const words[] = { "stack", "-stack", "-mvp", "4.0", "-2.0", "GC", "-", "gcc" };
	bool all = true;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct features f = features_all();
		char list[32], word[16] = "";

		snprintf(list, sizeof list, "-gc,%s,threads", words[i]);
		all &= !features_parse(&f, list, word, sizeof word) && strcmp(word, words[i]) == 0 &&
			f.bits == features_all().bits;
	}
	return all;
}

static bool long_unknown_words_are_cut(void)
{
	struct features f = features_all();
	char word[6];

	return !features_parse(&f, "nosuchfeature", word, sizeof word) && strcmp(word, "nosuc") == 0 &&
		!features_parse(&f, "nosuchfeature", NULL, 0);
}

int main(void)
{
	struct tap t = { 0 };

	check(&t, rows_are_in_order(), "rows are ordered by prefix and code");
	check(&t, codes_find_their_rows(), "every code finds its row");
	check(&t, other_codes_find_nothing(), "no other code finds a row");
	check(&t, prefixes_are_known(), "the prefix bytes are those of the table");
	check(&t, ids_fit_texts(), "ids are the keywords in capitals");
	check(&t, keywords_find_their_rows(), "every keyword finds its row");
	check(&t, other_words_find_nothing(), "other words find nothing");
	check(&t, signatures_are_counted(), "signatures are well-formed and counted");
	check(&t, classes_fit_rows(), "rows have the form of their lowering class");
	check(&t, help_is_one_line(), "every instruction is explained in a line");
	check(&t, every_kind_is_used(), "every kind of immediate and lowering is used and explained");
	check(&t, features_have_their_counts(), "features have the right number of instructions");
	check(&t, feature_lists_work(), "feature lists add, remove and replace");
	check(&t, versions_contain_each_other(), "newer versions contain older ones");
	check(&t, unknown_features_are_named(), "an unknown feature is named and changes nothing");
	check(&t, long_unknown_words_are_cut(), "a long unknown name is cut to the buffer");
	printf("1..%d\n", t.done);
	return t.failed != 0;
}
