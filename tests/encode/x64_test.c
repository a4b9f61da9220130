/*
 * Every row of jit/x64/enc.def with operands by chance, in its legacy and its VEX form: our disassembler gives the row's own
 * mnemonic and the operands that were asked for, Zydis says the same text, and GNU as makes the same bytes of it. The last two
 * are left out where there are no such tools.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jit/x64/disasm.h"
#include "jit/x64/enc.h"
#include "tests/harness/chance.h"
#include "tests/harness/tap.h"

#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>
#endif

enum { TRIES = 40, MAX_SAMPLES = 32768, START = 0x1000 };

struct sample {
	const struct x64_row *row;
	uint8_t bytes[16];
	unsigned length;
	char text[96];          /* as expected */
	int64_t imm;
};

static struct sample samples[MAX_SAMPLES];
static unsigned nsamples;

static uint64_t chance = CHANCE_SEED;

static uint32_t random_number(void) { return (uint32_t)(chance_next(&chance) >> 16); }

/* ---- operands by chance, and how they are written -------------------------------------------------------- */

struct operands {
	unsigned w, r, rm, v;
	bool memory, vex;
	struct x64_mem at;
	int64_t imm;
};

static const char *reg_name(unsigned r, unsigned bits)
{
	static const char *const low[] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
	static const char *const bytes[] = { "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil" };
	static char names[4][16];
	static unsigned next;
	char *s = names[next++ % 4];

	if (r >= 8)
		snprintf(s, 16, "r%u%s", r, bits == 64 ? "" : bits == 32 ? "d" : bits == 16 ? "w" : "b");
	else if (bits == 8)
		snprintf(s, 16, "%s", bytes[r]);
	else
		snprintf(s, 16, "%s%s", bits == 64 ? "r" : bits == 32 ? "e" : "", low[r]);
	return s;
}

static struct x64_mem some_memory(void)
{
	static const int32_t disps[] = { 0, 1, -1, 8, 127, -128, 128, -129, 0x1000, INT32_MAX, INT32_MIN };
	struct x64_mem a = { (reg)(random_number() & 15), NO_REG, 0, disps[random_number() % 11] };

	if (random_number() & 1) {
		do {
			a.index = (reg)(random_number() & 15);
		} while (a.index == RSP);
		a.shift = random_number() & 3;
	}
	switch (random_number() % 8) {
	case 0:
		a = (struct x64_mem){ RIP, NO_REG, 0, a.disp };
		break;
	case 1:
		a.base = NO_REG;
		if (a.index == NO_REG)
			a.disp &= INT32_MAX;
	}
	return a;
}

static const char *hex(int64_t v, const char *plus)
{
	static char text[4][32];
	static unsigned next;
	char *s = text[next++ % 4];

	snprintf(s, 32, "%s0x%" PRIx64, v < 0 ? "-" : plus, v < 0 ? -(uint64_t)v : (uint64_t)v);
	return s;
}

static void write_memory(char *s, size_t size, const char *unit, struct x64_mem a)
{
	char index[16] = "";

	if (a.index != NO_REG)
		snprintf(index, sizeof index, a.shift || a.base == NO_REG ? "%s*%u" : "%s", reg_name(a.index, 64), 1u << a.shift);
	if (a.base == NO_REG)
		snprintf(s, size, "%s[%s%s]", unit, index, *index && !a.disp ? "" : hex(a.disp, *index ? "+" : ""));
	else
		snprintf(s, size, "%s[%s%s%s%s]", unit, a.base == RIP ? "rip" : reg_name(a.base, 64), *index ? "+" : "", index,
			a.disp ? hex(a.disp, "+") : "");
}

