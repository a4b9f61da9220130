/* The text of `help OPCODE`, made from the opcode table alone. */
#include "wat/explain.h"

#include "engine/base/buf.h"

static const char *type_word(char c)
{
	switch (c) {
	case 'i': return "i32";
	case 'I': return "i64";
	case 'f': return "f32";
	case 'd': return "f64";
	case 'v': return "v128";
	case 'a': return "address";
	default:  return "?";
	}
}

void explain_signature(enum op op, struct buf *out)
{
	const char *s = op_info[op].sig;

	if (op_sig_own(op)) {
		buf_puts(out, "depends on its immediates or operands");
		return;
	}
	buf_putc(out, '[');
	for (bool first = true; *s; s++) {
		if (*s == ':') {
			buf_puts(out, "] -> [");
			first = true;
			continue;
		}
		buf_printf(out, "%s%s", first ? "" : " ", type_word(*s));
		first = false;
	}
	buf_putc(out, ']');
}

void explain_encoding(enum op op, struct buf *out)
{
	struct buf code = { 0 };

	if (op_info[op].prefix)
		buf_printf(out, "%02x ", op_info[op].prefix);
	if (op_info[op].prefix)
		buf_uleb(&code, op_info[op].code);
	else
		buf_u8(&code, (uint8_t)op_info[op].code);
	for (size_t i = 0; i < code.size; i++)
		buf_printf(out, "%s%02x", i ? " " : "", (unsigned char)code.data[i]);
	buf_free(&code);
}

static void explain_align(enum op op, struct buf *out)
{
	enum imm imm = (enum imm)op_info[op].imm;

	if (imm == IMM_MEMARG || imm == IMM_MEMARG_LANE)
		buf_printf(out, "  alignment   %u byte%s when left out\n", 1u << op_info[op].align,
			op_info[op].align ? "s" : "");
}

bool explain_op(enum op op, struct buf *out)
{
	if (op >= OP_COUNT)
		return false;
	const struct op_info *o = &op_info[op];
	const struct imm_info *im = &imm_info[o->imm];
	const struct feature_info *f = &feature_info[o->feature];

	buf_printf(out, "%s%s%s\n", o->text, im->pattern[0] ? " " : "", im->pattern);
	buf_printf(out, "  %s\n", o->help);
	buf_puts(out, "  stack       ");
	explain_signature(op, out);
	buf_printf(out, "\n  immediates  %s\n", im->help);
	explain_align(op, out);
	buf_printf(out, "  feature     %s (%s)\n", f->name, f->level);
	buf_puts(out, "  encoding    ");
	explain_encoding(op, out);
	buf_putc(out, '\n');
	return !out->failed;
}
