/*
 * Reads prefixes, opcode, ModRM and SIB, finds the row of enc.def that has them, and prints its operands by its form. A form's
 * operands are letters, in the order of the text:
 *
 *     R E V   general register by width: reg field, r/m (or memory), VEX.vvvv       c    cl
 *     a s r   reg field of 8, 16, 32 bits                                           1 2 4 q   r/m of 8, 16, 32, 64 bits
 *     M       memory, of no size                                                    O o  register in the opcode: 64, 32 bits
 *     X Y H   vector register: reg field, r/m (or memory), vvvv (VEX alone)         Z    the same in the upper half of imm8
 *     b B w d Q   constant: 8 bits signed and not, 16, 32 signed, 64 bits           u    32 bits, not signed
 *     j J     distance of 8, of 32 bits
 */
#include "jit/x64/disasm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jit/x64/enc.h"

#define FORM_RM     { "RE", 0, true, false, RM_ANY }
#define FORM_MR     { "ER", 0, true, false, RM_MEMORY }
#define FORM_MRR    { "ER", 0, true, false, RM_ANY }
#define FORM_LEA    { "RM", 0, true, false, RM_MEMORY }
#define FORM_RMI8   { "REb", 0, true, false, RM_ANY }
#define FORM_RMI32  { "REd", 0, true, false, RM_ANY }
#define FORM_MI8    { "Eb", 0, true, true, RM_ANY }
#define FORM_MU8    { "EB", 0, true, true, RM_ANY }
#define FORM_MI32   { "Ed", 0, true, true, RM_ANY }
#define FORM_RM8    { "R1", 0, true, false, RM_ANY }
#define FORM_RM16   { "R2", 0, true, false, RM_ANY }
#define FORM_RM32   { "R4", 0, true, false, RM_ANY }
#define FORM_MR8    { "1a", 0, false, false, RM_MEMORY }
#define FORM_MR16   { "2s", 0, false, false, RM_MEMORY }
#define FORM_LMR    { "ER", 0, true, false, RM_MEMORY }
#define FORM_LMR8   { "1a", 0, false, false, RM_MEMORY }
#define FORM_LMR16  { "2s", 0, false, false, RM_MEMORY }
#define FORM_M8I8   { "1b", 0, false, true, RM_MEMORY }
#define FORM_M16I16 { "2w", 0, false, true, RM_MEMORY }
#define FORM_M      { "E", 0, true, true, RM_ANY }
#define FORM_MCL    { "Ec", 0, true, true, RM_ANY }
#define FORM_M8     { "1", 0, false, true, RM_ANY }
#define FORM_M64    { "q", 0, false, true, RM_ANY }
#define FORM_BV     { "REV", 2, true, false, RM_ANY }
#define FORM_BI8    { "REB", 2, true, false, RM_ANY }
#define FORM_ZO     { "", 0, false, false, RM_REG }
#define FORM_ZOW    { "", 0, true, false, RM_REG }
#define FORM_O64    { "O", 0, false, false, RM_REG }
#define FORM_OI32   { "ou", 0, false, false, RM_REG }
#define FORM_OI64   { "OQ", 0, true, false, RM_REG }
#define FORM_J8     { "j", 0, false, false, RM_REG }
#define FORM_J32    { "J", 0, false, false, RM_REG }
#define FORM_JCC8   { "j", 0, false, false, RM_REG }
#define FORM_JCC32  { "J", 0, false, false, RM_REG }
#define FORM_X3     { "XHY", 1, false, false, RM_ANY }
#define FORM_X3I    { "XHYB", 1, false, false, RM_ANY }
#define FORM_X2     { "XY", 1, false, false, RM_ANY }
#define FORM_X2H    { "XY", 1, false, false, RM_REG }
#define FORM_X2I    { "XYB", 1, false, false, RM_ANY }
#define FORM_XS     { "HYB", 1, false, true, RM_REG }
#define FORM_LD     { "XY", 1, false, false, RM_MEMORY }
#define FORM_ST     { "YX", 1, false, false, RM_MEMORY }
#define FORM_STR    { "YX", 1, false, false, RM_ANY }
#define FORM_XR     { "XE", 1, true, false, RM_REG }
#define FORM_XR3    { "XHE", 1, true, false, RM_ANY }
#define FORM_RX     { "EX", 1, true, false, RM_REG }
#define FORM_RXM    { "RY", 1, true, false, RM_ANY }
#define FORM_RX32   { "rY", 1, false, false, RM_REG }
#define FORM_INS    { "XH4B", 1, false, false, RM_REG }
#define FORM_INSW   { "XHEB", 1, true, false, RM_REG }
#define FORM_EXT    { "4XB", 1, false, false, RM_REG }
#define FORM_RX32I  { "rYB", 1, false, false, RM_REG }
#define FORM_EXTW   { "EXB", 1, true, false, RM_REG }
#define FORM_V2     { "XY", 2, false, false, RM_ANY }
#define FORM_V3W    { "XHY", 2, true, false, RM_ANY }
#define FORM_V4     { "XHYZ", 2, false, false, RM_ANY }