static void write_operand(char *s, size_t size, char letter, const struct operands *o, uint64_t end)
{
	unsigned bits = strchr("1a", letter) ? 8 : strchr("2s", letter) ? 16 : strchr("4ro", letter) ? 32
		: strchr("qO", letter) ? 64 : o->w ? 64 : 32;
	const char *unit = letter == 'M' || letter == 'Y' ? "" : bits == 8 ? "byte ptr " : bits == 16 ? "word ptr " : bits == 32
		? "dword ptr " : "qword ptr ";

	switch (letter) {
	case 'R': case 'a': case 's': case 'r':
		snprintf(s, size, "%s", reg_name(o->r, bits));
		break;
	case 'V':
		snprintf(s, size, "%s", reg_name(o->v, bits));
		break;
	case 'E': case '1': case '2': case '4': case 'q': case 'M': case 'O': case 'o':
		if (o->memory)
			write_memory(s, size, unit, o->at);
		else
			snprintf(s, size, "%s", reg_name(o->rm, bits));
		break;
	case 'X':
		snprintf(s, size, "xmm%u", o->r);
		break;
	case 'H':
		snprintf(s, size, "xmm%u", o->v);
		break;
	case 'Y':
		if (o->memory)
			write_memory(s, size, unit, o->at);
		else
			snprintf(s, size, "xmm%u", o->rm);
		break;
	case 'Z':
		snprintf(s, size, "xmm%u", (unsigned)o->imm >> 4);
		break;
	case 'c':
		snprintf(s, size, "cl");
		break;
	case 'j': case 'J':
		snprintf(s, size, "0x%" PRIx64, end + (uint64_t)o->imm);
		break;
	case 'Q':
		snprintf(s, size, "0x%" PRIx64, (uint64_t)o->imm);
		break;
	default:
		snprintf(s, size, "%s", hex(o->imm, ""));
	}
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

/* The constant of a row: one that cannot be written shorter. */
static int64_t some_constant(char letter)
{
	uint32_t v = random_number();

	switch (letter) {
	case 'b': case 'j': return (int8_t)v;
	case 'B': return 2 + v % 60;                            /* a shift by 1 has an encoding of its own */
	case 'Z': return (v & 15) << 4;
	case 'w': return v & 0xffff;
	case 'u': return v;
	case 'Q': return (int64_t)((uint64_t)(v | 0x80000000) << 32 | random_number());
	default: return (int32_t)(v & 0x3fffffff) - 0x20000000 + ((v & 0x3fffffff) > 0x20000000 ? 256 : -256);
	}
}

static void put_constant(struct masm *m, char letter, int64_t v)
{
	uint8_t *p = enc_begin(m);

	if (strchr("bBZj", letter))
		p = enc_imm8(p, (int32_t)v);
	else if (letter == 'w')
		p = enc_imm16(p, (int32_t)v);
	else if (strchr("duJ", letter))
		p = enc_imm32(p, (int32_t)v);
	else if (letter == 'Q')
		p = enc_imm64(p, (uint64_t)v);
	enc_end(m, p);
}

static enum enc row_enc(const struct x64_row *row)
{
	static const enum enc encs[] = {
#define ENC(id, form, text, prefix, map, opcode, ext) ENC_##id,
#include "jit/x64/enc.def"
	};

	return encs[row - x64_rows];
}

static void encode(struct masm *m, const struct x64_row *row, const struct operands *o, unsigned cc)
{
	enum enc e = row_enc(row);
	unsigned r = row->form.ext ? enc_ext(e) : o->r;

	switch (row->form.operands[0]) {
	case 'O': case 'o':
		enc_end(m, enc_put_o(enc_begin(m), e, o->w, o->rm));
		break;
	case 'j': case 'J':
		enc_end(m, enc_legacy(enc_begin(m), (enum enc)(e | cc), 0, 0, 0, 0, false));
		break;
	case 0:
		enc_zo(m, e, o->w);
		break;
	default:
		if (o->vex && o->memory)
			enc_vrm(m, e, o->w, r, o->v, o->at);
		else if (o->vex)
			enc_vrr(m, e, o->w, r, o->v, o->rm);
		else if (o->memory)
			enc_rm(m, e, o->w, r, o->at);
		else
			enc_rr(m, e, o->w, r, o->rm);
	}
	for (const char *p = row->form.operands; *p; p++)
		if (strchr("bBwduQjJZ", *p))
			put_constant(m, *p, o->imm);
}

static struct operands some_operands(const struct x64_row *row, bool vex)
{
	const char *letters = row->form.operands, *last = letters + strlen(letters) - (*letters != 0);
	bool accumulator = row->form.ext && *last == 'd';       /* has a shorter encoding */
	struct operands o = {
		.w = row->form.widths ? random_number() & 1 : 0, .r = random_number() & 15, .rm = random_number() & 15, .vex = vex,
		.imm = some_constant(*last),
	};

	if (!strcmp(row->name, "MOVSXD") || *last == 'Q')
		o.w = 1;
	o.memory = row->form.rm == RM_MEMORY || (row->form.rm == RM_ANY && random_number() & 1);
	if (o.memory)
		o.at = some_memory();
	if (vex && strpbrk(letters, "HV"))
		o.v = random_number() & 15;
	if (accumulator && !o.memory) {
		o.rm = 1 + o.rm % 15;
		if (!strcmp(row->name, "MOV_MI32"))
			o.w = 1;
	}
	return o;
}

/* What as is told: which of two opcodes, and how far a jump goes. */
static void write_for_as(FILE *f, const struct sample *s)
{
	const char *letters = s->row->form.operands;

	if (*letters == 'j' || *letters == 'J')
		fprintf(f, "%.*s .%+" PRId64 "\n", (int)strcspn(s->text, " "), s->text, s->imm + (int)s->length);
	else if (!strcmp(letters, "YX"))
		fprintf(f, "{store} %s\n", s->text);
	else
		fprintf(f, "%s%s\n", (!strcmp(letters, "RE") || !strcmp(letters, "XY")) && !strchr(s->text, '[') ? "{load} " : "", s->text);
}

static bool try_once(const struct x64_row *row, bool vex)
{
	static const char *const conditions[] = {
		"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
	};
	struct operands o = some_operands(row, vex);
	struct sample *s = &samples[nsamples];
	struct masm m = { .code = s->bytes, .cap = sizeof s->bytes };
	const char *bar = strchr(row->text, '|'), *separator = " ";
	unsigned cc = strcmp(row->text, "j") ? 0 : random_number() & 15;
	uint8_t code[32];
	char text[96];
	int n;

	m.code = code;
	encode(&m, row, &o, cc);
	memcpy(s->bytes, code, m.at < sizeof s->bytes ? m.at : sizeof s->bytes);
	s->length = m.at;
	s->row = row;
	n = snprintf(s->text, sizeof s->text, "%s%.*s%s", vex && row->form.vex == 1 ? "v" : "",
		bar && !o.w ? (int)(bar - row->text) : (int)strlen(row->text), bar && o.w ? bar + 1 : row->text,
		strcmp(row->text, "j") ? "" : conditions[cc]);
	for (const char *p = row->form.operands; *p; p++) {
		char operand[64];

		if (*p == 'H' && !vex)
			continue;
		write_operand(operand, sizeof operand, *p, &o, START + m.at);
		n += snprintf(s->text + n, sizeof s->text - (size_t)n, "%s%s", separator, operand);
		separator = ", ";
	}
	s->imm = o.imm;
	nsamples++;
	unsigned length = x64_disasm(s->bytes, s->length, START, text, sizeof text);
	if (length == s->length && !strcmp(text, s->text))
		return true;
	tap_note("%s: \"%s\" of %u bytes is read as \"%s\" of %u", row->name, s->text, s->length, text, length);
	return false;
}

static void try_row(const struct x64_row *row)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < TRIES && nsamples + 2 < MAX_SAMPLES; i++) {
		wrong += row->form.vex < 2 && !try_once(row, false);
		wrong += row->form.vex && !try_once(row, true);
	}
	CHECK(!wrong, "%s", row->name);
}

