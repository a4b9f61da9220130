/* The binary decoder and the validation of declarations: what is rejected, with which words, and where. */
#include "tests/harness/tap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/validate.h"

#define HEAD "\0asm\1\0\0\0"
#define B(text) text, sizeof(text) - 1
#define FUNC_TYPE "\1\4\1\x60\0\0"             /* type 0: [] -> [] */
#define ONE_FUNC FUNC_TYPE "\3\2\1\0"
#define ONE_BODY "\xa\4\1\2\0\xb"

static struct module *decode(struct engine *en, const char *bytes, size_t size, const char *features,
	struct err *e)
{
	struct source *s = source_copy("t.wasm", bytes, size, e);
	struct features f = features_all();
	char bad[32];

	if (!s || (features && !features_parse(&f, features, bad, sizeof bad)))
		return NULL;
	struct module *m = module_decode_take(en, s, &f, e);
	if (m && e->code == E_NONE)
		validate_module_decls(m, e);
	return m;
}

/* ---- what is wrong ----------------------------------------------------------------------------------------- */

struct bad {
	const char *bytes;
	size_t size;
	enum err_code code;
	uint64_t offset;
	const char *message;
};

static const struct bad bad[] = {
	{ B(""), E_END, 0, "unexpected end: the file is empty" },
	{ B("Meet me at noon"), E_NOT_WASM, 0,
	"not WebAssembly: begins with \"Meet\", not \"\\0asm\"; text modules must be "
		"called .wat or start with '('" },
	{ B("\0asm\1\0"), E_END, 6, "unexpected end: the header is 8 bytes, the file has 6" },
	{ B("\0asm\2\0\0\0"), E_VERSION, 4, "unknown binary version 2, only version 1 is known" },
	{ B("\0asm\xd\0\1\0"), E_COMPONENT, 4, NULL },
	{ B(HEAD "\xe\1\0"), E_SECTION_ID, 8, "malformed section id 14: they go from 0 to 13" },
	{ B(HEAD "\2\1\0\1\1\0"), E_SECTION_ORDER, 11,
		"unexpected content after last section: the type section comes after the import section" },
	{ B(HEAD "\5\1\0\5\1\0"), E_SECTION_ORDER, 11,
		"unexpected content after last section: a second memory section comes after the memory section" },
	{ B(HEAD "\1\xff\xff\xff\xff\xf\0"), E_LENGTH, 9,
		"length out of bounds: the size of a section is 4294967295, but only 1 byte follows" },
	{ B(HEAD "\1\5\xff\xff\xff\xff\xf"), E_LENGTH, 10, NULL },
	{ B(HEAD "\1\6\1\x60\xff\xff\xff\xf\0\0"), E_LENGTH, 12, NULL },
	{ B(HEAD "\1\7\1\x60\0\0\x60\0\0"), E_SECTION_SIZE, 10,
		"section size mismatch: the type section is 7 bytes long, its contents take 4" },
	{ B(HEAD "\1\3\1\x60\0"), E_SECTION_END, 13, NULL },
	{ B(HEAD "\1\2\1\x5d"), E_TYPE_FORM, 11, NULL },
	{ B(HEAD "\1\5\1\x60\1\x40\0"), E_REF_TYPE, 13, "malformed reference type 0x40" },
	{ B(HEAD "\1\6\1\x60\1\x64\x40\0"), E_HEAP_TYPE, 14, NULL },
	{ B(HEAD "\1\6\1\x60\1\x64\1\0"), E_UNKNOWN_TYPE, 14, "unknown type 1" },
	{ B(HEAD "\1\4\1\x5e\x78\2"), E_MUTABILITY, 13, "malformed mutability 0x02" },
	{ B(HEAD "\2\4\1\0\0\5"), E_IMPORT_KIND, 13, NULL },
	{ B(HEAD "\2\6\1\1\xff\0\0\0"), E_UTF8, 11, NULL },
	{ B(HEAD "\2\5\1\0\0\0\0"), E_UNKNOWN_TYPE, 14, "unknown type 0" },
	{ B(HEAD FUNC_TYPE "\3\4\3\0\0\0" "\xa\7\2\2\0\xb\2\0\xb"), E_FUNC_CODE_COUNT, 22,
	"function and code section have "
		"inconsistent lengths: function section has 3 entries, code section 2" },
	{ B(HEAD FUNC_TYPE "\3\2\1\0"), E_FUNC_CODE_COUNT, 18, NULL },
	{ B(HEAD "\xc\1\1"), E_DATA_COUNT, 11, NULL },
	{ B(HEAD "\4\3\1\x70\x08"), E_LIMITS_FLAGS, 12, NULL },
	{ B(HEAD "\4\5\1\x70\1\2\1"), E_LIMITS, 11,
		"size minimum must not be greater than maximum: this table has minimum 2 and maximum 1" },
	{ B(HEAD "\5\5\1\0\x81\x80\4"), E_MEMORY_SIZE, 11,
	"memory size must be at most 65536 pages (4GiB), not 65537" },
	{ B(HEAD "\5\3\1\2\1"), E_SHARED_MAX, 11, "shared memory must have maximum" },
	{ B(HEAD "\5\4\1\x8\0\x41"), E_PAGE_SIZE, 13, NULL },
	{ B(HEAD "\5\4\1\x8\0\3"), E_PAGE_SIZE_VALUE, 13, NULL },
	{ B(HEAD "\5\3\1\x10\0"), E_LIMITS_FLAGS, 11, NULL },
	{ B(HEAD ONE_FUNC "\xd\3\1\1\0" ONE_BODY), E_TAG_ATTRIBUTE, 21, NULL },
	{ B(HEAD "\6\5\1\x7f\0\x41\0"), E_SECTION_END, 15, NULL },
	{ B(HEAD "\6\6\1\x7f\2\x41\0\xb"), E_MUTABILITY, 12, NULL },
	{ B(HEAD "\6\6\1\x7f\0\x42\0\xb"), E_TYPE_MISMATCH, 15,
		"type mismatch: a constant expression here expects i32, found i64" },
	{ B(HEAD "\6\7\1\x7f\0\x41\0\x45\xb"), E_CONST_EXPR, 15,
		"constant expression required: i32.eqz is not allowed" },
	{ B(HEAD "\6\5\1\x7f\0\5\xb"), E_END_EXPECTED, 13, NULL },
	{ B(HEAD "\6\6\1\x7f\0\x23\0\xb"), E_UNKNOWN_GLOBAL, 13, NULL },
	{ B(HEAD "\6\5\1\x7f\0\xff\xb"), E_ILLEGAL_OPCODE, 13, "illegal opcode ff" },
	{ B(HEAD "\6\6\1\x7f\0\xfc\x7f\xb"), E_ILLEGAL_OPCODE, 13, "illegal opcode fc 7f" },
	{ B(HEAD "\6\6\1\x70\0\xd2\0\xb"), E_UNKNOWN_FUNC, 13, NULL },
	{ B(HEAD ONE_FUNC "\7\5\1\1\x61\0\7" ONE_BODY), E_UNKNOWN_FUNC, 21,
	"unknown function 7: the module has 1 functions" },
	{ B(HEAD ONE_FUNC "\7\x9\2\1\x61\0\0\1\x61\0\0" ONE_BODY), E_DUPLICATE_EXPORT, 25,
	"duplicate export name \"a\"" },
	{ B(HEAD ONE_FUNC "\7\5\1\1\x61\5\0" ONE_BODY), E_EXPORT_KIND, 23, NULL },
	{ B(HEAD ONE_FUNC "\x8\1\1" ONE_BODY), E_UNKNOWN_FUNC, 20, NULL },
	{ B(HEAD "\1\5\1\x60\1\x7f\0" "\3\2\1\0" "\x8\1\0" ONE_BODY), E_START_FUNC, 21, NULL },
	{ B(HEAD "\x9\6\1\0\x41\0\xb\0"), E_UNKNOWN_TABLE, 11, "unknown table 0: the module has 0 tables" },
	{ B(HEAD "\x9\2\1\x8"), E_SEGMENT_FLAGS, 11, NULL },
	{ B(HEAD "\xb\6\1\0\x41\0\xb\0"), E_UNKNOWN_MEMORY, 11, NULL },
	{ B(HEAD "\1\xb\2\x50\0\x5f\0\x50\1\0\x5e\x7f\0"), E_SUB_TYPE, 15, NULL },
	{ B(HEAD "\1\x8\2\x5f\0\x50\1\0\x5f\0"), E_SUB_TYPE, 13,
	"sub type 1 has a final type as its supertype" },
};

