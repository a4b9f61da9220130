/*
 * Every row of jit/a64/enc.def with operands by chance: the encoder makes the word whose fields the row's operands are, our
 * disassembler finds the row again, GNU objdump says the same text, and GNU as makes the same bytes of it. The last two
 * are left out where there are no such tools.
 */
#include <stdlib.h>
#include <string.h>

#include "jit/a64/disasm.h"
#include "jit/a64/enc.h"
#include "tests/harness/chance.h"
#include "tests/harness/tap.h"

enum { TRIES = 40000, SAMPLES = 24, MAX_WORDS = 16384 };
#define START 0x10000000u

struct sample {
	uint32_t word;
	const struct a64_row *row;
	char text[80];
};

static struct sample samples[MAX_WORDS];
static unsigned nsamples;

static uint64_t chance = CHANCE_SEED;

static uint32_t random_word(void) { return (uint32_t)(chance_next(&chance) >> 16); }

/* ---- encoders -------------------------------------------------------------------------------------------------------- */

/* The arguments of each format, read from the fields of a word. */
#define BITS(at, n) (word >> (at) & ((1u << (n)) - 1))
#define W_ (enum width)BITS(31, 1)
#define F_ (enum width)BITS(22, 1)
#define D_ BITS(0, 5)
#define N_ BITS(5, 5)
#define M_ BITS(16, 5)
#define A_ BITS(10, 5)
#define C_ (enum a64_cond)BITS(12, 4)
#define SIGNED(at, n) ((int32_t)(BITS(at, n) << (32 - (n))) >> (32 - (n)))
#define CALL_NONE
#define CALL_D     , D_
#define CALL_N     , N_
#define CALL_M     , M_
#define CALL_DA    , D_, A_
#define CALL_DN    , D_, N_
#define CALL_DNN   , D_, N_
#define CALL_DNM   , D_, N_, M_
#define CALL_WDM   , W_, D_, M_
#define CALL_WDN   , W_, D_, N_
#define CALL_WNM   , W_, N_, M_
#define CALL_WDNM  , W_, D_, N_, M_
#define CALL_WDNMS , W_, D_, N_, M_, BITS(10, 6)
#define CALL_WDNMA , W_, D_, N_, M_, A_
#define CALL_WDNMC , W_, D_, N_, M_, C_
#define CALL_WDI   , W_, D_, C_ ^ 1
#define CALL_WNMVC , W_, N_, M_, BITS(0, 4), C_
#define CALL_WN5VC , W_, N_, M_, BITS(0, 4), C_
#define CALL_WN12  , W_, N_, BITS(10, 12)
#define CALL_WDN12 , W_, D_, N_, BITS(10, 12)
#define CALL_WNL   , W_, N_, BITS(10, 13)
#define CALL_WDL   , W_, D_, BITS(10, 13)
#define CALL_WDNL  , W_, D_, N_, BITS(10, 13)
#define CALL_WD16H , W_, D_, BITS(5, 16), BITS(21, 2)
#define CALL_DNR   , D_, N_, BITS(16, 6)
#define CALL_DNLW  , D_, N_, 31 - BITS(10, 5)
#define CALL_DNLX  , D_, N_, 63 - BITS(10, 6)
#define CALL_DNE   , D_, N_, BITS(10, 6)
#define CALL_J26   , SIGNED(0, 26)
#define CALL_J19C  , SIGNED(5, 19), (enum a64_cond)BITS(0, 4)
#define CALL_WDJ19 , W_, D_, SIGNED(5, 19)
#define CALL_DADR  , D_, SIGNED(5, 19) * 4 + (int32_t)BITS(29, 2)
#define CALL_FDN   , F_, D_, N_
#define CALL_FNM   , F_, N_, M_
#define CALL_FDNM  , F_, D_, N_, M_
#define CALL_FNMVC , F_, N_, M_, BITS(0, 4), C_
#define CALL_FDI   , F_, D_, BITS(13, 8)
#define CALL_WFDN  , W_, F_, D_, N_
#define Z_ BITS(22, 2)
#define CALL_ZDN   , Z_, D_, N_
#define CALL_ZDNM  , Z_, D_, N_, M_
#define CALL_IDN   , (unsigned)__builtin_ctz(BITS(19, 4)), D_, N_
#define CALL_DNMX  , D_, N_, M_, BITS(11, 4)
#define CALL_DN5   , D_, N_, BITS(16, 5)
#define CALL_DN7   , D_, N_, BITS(16, 7)