const struct x64_row x64_rows[] = {
#define ENC(id, form, text, prefix, map, opcode, ext) \
	{ #id, FORM_##form, text, ENC_PREFIX_##prefix, ENC_MAP_##map, opcode, ext },
#include "jit/x64/enc.def"
};
const unsigned x64_row_count = sizeof x64_rows / sizeof *x64_rows;

static const char names8[16][5] = {
	"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"
};
static const char names16[16][5] = {
	"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"
};
static const char names32[16][5] = {
	"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"
};
static const char names64[16][5] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
};
static const char conditions[16][3] = {
	"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
};

/* What was read of an instruction, and the text so far. */
struct reading {
	const uint8_t *p, *end;         /* next byte; past END all bytes are 0, and nothing is found */
	uint64_t at;
	const uint8_t *start;
	unsigned prefix, map, opcode, w, rex, vvvv;     /* rex: W R X B bits of REX or VEX */
	bool vex, has_rex, lock;
	unsigned mod, r, rm;            /* of ModRM, with their upper bits */
	struct x64_mem mem;             /* when mod is not 3 */
	char *text;
	size_t size, n;
};

__attribute__((format(printf, 2, 3)))
static void put(struct reading *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(d->text + d->n, d->size - d->n, fmt, ap);
	va_end(ap);
	d->n = d->n + (size_t)n < d->size ? d->n + (size_t)n : d->size - 1;
}

static uint8_t byte(struct reading *d)
{
	return d->p < d->end ? *d->p++ : (d->p = d->end + 1, 0);
}

static uint64_t number(struct reading *d, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)byte(d) << 8 * i;
	return v;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static void read_vex(struct reading *d, unsigned first)
{
	unsigned b = byte(d), last = b;

	d->vex = true;
	d->map = ENC_MAP_M0F;
	d->rex = (~b >> 7 & 1) << 2;
	if (first == 0xc4) {
		d->rex = ~b >> 5 & 7;
		d->map = b & 3;
		last = byte(d);
		d->rex |= last >> 7 << 3;
	}
	d->vvvv = ~last >> 3 & 15;
	d->prefix = last & 3;
	d->opcode = byte(d);
}

static void read_opcode(struct reading *d)
{
	unsigned b = byte(d);

	if (b == 0xc4 || b == 0xc5) {
		read_vex(d, b);
		return;
	}
	if (b == 0x66 || b == 0xf3 || b == 0xf2) {
		d->prefix = b == 0x66 ? ENC_PREFIX_66 : b == 0xf3 ? ENC_PREFIX_F3 : ENC_PREFIX_F2;
		b = byte(d);
	}
	if (b == 0xf0) {
		d->lock = true;
		b = byte(d);
	}
	if ((b & 0xf0) == 0x40) {
		d->has_rex = true;
		d->rex = b & 15;
		b = byte(d);
	}
	if (b == 0x0f) {
		d->map = ENC_MAP_M0F;
		b = byte(d);
		if (b == 0x38 || b == 0x3a) {
			d->map = b == 0x38 ? ENC_MAP_M0F38 : ENC_MAP_M0F3A;
			b = byte(d);
		}
	}
	d->opcode = b;
}