static void check_bad(struct engine *en)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct bad *b = &bad[i];
		struct err e = { 0 };
		struct module *m = decode(en, b->bytes, b->size, NULL, &e);
		bool ok = e.code == b->code && e.place.start == b->offset;
		ok &= !b->message || !strcmp(e.message, b->message);
		if (!CHECK(ok && !strcmp(e.file, b->code < E_TYPE_MISMATCH ? "t.wasm" : e.file), "%s",
				err_words(b->code)))
			tap_note("%zu: 0x%llx: %s: %s", i, (unsigned long long)e.place.start,
				err_name(e.code), e.message);
		module_free(m);
	}
}

/* The note where an error lies behind the section that caused it. */
static void check_note(struct engine *en)
{
	struct err e = { 0 };
	static const char bytes[] = HEAD FUNC_TYPE "\3\3\2\0\0" "\7\6\2\2\x66\x31\0\0" "\xa\7\2\2\0\xb\2\0\xb";
	struct module *m = decode(en, bytes, sizeof bytes - 1, NULL, &e);

	CHECK(e.code == E_LENGTH && e.nnotes == 1 && e.notes[0].place.start == 0x1b,
		"a section that is too short: %s",
		e.notes[0].message);
	CHECK(m && m->nfuncs == 2 && m->nexports == 1, "what could be read stays inspectable");
	module_free(m);
}