/* ---- other tools ------------------------------------------------------------------------------------------------ */

static FILE *open_scratch(const char *name, const char *mode)
{
	char path[300];
	const char *folder = getenv("TMPDIR");

	snprintf(path, sizeof path, "%s/%s", folder ? folder : "/tmp", name);
	return fopen(path, mode);
}

/* Every instruction stands at its own 16 bytes. */
static void compare_with_as(void)
{
	FILE *f = open_scratch("x64.s", "w");
	unsigned wrong = 0, i = 0;
	uint8_t bytes[16];

	fprintf(f, ".intel_syntax noprefix\n");
	for (i = 0; i < nsamples; i++)
		fprintf(f, ".balign 16, 0xcc\n"), write_for_as(f, &samples[i]);
	fprintf(f, ".balign 16, 0xcc\n");
	fclose(f);
	bool made = system("cd \"${TMPDIR:-/tmp}\" && as --64 --no-warn -mmnemonic=intel -o x64.o x64.s && objcopy -O binary -j .text x64.o x64.out")
		== 0;
	f = made ? open_scratch("x64.out", "rb") : NULL;
	for (i = 0; f && i < nsamples && fread(bytes, 16, 1, f) == 1; i++) {
		const struct sample *s = &samples[i];
		bool same = !memcmp(bytes, s->bytes, s->length);

		for (unsigned k = s->length; k < 16; k++)
			same = same && bytes[k] == 0xcc;
		if (!same && wrong++ < 20)
			tap_note("%s: as makes other bytes of \"%s\": %02x %02x %02x %02x, not %02x %02x %02x %02x", s->row->name,
				s->text, bytes[0], bytes[1], bytes[2], bytes[3], s->bytes[0], s->bytes[1], s->bytes[2], s->bytes[3]);
	}
	if (f)
		fclose(f);
	CHECK(i == nsamples && !wrong, "as makes the bytes of all %u texts", nsamples);
}