static void read_memory(struct reading *d)
{
	unsigned low = d->rm & 7;

	d->mem = (struct x64_mem){ (reg)d->rm, NO_REG, 0, 0 };
	if (low == RSP) {
		unsigned sib = byte(d), index = (sib >> 3 & 7) | (d->rex >> 1 & 1) << 3;

		d->mem.base = (reg)((sib & 7) | (d->rex & 1) << 3);
		d->mem.index = index == RSP ? (reg)NO_REG : (reg)index;
		d->mem.shift = (uint8_t)(sib >> 6);
		if (d->mod == 0 && (sib & 7) == RBP) {
			d->mem.base = NO_REG;
			d->mem.disp = (int32_t)number(d, 4);
		}
	} else if (d->mod == 0 && low == RBP) {
		d->mem.base = RIP;
		d->mem.disp = (int32_t)number(d, 4);
	}
	if (d->mod == 1)
		d->mem.disp = (int8_t)byte(d);
	else if (d->mod == 2)
		d->mem.disp = (int32_t)number(d, 4);
}

static void read_modrm(struct reading *d)
{
	unsigned b = byte(d);

	d->mod = b >> 6;
	d->r = (b >> 3 & 7) | (d->rex >> 2 & 1) << 3;
	d->rm = (b & 7) | (d->rex & 1) << 3;
	if (d->mod != 3)
		read_memory(d);
}

static bool in_opcode(const char *operands)
{
	return *operands == 'O' || *operands == 'o' || *operands == 'j' || *operands == 'J' || !*operands;
}

/* How many values of the opcode's last bits the row takes. */
static unsigned opcode_spread(const struct x64_row *row)
{
	return row->form.operands[0] == 'O' || row->form.operands[0] == 'o' ? 8 : !strcmp(row->text, "j") ? 16 : 1;
}

static bool is_locked(const struct x64_row *row)
{
	return !strncmp(row->text, "lock ", 5);
}

