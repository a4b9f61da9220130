/* Lines of compiled code as DWARF has them; see gdb_line.h. */
#include "jit/gdb_line.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/tier.h"

enum {
	TAG_COMPILE_UNIT = 0x11, TAG_SUBPROGRAM = 0x2e, NO_CHILDREN = 0, CHILDREN = 1,
	AT_NAME = 0x03, AT_STMT_LIST = 0x10, AT_LOW_PC = 0x11, AT_HIGH_PC = 0x12, AT_LANGUAGE = 0x13, AT_COMP_DIR = 0x1b, AT_EXTERNAL = 0x3f,
	FORM_ADDR = 0x01, FORM_DATA2 = 0x05, FORM_DATA8 = 0x07, FORM_STRING = 0x08, FORM_SEC_OFFSET = 0x17, FORM_FLAG_PRESENT = 0x19,
	LANG_ASSEMBLER = 0x8001,
	LNS_COPY = 1, LNS_ADVANCE_PC = 2, LNS_ADVANCE_LINE = 3, LNE_END_SEQUENCE = 1, LNE_SET_ADDRESS = 2,
	DWARF_VERSION = 4, ADDRESS_BYTES = 8, OPCODE_BASE = 13,
};

static void put16(struct buf *b, uint16_t v) { buf_put(b, &v, sizeof v); }
static void put32(struct buf *b, uint32_t v) { buf_put(b, &v, sizeof v); }
static void put64(struct buf *b, uint64_t v) { buf_put(b, &v, sizeof v); }

static void put_string(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s) + 1);
}

/* A length that is known at the end. */
static void close_length(struct buf *b, size_t at)
{
	uint32_t n = (uint32_t)(b->size - at - sizeof n);

	if (!b->failed)
		memcpy(b->data + at, &n, sizeof n);
}

void gdb_put_abbrev(struct buf *b)
{
	static const uint8_t unit[] = {
		1, TAG_COMPILE_UNIT, CHILDREN, AT_NAME, FORM_STRING, AT_COMP_DIR, FORM_STRING, AT_LANGUAGE, FORM_DATA2, AT_LOW_PC, FORM_ADDR,
		AT_HIGH_PC, FORM_DATA8, AT_STMT_LIST, FORM_SEC_OFFSET, 0, 0,
	}, function[] = {
		2, TAG_SUBPROGRAM, NO_CHILDREN, AT_NAME, FORM_STRING, AT_EXTERNAL, FORM_FLAG_PRESENT, AT_LOW_PC, FORM_ADDR, AT_HIGH_PC, FORM_DATA8,
		0, 0, 0,
	};

	buf_put(b, unit, sizeof unit);
	buf_put(b, function, sizeof function);
}

/* The function begins where all ways in come together, as its symbol does. */
void gdb_put_info(struct buf *b, const struct native_code *n, const struct gdb_lines *lines, const char *name)
{
	uint64_t code = (uint64_t)(uintptr_t)n->code, inner = (uint64_t)(uintptr_t)n->inner;
	size_t start = b->size;

	put32(b, 0);
	put16(b, DWARF_VERSION);
	put32(b, 0);
	buf_putc(b, ADDRESS_BYTES);
	buf_putc(b, 1);
	put_string(b, lines->file);
	put_string(b, lines->folder);
	put16(b, LANG_ASSEMBLER);
	put64(b, code);
	put64(b, n->size);
	put32(b, 0);
	buf_putc(b, 2);
	put_string(b, name);
	put64(b, inner);
	put64(b, code + n->size - inner);
	buf_putc(b, 0);
	close_length(b, start);
}

static void put_extended(struct buf *b, uint8_t op, const void *operand, uint8_t bytes)
{
	buf_putc(b, 0);
	buf_putc(b, (char)(bytes + 1));
	buf_putc(b, (char)op);
	buf_put(b, operand, bytes);
}

static void put_program(struct buf *b, const struct native_code *n, const struct gdb_lines *lines)
{
	uint64_t address = (uint64_t)(uintptr_t)n->code;
	uint32_t at = 0, line = 1;

	put_extended(b, LNE_SET_ADDRESS, &address, sizeof address);
	for (uint32_t i = 0; i < lines->n; i++) {
		const struct gdb_line *r = &lines->rows[i];
		buf_putc(b, LNS_ADVANCE_PC);
		buf_uleb(b, r->code - at);
		buf_putc(b, LNS_ADVANCE_LINE);
		buf_sleb(b, (int64_t)r->line - line);
		buf_putc(b, LNS_COPY);
		at = r->code;
		line = r->line;
	}
	buf_putc(b, LNS_ADVANCE_PC);
	buf_uleb(b, n->size - at);
	put_extended(b, LNE_END_SEQUENCE, "", 0);
}

void gdb_put_lines(struct buf *b, const struct native_code *n, const struct gdb_lines *lines)
{
	/* smallest instruction, most operations in one, statements by default, line base and range, operands of the standard opcodes */
	static const uint8_t head[] = { 1, 1, 1, (uint8_t)-5, 14, OPCODE_BASE, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };
	size_t start = b->size;

	put32(b, 0);
	put16(b, DWARF_VERSION);
	size_t header = b->size;
	put32(b, 0);
	buf_put(b, head, sizeof head);
	buf_putc(b, 0);         /* no folders but that of the unit */
	put_string(b, lines->file);
	buf_put(b, "\0\0\0", 3);
	buf_putc(b, 0);
	close_length(b, header);
	put_program(b, n, lines);
	close_length(b, start);
}