#ifdef HAVE_ZYDIS
/* Without sizes of memory, scales of 1, spaces and zeros in front: "movzx eax,[rbx+0x10]". */
static void plain_text(char *to, const char *from)
{
	static const char *const sizes[] = { "byte ptr ", "word ptr ", "dword ptr ", "qword ptr ", "xmmword ptr " };

	while (*from) {
		size_t skip = 0;

		for (unsigned i = 0; i < 5; i++)
			if (!strncmp(from, sizes[i], strlen(sizes[i])))
				skip = strlen(sizes[i]);
		if (from[0] == '0' && from[1] == 'x') {
			*to++ = *from++;
			*to++ = *from++;
			while (*from == '0' && isxdigit((unsigned char)from[1]))
				from++;
		} else if (skip)
			from += skip;
		else if (from[0] == '*' && from[1] == '1' && !isdigit((unsigned char)from[2]))
			from += 2;
		else if (*from == ',' && from[1] == ' ')
			*to++ = *from, from += 2;
		else
			*to++ = (char)tolower((unsigned char)*from), from++;
	}
	*to = 0;
}

/* Zydis has other names for some conditions: "jnz" for "jne". */
static void their_names(char *text)
{
	static const char *const stems[] = { "cmov", "set", "j" }, *const names[][2] = {
		{ "e ", "z " }, { "ne ", "nz " }, { "ae ", "nb " }, { "a ", "nbe " }, { "ge ", "nl " }, { "g ", "nle " },
	};
	char copy[160];

	snprintf(copy, sizeof copy, "%s", text);
	if (!strncmp(copy, "movabs ", 7))
		sprintf(text, "mov %s", copy + 7);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 6; k++) {
			size_t stem = strlen(stems[i]), name = strlen(names[k][0]);

			if (!strncmp(copy, stems[i], stem) && !strncmp(copy + stem, names[k][0], name))
				sprintf(text, "%s%s%s", stems[i], names[k][1], copy + stem + name);
		}
}

static void compare_with_zydis(void)
{
	ZydisDecoder decoder;
	ZydisFormatter formatter;
	unsigned wrong = 0, noted = 0;
	const struct x64_row *last = NULL;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_FORCE_RELATIVE_RIPREL, ZYAN_TRUE);
	for (unsigned i = 0; i < nsamples; i++) {
		const struct sample *s = &samples[i];
		ZydisDecodedInstruction instruction;
		ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
		char text[160], theirs[160] = "nothing", ours[160];
		bool is_signed = strpbrk(s->row->form.operands, "bd");

		ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_SIGNEDNESS,
			is_signed ? ZYDIS_SIGNEDNESS_SIGNED : ZYDIS_SIGNEDNESS_UNSIGNED);
		if (ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, s->bytes, s->length, &instruction, operands))
			&& instruction.length == s->length && ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &instruction,
			operands, instruction.operand_count_visible, text, sizeof text, START, ZYAN_NULL)))
			plain_text(theirs, text);
		plain_text(ours, s->text);
		their_names(ours);
		bool same = !strcmp(ours, theirs);
		wrong += !same;
		if (!same && s->row != last && noted++ < 20)
			tap_note("%s: \"%s\", Zydis says \"%s\"", s->row->name, ours, theirs);
		last = same ? last : s->row;
	}
	CHECK(!wrong, "Zydis reads all %u instructions as we do", nsamples);
}
#endif

int main(void)
{
	for (unsigned i = 0; i < x64_row_count; i++)
		try_row(&x64_rows[i]);
	if (system("as --64 -o /dev/null /dev/null 2>/dev/null && command -v objcopy >/dev/null") == 0)
		compare_with_as();
#ifdef HAVE_ZYDIS
	compare_with_zydis();
#endif
	return tap_done();
}
