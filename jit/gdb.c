/*
 * The protocol: the program fills a list of object files and calls a function that does nothing, where gdb has put a
 * breakpoint. Names of the list and of the function are gdb's, and there is one list in a process: the exception to state
 * that hangs from the session.
 *
 *     ELF header │ .text (no bytes: the code itself) │ .symtab: the function │ .strtab │ .eh_frame (x86-64) │
 *     .debug_abbrev, .debug_info, .debug_line (where lines are known) │ section headers
 *
 * Unwinding. Compiled code keeps nothing on the native stack but, around calls, the return cell that it pushed (docs/jit.md):
 * the return address is at the stack pointer, and 8 bytes further up from the call to the instruction behind it.
 */
#include "jit/gdb.h"

#include "jit/gdb_line.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/native.h"
#include "engine/regir/code.h"
#include "engine/tier.h"

/* ---- gdb's names ------------------------------------------------------------------------------------ */

enum jit_actions { JIT_NOACTION, JIT_REGISTER_FN, JIT_UNREGISTER_FN };

struct jit_code_entry {
	struct jit_code_entry *next_entry, *prev_entry;
	const char *symfile_addr;
	uint64_t symfile_size;
};

struct jit_descriptor {
	uint32_t version, action_flag;
	struct jit_code_entry *relevant_entry, *first_entry;
};

void __jit_debug_register_code(void);

struct jit_descriptor __jit_debug_descriptor = { 1, JIT_NOACTION, NULL, NULL };

__attribute__((noinline)) void __jit_debug_register_code(void)
{
	__asm__ volatile("" ::: "memory");
}

struct gdb_entry {
	struct jit_code_entry entry;
	struct buf file;
};

/* ---- the way back ------------------------------------------------------------------------------------- */

#if defined __x86_64__
enum { DW_CFA_advance4 = 0x04, DW_CFA_def_cfa_offset = 0x0e };

static void put32(struct buf *b, uint32_t v) { buf_put(b, &v, sizeof v); }
static void put64(struct buf *b, uint64_t v) { buf_put(b, &v, sizeof v); }

/* From code offset TO on the frame's end is at rsp + N. */
static void put_row(struct buf *b, uint32_t *at, uint32_t to, uint8_t n)
{
	buf_putc(b, DW_CFA_advance4);
	put32(b, to - *at);
	buf_putc(b, DW_CFA_def_cfa_offset);
	buf_putc(b, (char)n);
	*at = to;
}

/* What pushes 8 bytes, and takes them back: calls of compiled code, and of helpers. */
static void put_calls(struct buf *b, const uint8_t *code, uint32_t size)
{
	static const uint8_t behind[] = { 0x48, 0x83, 0xc4, 0x08 };                     /* add rsp, 8 */
	static const uint8_t helper[] = { 0x50, 0xff, 0xd0, 0x59 };                     /* push rax; call rax; pop rcx */
	uint32_t at = 0;

	for (uint32_t i = 1; i + 6 < size; i++) {
		if (memcmp(code + i, behind, sizeof behind) == 0) {
			put_row(b, &at, i - 1, 16);
			put_row(b, &at, i + 4, 8);
		} else if (memcmp(code + i, helper, sizeof helper) == 0) {
			put_row(b, &at, i + 1, 16);
			put_row(b, &at, i + 4, 8);
		}
	}
}

static void close_entry(struct buf *b, size_t start)
{
	uint32_t n;

	while ((b->size - start) % 8 != 4)
		buf_putc(b, 0);         /* DW_CFA_nop */
	n = (uint32_t)(b->size - start);
	memcpy(b->data + start - 4, &n, sizeof n);
}

/* A description of the code at FROM begins; close_entry() ends it. */
static size_t begin_range(struct buf *b, size_t cie, const void *from, uint64_t bytes)
{
	put32(b, 0);
	size_t start = b->size;
	put32(b, (uint32_t)(start - cie));
	put64(b, (uint64_t)(uintptr_t)from);
	put64(b, bytes);
	return start;
}

static void put_frames(struct buf *b, const struct native_code *n)
{
	size_t cie = b->size, start;

	put32(b, 0);
	start = b->size;
	put32(b, 0);
	buf_put(b, "\1\0\1\x78\x10", 5);        /* version, no augmentation, alignments 1 and -8, return address is column 16 */
	buf_put(b, "\x0c\x07\x08\x90\x01", 5);  /* the frame ends at rsp + 8, the return address is 8 below */
	close_entry(b, start);
	start = begin_range(b, cie, n->code, n->size);
	put_calls(b, n->code, n->size);
	close_entry(b, start);
	/* native_enter, which the outermost frame returns to: nine words pushed, rbp rbx r12-r15 first (native_x64.S.inc) */
	start = begin_range(b, cie, (const void *)(uintptr_t)native_enter, (uint64_t)((uintptr_t)h_NATIVE - (uintptr_t)native_enter));
	buf_put(b, "\x0e\x50\x86\x02\x83\x03\x8c\x04\x8d\x05\x8e\x06\x8f\x07", 14);
	close_entry(b, start);
	put32(b, 0);
}

enum { MACHINE = EM_X86_64 };
#else
static void put_frames(struct buf *b, const struct native_code *n)
{
}

enum { MACHINE = EM_AARCH64 };
#endif

/* ---- the file --------------------------------------------------------------------------------------------- */

enum { S_NULL, S_TEXT, S_SYMBOLS, S_STRINGS, S_FRAMES, S_ABBREV, S_INFO, S_LINES, S_COUNT };