static uint32_t encode(const char *name, uint32_t word)
{
	uint32_t out = 0;
	struct masm m = { .code = (uint8_t *)&out, .cap = 4 };

#define ENC(id, mask, value, format, text) \
	if (strcmp(name, #id) == 0) \
		a64_##id(&m CALL_##format);
#define ACCESS(id, log2, value, text, text_unscaled, operand) \
	if (strcmp(name, #id) == 0) \
		a64_access_scaled(&m, ACCESS_##id, D_, N_, BITS(10, 12)); \
	if (strcmp(name, #id "_unscaled") == 0) \
		a64_access_unscaled(&m, ACCESS_##id, D_, N_, SIGNED(12, 9)); \
	if (strcmp(name, #id "_index") == 0) \
		a64_access_index(&m, ACCESS_##id, D_, N_, M_);
#include "jit/a64/enc.def"
	return out;
}

static void try_row(const struct a64_row *row)
{
	unsigned found = 0, wrong = 0;

	for (unsigned i = 0; i < TRIES && found < SAMPLES && nsamples < MAX_WORDS; i++) {
		struct sample *s = &samples[nsamples];
		uint32_t free_bits = random_word();
		if (i % 4 == 1)         /* registers that are often the same, and small immediates */
			free_bits &= 0x00218c63;
		s->word = row->value | (free_bits & ~row->mask);
		if (a64_row_of(s->word) != row)
			continue;
		s->row = row;
		a64_disasm(s->word, START + 4 * nsamples, s->text, sizeof s->text);
		wrong += encode(row->name, s->word) != s->word;
		nsamples++;
		found++;
		if (row->mask == ~0u)
			break;
	}
	CHECK(found > 0 && wrong == 0, "%s: %u of %u words differ", row->name, wrong, found);
}

/* ---- binutils -------------------------------------------------------------------------------------------------------- */

static bool have(const char *tool)
{
	char command[120];

	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", tool);
	return system(command) == 0;
}

static FILE *open_scratch(const char *name, const char *mode)
{
	char path[300];
	const char *folder = getenv("TMPDIR");

	snprintf(path, sizeof path, "%s/%s", folder ? folder : "/tmp", name);
	return fopen(path, mode);
}

/* For as an address is how far away it is. */
static void write_text(FILE *f, const struct sample *s, uint32_t at)
{
	const char *operand = s->row->text + strlen(s->row->text) - 1, *x = strrchr(s->text, 'x');

	if (operand[-1] == '%' && strchr("jJA", *operand) && x)
		fprintf(f, "%.*s. + %ld\n", (int)(x - 1 - s->text), s->text, strtol(x - 1, NULL, 16) - (long)at);
	else
		fprintf(f, "%s\n", s->text);
}

static void write_samples(void)
{
	FILE *bytes = open_scratch("a64.bin", "wb"), *text = open_scratch("a64.s", "w");

	for (unsigned i = 0; i < nsamples; i++) {
		fwrite(&samples[i].word, 4, 1, bytes);
		write_text(text, &samples[i], START + 4 * i);
	}
	fclose(bytes);
	fclose(text);
}

/* "10000000:\t8b020020 \tadd\tx0, x1, x2  // comment" to "add x0, x1, x2"; NULL: another line. */
static char *objdump_text(char *line)
{
	char *word = strchr(line, '\t'), *text = word ? strchr(word + 1, '\t') : NULL;

	if (!text)
		return NULL;
	text++;
	text[strcspn(text, "\n")] = 0;
	char *comment = strstr(text, "//");
	if (comment)
		*comment = 0;
	for (size_t n = strlen(text); n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'); )
		text[--n] = 0;
	char *tab = strchr(text, '\t');
	if (tab)
		*tab = ' ';
	return text;
}

static void compare_with_objdump(void)
{
	char line[300];
	unsigned i = 0, wrong = 0;
	FILE *f = popen("cd \"${TMPDIR:-/tmp}\" && aarch64-linux-gnu-objdump -D -z -b binary -m aarch64 --adjust-vma=0x10000000 a64.bin", "r");

	while (f && fgets(line, sizeof line, f)) {
		char *text = objdump_text(line);
		if (!text || i >= nsamples)
			continue;
		if (strcmp(text, samples[i].text) != 0 && wrong++ < 20)
			tap_note("%s: %08x is \"%s\", objdump says \"%s\"", samples[i].row->name, samples[i].word, samples[i].text, text);
		i++;
	}
	bool ended = f && pclose(f) == 0;
	CHECK(ended && i == nsamples && wrong == 0, "objdump reads all %u instructions as we do", nsamples);
}

static void compare_with_as(void)
{
	unsigned i = 0, wrong = 0;
	uint32_t word;
	bool made = system("cd \"${TMPDIR:-/tmp}\" && aarch64-linux-gnu-as --no-warn -o a64.o a64.s && "
		"aarch64-linux-gnu-objcopy -O binary -j .text a64.o a64.out") == 0;
	FILE *f = made ? open_scratch("a64.out", "rb") : NULL;

	while (f && i < nsamples && fread(&word, 4, 1, f) == 1) {
		if (word != samples[i].word && wrong++ < 20)
			tap_note("%s: \"%s\" is %08x, as makes %08x", samples[i].row->name, samples[i].text, samples[i].word, word);
		i++;
	}
	if (f)
		fclose(f);
	CHECK(i == nsamples && wrong == 0, "as makes the bytes of all %u texts", nsamples);
}

int main(void)
{
	for (unsigned i = 0; i < a64_row_count; i++)
		try_row(&a64_rows[i]);
	if (have("aarch64-linux-gnu-objdump") && have("aarch64-linux-gnu-as")) {
		write_samples();
		compare_with_objdump();
		compare_with_as();
	}
	return tap_done();
}