static bool row_matches(const struct reading *d, const struct x64_row *row)
{
	const struct x64_form *f = &row->form;

	if (row->map != d->map || row->prefix != d->prefix || d->opcode - row->opcode >= opcode_spread(row))
		return false;
	if (d->vex ? f->vex == 0 : f->vex == 2)
		return false;
	if (d->lock != is_locked(row))
		return false;
	if (!f->widths && d->rex & 8)
		return false;
	if (f->rm != RM_ANY && !in_opcode(f->operands) && d->p < d->end && (*d->p >> 6 == 3) != (f->rm == RM_REG))
		return false;
	return !f->ext || (d->p < d->end && (*d->p >> 3 & 7) == row->ext);
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

static void put_hex(struct reading *d, int64_t v, bool plus)
{
	put(d, "%s0x%" PRIx64, v < 0 ? "-" : plus ? "+" : "", v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void put_memory(struct reading *d, const char *size)
{
	const struct x64_mem *a = &d->mem;
	bool any = a->base != NO_REG;

	put(d, "%s[", size);
	if (any)
		put(d, "%s", a->base == RIP ? "rip" : names64[a->base]);
	if (a->index != NO_REG) {
		put(d, "%s%s", any ? "+" : "", names64[a->index]);
		if (a->shift || !any)
			put(d, "*%u", 1u << a->shift);
		any = true;
	}
	if (a->disp || !any)
		put_hex(d, a->disp, any);
	put(d, "]");
}

static void put_rm(struct reading *d, const char (*names)[5], const char *size)
{
	if (d->mod == 3)
		put(d, "%s", names[d->rm]);
	else
		put_memory(d, size);
}

static void put_operand(struct reading *d, char operand)
{
	const char (*by_width)[5] = d->w ? names64 : names32;

	switch (operand) {
	case 'R': put(d, "%s", by_width[d->r]); break;
	case 'E': put_rm(d, by_width, d->w ? "qword ptr " : "dword ptr "); break;
	case 'V': put(d, "%s", by_width[d->vvvv]); break;
	case 'a': put(d, "%s", names8[d->r]); break;
	case 's': put(d, "%s", names16[d->r]); break;
	case 'r': put(d, "%s", names32[d->r]); break;
	case '1': put_rm(d, names8, "byte ptr "); break;
	case '2': put_rm(d, names16, "word ptr "); break;
	case '4': put_rm(d, names32, "dword ptr "); break;
	case 'q': put_rm(d, names64, "qword ptr "); break;
	case 'M': put_memory(d, ""); break;
	case 'c': put(d, "cl"); break;
	case 'O': put(d, "%s", names64[(d->opcode & 7) | (d->rex & 1) << 3]); break;
	case 'o': put(d, "%s", names32[(d->opcode & 7) | (d->rex & 1) << 3]); break;
	case 'X': put(d, "xmm%u", d->r); break;
	case 'H': put(d, "xmm%u", d->vvvv); break;
	case 'Z': put(d, "xmm%u", byte(d) >> 4); break;
	case 'Y':
		if (d->mod == 3)
			put(d, "xmm%u", d->rm);
		else
			put_memory(d, "");
		break;
	case 'b': put_hex(d, (int8_t)byte(d), false); break;
	case 'B': put_hex(d, byte(d), false); break;
	case 'w': put_hex(d, (int64_t)number(d, 2), false); break;
	case 'd': put_hex(d, (int32_t)number(d, 4), false); break;
	case 'u': put_hex(d, (int64_t)number(d, 4), false); break;
	case 'Q': put(d, "0x%" PRIx64, number(d, 8)); break;
	case 'j': case 'J': {
		int64_t rel = operand == 'j' ? (int8_t)byte(d) : (int32_t)number(d, 4);

		put(d, "0x%" PRIx64, d->at + (uint64_t)(d->p - d->start) + (uint64_t)rel);
		break;
	}
	}
}

/* "vmovd" of "movd|movq"; "jne" of "j". */
static void put_mnemonic(struct reading *d, const struct x64_row *row)
{
	const char *bar = strchr(row->text, '|'), *text = bar && d->w ? bar + 1 : row->text;
	size_t n = bar && !d->w ? (size_t)(bar - text) : strlen(text);

	put(d, "%s%.*s%s", d->vex && row->form.vex == 1 ? "v" : "", (int)n, text,
		opcode_spread(row) == 16 ? conditions[d->opcode & 15] : "");
}

static void put_row(struct reading *d, const struct x64_row *row)
{
	const char *separator = " ";

	if (!in_opcode(row->form.operands))
		read_modrm(d);
	put_mnemonic(d, row);
	for (const char *o = row->form.operands; *o; o++) {
		if (*o == 'H' && !d->vex)
			continue;
		put(d, "%s", separator);
		put_operand(d, *o);
		separator = ", ";
	}
}

/* What align_code makes. */
static unsigned nop_length(const uint8_t *code, size_t size)
{
	size_t n = size && code[0] == 0x66;

	if (n < size && code[n] == 0x90)
		return (unsigned)n + 1;
	if (n + 2 >= size || code[n] != 0x0f || code[n + 1] != 0x1f)
		return 0;
	switch (code[n + 2]) {
	case 0x00: return (unsigned)n + 3;
	case 0x40: return (unsigned)n + 4;
	case 0x44: return (unsigned)n + 5;
	case 0x80: return (unsigned)n + 7;
	case 0x84: return (unsigned)n + 8;
	}
	return 0;
}

unsigned x64_disasm(const uint8_t *code, size_t size, uint64_t at, char *text, size_t text_size)
{
	struct reading d = { .p = code, .end = code + size, .start = code, .at = at, .text = text, .size = text_size };
	unsigned nop = nop_length(code, size);

	if (nop && nop <= size) {
		put(&d, "nop");
		return nop;
	}
	read_opcode(&d);
	d.w = d.rex >> 3;
	for (unsigned i = 0; d.p < d.end + 1 && i < x64_row_count; i++) {
		struct reading tried = d;

		if (!row_matches(&d, &x64_rows[i]))
			continue;
		put_row(&tried, &x64_rows[i]);
		if (tried.p <= tried.end)
			return (unsigned)(tried.p - code);
	}
	d.n = 0;
	put(&d, ".byte 0x%02x", size ? code[0] : 0);
	return 1;
}