static const char section_names[] = "\0.text\0.symtab\0.strtab\0.eh_frame\0.debug_abbrev\0.debug_info\0.debug_line";
static const uint8_t section_name_at[S_COUNT] = { 0, 1, 7, 15, 23, 33, 47, 59 };

/* The name as gdb takes it: a word. */
static void put_symbol_name(struct buf *b, const struct native_code *n)
{
	struct buf label = { 0 };

	module_func_label(n->body->module, n->body->func, &label);
	const char *name = buf_str(&label);
	if (name[0] == '#')
		buf_printf(b, "wasm_%s", name + 1);
	else
		buf_puts(b, name + (name[0] == '$'));
	buf_putc(b, '\0');
	buf_free(&label);
}

static void align(struct buf *b)
{
	while (b->size % 8)
		buf_putc(b, 0);
}

static Elf64_Shdr section_since(const struct buf *b, size_t from)
{
	return (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_offset = from, .sh_size = b->size - from, .sh_addralign = 1 };
}

static void put_line_sections(struct buf *b, const struct native_code *n, const struct gdb_lines *lines, Elf64_Shdr s[S_COUNT])
{
	struct buf name = { 0 };
	size_t from = b->size;

	gdb_put_abbrev(b);
	s[S_ABBREV] = section_since(b, from);
	from = b->size;
	put_symbol_name(&name, n);
	gdb_put_info(b, n, lines, buf_str(&name));
	s[S_INFO] = section_since(b, from);
	from = b->size;
	gdb_put_lines(b, n, lines);
	s[S_LINES] = section_since(b, from);
	buf_free(&name);
	align(b);
}

static void put_sections(struct buf *b, const struct native_code *n, const struct gdb_lines *lines, Elf64_Shdr s[S_COUNT])
{
	uint64_t address = (uint64_t)(uintptr_t)n->code;

	s[S_TEXT] = (Elf64_Shdr){
		.sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR, .sh_addr = address, .sh_size = n->size, .sh_addralign = 16,
	};
	/* where all ways in come together: a breakpoint at the name is met on each of them */
	uint64_t inner = (uint64_t)(uintptr_t)n->inner;
	Elf64_Sym symbols[2] = { { 0 }, {
		.st_name = sizeof section_names, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = S_TEXT, .st_value = inner,
		.st_size = address + n->size - inner,
	} };
	align(b);
	s[S_SYMBOLS] = (Elf64_Shdr){
		.sh_type = SHT_SYMTAB, .sh_offset = b->size, .sh_size = sizeof symbols, .sh_link = S_STRINGS, .sh_info = 1,
		.sh_addralign = 8, .sh_entsize = sizeof *symbols,
	};
	buf_put(b, symbols, sizeof symbols);
	s[S_STRINGS] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = b->size, .sh_addralign = 1 };
	buf_put(b, section_names, sizeof section_names);
	put_symbol_name(b, n);
	s[S_STRINGS].sh_size = b->size - s[S_STRINGS].sh_offset;
	align(b);
	s[S_FRAMES] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_offset = b->size, .sh_addralign = 8 };
	put_frames(b, n);
	s[S_FRAMES].sh_size = b->size - s[S_FRAMES].sh_offset;
	align(b);
	if (lines)
		put_line_sections(b, n, lines, s);
}

static void put_file(struct buf *b, const struct native_code *n, const struct gdb_lines *lines)
{
	Elf64_Shdr s[S_COUNT] = { { 0 } };
	Elf64_Ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC, .e_machine = MACHINE,
		.e_version = EV_CURRENT, .e_ehsize = sizeof h, .e_shentsize = sizeof *s, .e_shnum = lines ? S_COUNT : S_ABBREV, .e_shstrndx = S_STRINGS,
	};

	buf_put(b, &h, sizeof h);
	put_sections(b, n, lines, s);
	for (int i = 0; i < S_COUNT; i++)
		s[i].sh_name = section_name_at[i];
	h.e_shoff = b->size;
	buf_put(b, s, h.e_shnum * sizeof *s);
	if (!b->failed)
		memcpy(b->data, &h, sizeof h);
}

/* ---- the list ----------------------------------------------------------------------------------------------- */

struct gdb_entry *gdb_add(const struct native_code *n, const struct gdb_lines *lines)
{
	struct jit_descriptor *d = &__jit_debug_descriptor;
	struct gdb_entry *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	put_file(&g->file, n, lines);
	if (g->file.failed) {
		buf_free(&g->file);
		free(g);
		return NULL;
	}
	g->entry = (struct jit_code_entry){ .next_entry = d->first_entry, .symfile_addr = g->file.data, .symfile_size = g->file.size };
	if (d->first_entry)
		d->first_entry->prev_entry = &g->entry;
	d->first_entry = d->relevant_entry = &g->entry;
	d->action_flag = JIT_REGISTER_FN;
	__jit_debug_register_code();
	return g;
}

void gdb_remove(struct gdb_entry *g)
{
	struct jit_descriptor *d = &__jit_debug_descriptor;

	if (g->entry.prev_entry)
		g->entry.prev_entry->next_entry = g->entry.next_entry;
	else
		d->first_entry = g->entry.next_entry;
	if (g->entry.next_entry)
		g->entry.next_entry->prev_entry = g->entry.prev_entry;
	d->relevant_entry = &g->entry;
	d->action_flag = JIT_UNREGISTER_FN;
	__jit_debug_register_code();
	buf_free(&g->file);
	free(g);
}