/* ---- what is right ----------------------------------------------------------------------------------------- */

static const char full[] = HEAD
	"\1\x19\4" "\x60\1\x7f\1\x7f" "\x4e\2\x50\0\x5f\1\x64\1\0\x5e\x78\1" "\x60\0\0" "\x60\1\x7f\0"
	"\2\x14\2" "\3env\3mem\2\1\1\2" "\1e\1g\3\x7f\0"
	"\3\3\2\0\3"
	"\4\xc\2" "\x70\0\1" "\x40\0\x70\0\2\xd2\0\xb"
	"\xd\3\1\0\4"
	"\6\x12\2" "\x7f\0\x23\0\x41\1\x6a\xb" "\x64\2\0\x41\5\xfb\7\2\xb"
	"\7\x9\2" "\1f\0\0" "\1m\2\0"
	"\x8\1\1"
	"\x9\xe\2" "\0\x41\0\xb\2\0\1" "\7\x70\1\xd0\x70\xb"
	"\xc\1\2"
	"\xa\x9\2" "\4\0\x20\0\xb" "\2\0\xb"
	"\xb\xd\2" "\0\x41\x8\xb\2hi" "\1\3abc"
	"\0\x10\4name" "\0\3\2xy" "\1\4\1\0\1f";

static void check_full(struct engine *en)
{
	struct err e = { 0 };
	struct module *m = decode(en, full, sizeof full - 1, NULL, &e);

	if (!CHECK(m && e.code == E_NONE, "a module with every section decodes: 0x%llx %s",
			(unsigned long long)e.place.start, e.message)) {
		module_free(m);
		return;
	}
	CHECK(m->ntypes == 5 && m->types[2]->kind == TYPE_ARRAY && m->types[1]->group_size == 2,
		"types and groups");
	CHECK(m->nimports == 2 && m->nimported_memories == 1 && m->memories[0].limits.max == 2, "imports");
	CHECK(m->nfuncs == 2 && m->funcs[0].body_size == 4 && m->funcs[0].declared, "functions");
	CHECK(m->ntables == 2 && m->tables[1].has_init && !m->tables[0].has_init, "tables");
	CHECK(m->nglobals == 3 && m->nimported_globals == 1
		&& m->globals[1].init.end > m->globals[1].init.start, "globals");
	CHECK(m->ntags == 1 && m->tags[0].type->nparams == 1, "tags");
	CHECK(m->nelems == 2 && m->elems[0].count == 2 && m->elems[0].funcs[1] == 1
		&& m->elems[1].mode == SEGMENT_DECLARED && m->elems[1].exprs, "element segments");
	CHECK(m->ndatas == 2 && !memcmp(m->bytes + m->datas[1].start, "abc", 3) && m->data_count == 2,
		"data segments");
	CHECK(m->has_start && m->start == 1 && str_is(m->name, "xy"), "start function, module name");
	CHECK(m->ncustoms == 1 && m->customs[0].after == 11 && m->nsections == 13,
		"custom sections are kept");
	uint32_t func = 9;
	CHECK(module_func_at(m, m->funcs[1].body + 1, &func) && func == 1, "a function is found by offset");
	CHECK(!module_func_at(m, m->funcs[0].body - 1, &func), "and none where none is");
	CHECK(module_export(m, STR("m")) && !module_export_kind(m, STR("m"), EXTERN_FUNC), "exports by name");
	struct buf label = { 0 };
	module_func_label(m, 0, &label);
	module_func_label(m, 1, &label);
	CHECK(!strcmp(buf_str(&label), "$f#1"), "labels: %s", buf_str(&label));
	buf_free(&label);
	CHECK(custom_check(m, &e), "its custom sections are in order");
	module_free(m);
}

