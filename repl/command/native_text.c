/* Standing in compiled code, for people. */
#include "repl/command/native_text.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/regir/code.h"
#include "jit/asm_note.h"
#include "repl/command/jit_text.h"
#include "repl/command/result.h"

static const struct listed_part *part_of(const struct native_stop *n)
{
	return &n->listing->parts.data[n->part];
}

static void line_of(const struct native_stop *n, struct asm_line *line)
{
	asm_text_line(n->listing->machine, n->listing->code, n->listing->size, n->at, 0, line);
}

void native_text_did(const struct native_stop *n, struct buf *out)
{
	if (n->did[0])
		buf_printf(out, "  did    %s\n", n->did);
}

enum { WORDS_COLUMN = 17 };

static void put_column(struct buf *out, size_t from)
{
	buf_fill(out, ' ', out->size - from + 2 > WORDS_COLUMN ? 2 : WORDS_COLUMN - (out->size - from));
}

void native_text_regir(const struct native_stop *n, struct buf *out)
{
	const struct listed_part *p = part_of(n);
	struct buf head = { 0 };

	buf_puts(out, "  regir  ");
	jit_text_head(n->listing, n->part, &head);
	const char *text = buf_str(&head) + strspn(buf_str(&head), " ");
	if (p->part == PART_INSTRUCTION) {
		size_t from = out->size, words = strcspn(text, " ");
		buf_put(out, text, words);
		put_column(out, from);
		text += words + strspn(text + words, " ");
	}
	buf_printf(out, "%s\n", text);
	buf_free(&head);
}

void native_text_asm(const struct native_stop *n, struct buf *out)
{
	struct asm_line line;
	struct buf note = { 0 };

	line_of(n, &line);
	buf_puts(out, "  asm    ");
	size_t from = out->size;
	buf_printf(out, "0x%04x", n->at);
	put_column(out, from);
	buf_puts(out, line.text);
	asm_note(n->listing, line.text, &note);
	if (note.size) {
		buf_fill(out, ' ', out->size - from > 47 ? 1 : 48 - (out->size - from));
		buf_printf(out, " ; %s", buf_str(&note));
	}
	buf_putc(out, '\n');
	buf_free(&note);
}

void native_text_member(const struct native_stop *n, struct result *r, struct node *stop)
{
	struct node *one = node_object(r, stop, "native");
	struct asm_line line;

	line_of(n, &line);
	node_printf(r, one, "address", "0x%x", n->at);
	node_printf(r, one, "pc", "0x%" PRIx64, n->regs.pc);
	jit_text_members(n->listing, &line, r, one);
	jit_text_part_members(n->listing, part_of(n), r, one);
	node_bool(r, one, "between", n->between);
	if (n->did[0])
		node_str(r, one, "did", str_of(n->did));
}