/* No input may make the decoder read out of bounds, loop or allocate without limit; sanitizers watch. */
static void check_robust(struct engine *en)
{
	unsigned seed = 1;
	size_t good = 0;

	for (size_t n = 0; n < sizeof full - 1; n++) {
		char *copy = malloc(n + 1);
		memcpy(copy, full, n);
		struct err e = { 0 };
		struct module *m = decode(en, copy, n, NULL, &e);
		good += e.code == E_NONE;
		module_free(m);
		free(copy);
	}
	CHECK(good < 14, "%zu of the truncations end between sections that need nothing more", good);
	for (int i = 0; i < 5000; i++) {
		char copy[sizeof full];
		memcpy(copy, full, sizeof full);
		for (int j = 0; j < 2; j++) {
			seed = seed * 1103515245 + 12345;
			copy[8 + (seed >> 8) % (sizeof full - 9)] = (char)(seed >> 20);
		}
		struct err e = { 0 };
		struct module *m = decode(en, copy, sizeof full - 1, NULL, &e);
		good += m != NULL;
		if (m && e.code == E_NONE)
			custom_check(m, &e);
		module_free(m);
	}
	CHECK(good > 0, "5000 changed modules do no harm");
}

static void check_features(struct engine *en)
{
	static const struct { const char *features, *bytes; size_t size; enum err_code code; } samples[] = {
		{ "-multi-memory", B(HEAD "\5\5\2\0\0\0\0"), E_MULTIPLE_MEMORIES },
		{ "-reference-types", B(HEAD "\4\7\2\x70\0\0\x70\0\0"), E_MULTIPLE_TABLES },
		{ "-reference-types", B(HEAD "\1\5\1\x60\1\x6f\0"), E_FEATURE_OFF },
		{ "-simd", B(HEAD "\1\5\1\x60\1\x7b\0"), E_FEATURE_OFF },
		{ "-gc", B(HEAD "\1\3\1\x5f\0"), E_FEATURE_OFF },
		{ "-threads", B(HEAD "\5\4\1\3\1\1"), E_LIMITS_FLAGS },
		{ "-memory64", B(HEAD "\5\3\1\4\0"), E_LIMITS_FLAGS },
		{ "-bulk-memory", B(HEAD "\xb\3\1\1\0"), E_FEATURE_OFF },
		{ "-extended-const", B(HEAD "\6\x9\1\x7f\0\x41\0\x41\0\x6a\xb"), E_CONST_EXPR },
		{ "-gc", B(HEAD "\6\xb\2\x7f\0\x41\0\xb\x7f\0\x23\0\xb"), E_UNKNOWN_GLOBAL },
		{ "-multi-value", B(HEAD "\1\6\1\x60\0\2\x7f\x7f"), E_RESULT_ARITY },
	};

	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct err on = { 0 }, off = { 0 };
		module_free(decode(en, samples[i].bytes, samples[i].size, NULL, &on));
		module_free(decode(en, samples[i].bytes, samples[i].size, samples[i].features, &off));
		CHECK(on.code == E_NONE && off.code == samples[i].code, "%s: %s", samples[i].features,
			off.message);
	}
}

/* ---- instructions ------------------------------------------------------------------------------------------ */

static void check_instr(struct engine *en)
{
	static const char bytes[] = HEAD FUNC_TYPE "\0\x40\1x"
		"\x0e\2\0\1\2" "\x28\x42\1\x10" "\xfd\x0c" "0123456789abcdef" "\x44\0\0\0\0\0\0\xf0\x3f"
		"\xfb\x18\1\0\x6e\x6b" "\x1f\x7f\2\0\0\1\2\0" "\x02\0" "\xfe\3\0" "\x41\x7f" "\xd0\0";
	struct err e = { 0 };
	struct instr in;
	struct catch_clause clause;
	uint32_t label = 0;
	struct source *s = source_copy("i", bytes, sizeof bytes - 1, &e);
	struct module *m = module_decode_take(en, s, NULL, &e);

	e = (struct err){ 0 };
	struct cursor c = cursor_at(m, 18, &e);
	CHECK(instr_read(&c, &in, &e) && in.op == OP_BR_TABLE && in.count == 2 && in.index == 2, "br_table");
	struct cursor list = instr_list(m, &in, &e);
	CHECK(read_u32(&list, &label, "") && read_u32(&list, &label, "") && label == 1, "its labels");
	CHECK(instr_read(&c, &in, &e) && in.mem.align == 2 && in.mem.memory == 1 && in.mem.offset == 16,
		"memarg");
	CHECK(instr_read(&c, &in, &e) && in.op == OP_V128_CONST && in.bytes[15] == 'f', "v128.const");
	CHECK(instr_read(&c, &in, &e) && in.number == 0x3ff0000000000000, "f64.const");
	CHECK(instr_read(&c, &in, &e) && in.op == op_by_code(0xfb, 0x18) && in.heap.nullable
		&& !in.heap2.nullable
		&& in.heap.heap == HEAP_ANY && in.heap2.heap == HEAP_STRUCT, "br_on_cast");
	CHECK(instr_read(&c, &in, &e) && in.op == OP_TRY_TABLE && in.block.value == VT_I32 && in.count == 2,
		"try_table");
	list = instr_list(m, &in, &e);
	CHECK(catch_read(&list, &clause) && clause.label == 1 && catch_read(&list, &clause)
		&& clause.kind == CATCH_ALL, "its clauses");
	CHECK(instr_read(&c, &in, &e) && in.block.kind == BLOCK_TYPE && in.block.type == m->types[0],
		"block type");
	CHECK(instr_read(&c, &in, &e) && in.op == op_by_code(0xfe, 3) && in.end == cursor_offset(&c),
		"atomic.fence");
	CHECK(instr_read(&c, &in, &e) && in.number == -1, "i32.const");
	CHECK(instr_read(&c, &in, &e) && in.heap.index == 0 && in.heap.heap == HEAP_TYPES + m->types[0]->id,
		"ref.null 0");
	CHECK(!instr_read(&c, &in, &e) && e.code == E_SECTION_END, "the end: %s", e.message);
	module_free(m);
}

int main(void)
{
	struct engine *en = engine_new();

	check_bad(en);
	check_note(en);
	check_full(en);
	check_robust(en);
	check_features(en);
	check_instr(en);
	engine_free(en);
	return tap_done();
}
