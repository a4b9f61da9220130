/*
 * What modules are made of: core.modules, core.module, core.funcs, core.func, core.code, core.exports, core.imports,
 * core.bytes, core.customs, core.datas, core.find_func. Modules are named by their numbers, functions by their indices.
 */
#include <lauxlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/imm.h"
#include "engine/names.h"
#include "repl/command/session.h"
#include "scripts/bridge.h"

/* ---- arguments ------------------------------------------------------------------------------- */

struct session_module *check_module(lua_State *lua, int index)
{
	struct session *s = bridge_of(lua)->s;
	lua_Integer n = luaL_checkinteger(lua, index);

	if (n < 1 || (size_t)n > s->modules.count || !s->modules.data[n - 1].module)
		script_error(lua, "there is no module %I", (LUAI_UACINT)n);
	return &s->modules.data[n - 1];
}

uint32_t check_func_index(lua_State *lua, int index, const struct session_module *m)
{
	lua_Integer i = luaL_checkinteger(lua, index);

	if (i < 0 || i >= (lua_Integer)m->module->nfuncs)
		script_error(lua, "no function %I: the module has %d", (LUAI_UACINT)i, (int)m->module->nfuncs);
	return (uint32_t)i;
}

static void set_str(lua_State *lua, const char *key, struct str s)
{
	lua_pushlstring(lua, s.p ? s.p : "", s.n);
	lua_setfield(lua, -2, key);
}

static void set_int(lua_State *lua, const char *key, lua_Integer v)
{
	lua_pushinteger(lua, v);
	lua_setfield(lua, -2, key);
}

/* Text that is made in a buffer: freed although pushing it may raise an error. */
static int push_text(lua_State *lua)
{
	const struct buf *b = lua_touserdata(lua, 1);

	lua_pushlstring(lua, buf_str(b), b->size);
	return 1;
}

static void push_buf(lua_State *lua, struct buf *b)
{
	lua_pushcfunction(lua, push_text);
	lua_pushlightuserdata(lua, b);
	int status = lua_pcall(lua, 1, 1, 0);
	buf_free(b);
	if (status != LUA_OK)
		lua_error(lua);
}

/* ---- modules --------------------------------------------------------------------------------- */

/* core.modules(): the numbers of those that are loaded, and which is the current one (nil: none) */
static int core_modules(lua_State *lua)
{
	const struct session *s = bridge_of(lua)->s;
	lua_Integer count = 0;

	lua_newtable(lua);
	for (size_t i = 0; i < s->modules.count; i++)
		if (s->modules.data[i].module) {
			lua_pushinteger(lua, (lua_Integer)i + 1);
			lua_rawseti(lua, -2, ++count);
		}
	if (!s->module)
		return 1;
	lua_pushinteger(lua, s->module);
	return 2;
}

/* core.module(n): { path, name, label, size, valid, functions, imported, … }; nil: it was unloaded */
static int core_module(lua_State *lua)
{
	const struct session_module *sm = check_module(lua, 1);
	const struct module *m = sm->module;

	lua_newtable(lua);
	set_str(lua, "path", str_of(sm->path));
	set_str(lua, "name", m->name);
	set_str(lua, "label", str_of(sm->label));
	set_int(lua, "size", m->size);
	set_int(lua, "functions", m->nfuncs);
	set_int(lua, "imported", m->nimported_funcs);
	set_int(lua, "memories", m->nmemories);
	set_int(lua, "tables", m->ntables);
	set_int(lua, "globals", m->nglobals);
	set_int(lua, "tags", m->ntags);
	lua_pushboolean(lua, sm->problem.code == E_NONE);
	lua_setfield(lua, -2, "valid");
	lua_pushboolean(lua, sm->instance != NULL);
	lua_setfield(lua, -2, "instantiated");
	return 1;
}

/* core.bytes(n, from, size): all of it when they are left out */
static int core_bytes(lua_State *lua)
{
	const struct module *m = check_module(lua, 1)->module;
	lua_Integer from = luaL_optinteger(lua, 2, 0), size = luaL_optinteger(lua, 3, (lua_Integer)m->size - from);

	luaL_argcheck(lua, from >= 0 && from <= (lua_Integer)m->size, 2, "beyond the end of the module");
	luaL_argcheck(lua, size >= 0 && size <= (lua_Integer)m->size - from, 3, "beyond the end of the module");
	lua_pushlstring(lua, (const char *)m->bytes + from, (size_t)size);
	return 1;
}

/* Where an active segment goes, when its offset is a constant. */
static bool constant_offset(const struct module *m, struct const_expr x, int64_t *out)
{
	struct err ignored = { 0 };
	struct cursor c = cursor_at(m, x.start, &ignored);
	struct instr in;

	if (!instr_read(&c, &in, &ignored) || (in.op != OP_I32_CONST && in.op != OP_I64_CONST))
		return false;
	*out = in.op == OP_I32_CONST ? (int64_t)(uint32_t)in.number : in.number;
	return cursor_offset(&c) + 1 == x.end;
}

/*
 * core.datas(n): data segments as { offset, size, memory, mode, address }, the address of active ones where it is a
 * constant; core.customs(n): { name, offset, size }
 */
static int core_datas(lua_State *lua)
{
	static const char *const modes[] = { "active", "passive", "declared" };
	const struct module *m = check_module(lua, 1)->module;

	int64_t address;

	lua_createtable(lua, (int)m->ndatas, 0);
	for (uint32_t i = 0; i < m->ndatas; i++) {
		lua_newtable(lua);
		set_int(lua, "offset", m->datas[i].start);
		set_int(lua, "size", m->datas[i].size);
		set_int(lua, "memory", m->datas[i].memory);
		set_str(lua, "mode", str_of(modes[m->datas[i].mode]));
		if (m->datas[i].mode == SEGMENT_ACTIVE && constant_offset(m, m->datas[i].at, &address))
			set_int(lua, "address", address);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int core_customs(lua_State *lua)
{
	const struct module *m = check_module(lua, 1)->module;

	lua_createtable(lua, (int)m->ncustoms, 0);
	for (uint32_t i = 0; i < m->ncustoms; i++) {
		lua_newtable(lua);
		set_str(lua, "name", m->customs[i].name);
		set_int(lua, "offset", m->customs[i].start);
		set_int(lua, "size", m->customs[i].size);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- imports and exports --------------------------------------------------------------------- */

static int core_exports(lua_State *lua)
{
	const struct module *m = check_module(lua, 1)->module;

	lua_createtable(lua, (int)m->nexports, 0);
	for (uint32_t i = 0; i < m->nexports; i++) {
		lua_newtable(lua);
		set_str(lua, "name", m->exports[i].name);
		set_str(lua, "kind", str_of(extern_kind_name(m->exports[i].kind)));
		set_int(lua, "index", m->exports[i].index);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int core_imports(lua_State *lua)
{
	const struct module *m = check_module(lua, 1)->module;

	lua_createtable(lua, (int)m->nimports, 0);
	for (uint32_t i = 0; i < m->nimports; i++) {
		struct buf type = { 0 };
		lua_newtable(lua);
		set_str(lua, "module", m->imports[i].module);
		set_str(lua, "name", m->imports[i].name);
		set_str(lua, "kind", str_of(extern_kind_name(m->imports[i].kind)));
		set_int(lua, "index", m->imports[i].index);
		import_print_type(m, &m->imports[i], &type);
		push_buf(lua, &type);
		lua_setfield(lua, -2, "type");
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- functions ------------------------------------------------------------------------------- */

static void push_types(lua_State *lua, const valtype *t, uint32_t n)
{
	lua_createtable(lua, (int)n, 0);
	for (uint32_t i = 0; i < n; i++) {
		struct buf text = { 0 };
		valtype_print(t[i], NULL, &text);
		push_buf(lua, &text);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
}

/* core.func(n, index): { index, name, type, params, results, offset, size, imported, locals } */
static int core_func(lua_State *lua)
{
	const struct session_module *sm = check_module(lua, 1);
	uint32_t i = check_func_index(lua, 2, sm);
	const struct module *m = sm->module;
	const struct func_decl *f = &m->funcs[i];
	struct buf text = { 0 };

	lua_newtable(lua);
	set_int(lua, "index", i);
	func_plain_name(m, i, &text);
	push_buf(lua, &text);
	lua_setfield(lua, -2, "name");
	deftype_print(f->type, NULL, &text);
	push_buf(lua, &text);
	lua_setfield(lua, -2, "type");
	push_types(lua, f->type->params, f->type->nparams);
	lua_setfield(lua, -2, "params");
	push_types(lua, f->type->results, f->type->nresults);
	lua_setfield(lua, -2, "results");
	lua_pushboolean(lua, f->import >= 0);
	lua_setfield(lua, -2, "imported");
	set_int(lua, "offset", f->body);
	set_int(lua, "size", f->body_size);
	return 1;
}

/* core.find_func("fac"), core.find_func("2!fac"): module and index; nil and the error */
static int core_find_func(lua_State *lua)
{
	struct str name = { NULL, 0 };
	struct session_module *m;
	struct err e = { 0 };
	uint32_t func;

	name.p = luaL_checklstring(lua, 1, &name.n);
	if (!session_find_func(bridge_of(lua)->s, name, &m, &func, &e)) {
		lua_pushnil(lua);
		push_err(lua, &e);
		return 2;
	}
	lua_pushinteger(lua, m->module->number);
	lua_pushinteger(lua, func);
	return 2;
}

/* core.roots(n): indices of the functions that can be reached without being called by code: exports, start, references */
static int core_roots(lua_State *lua)
{
	const struct module *m = check_module(lua, 1)->module;
	lua_Integer count = 0;

	lua_newtable(lua);
	for (uint32_t i = 0; i < m->nfuncs; i++)
		if (m->funcs[i].declared || (m->has_start && m->start == i)) {
			lua_pushinteger(lua, i);
			lua_rawseti(lua, -2, ++count);
		}
	return 1;
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void push_instr(lua_State *lua, const struct instr *in, uint32_t depth)
{
	enum imm imm = (enum imm)op_info[in->op].imm;

	lua_createtable(lua, 0, 4);
	set_int(lua, "offset", in->offset);
	set_int(lua, "size", in->end - in->offset);
	set_str(lua, "op", str_of(op_info[in->op].text));
	set_int(lua, "depth", depth);
	if (imm == IMM_I32 || imm == IMM_I64 || imm == IMM_F32 || imm == IMM_F64) {
		set_int(lua, "value", in->number);
	} else if (in->mem.align || in->mem.offset || in->mem.memory) {
		set_int(lua, "memory_offset", (lua_Integer)in->mem.offset);
		set_int(lua, "memory", in->mem.memory);
	} else if (imm != IMM_NONE) {
		set_int(lua, "index", in->index);
		set_int(lua, "index2", in->index2);
	}
}

static bool opens(enum op op)
{
	return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

/* core.code(n, index): its instructions as { op, offset, size, depth, index, … } */
static int core_code(lua_State *lua)
{
	const struct session_module *sm = check_module(lua, 1);
	uint32_t i = check_func_index(lua, 2, sm), end, depth = 0;
	const struct module *m = sm->module;
	const struct func_decl *f = &m->funcs[i];
	struct err e = { 0 };
	lua_Integer count = 0;

	if (f->import >= 0)
		return script_error(lua, "function %d is imported: it has no instructions", (int)i);
	struct cursor c = cursor_at(m, f->body, &e);
	end = f->body + f->body_size;
	c.lax = true;
	lua_newtable(lua);
	bool ok = locals_skip(&c, &e);
	while (ok && cursor_offset(&c) < end) {
		struct instr in;
		ok = instr_read(&c, &in, &e);
		if (!ok)
			break;
		if (in.op == OP_END || in.op == OP_DELEGATE)
			depth -= depth > 0;
		push_instr(lua, &in, depth);
		lua_rawseti(lua, -2, ++count);
		depth += opens(in.op);
	}
	return ok ? 1 : script_error(lua, "%s", e.message);
}

void bridge_module_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "modules", core_modules }, { "module", core_module }, { "bytes", core_bytes }, { "datas", core_datas },
		{ "customs", core_customs }, { "exports", core_exports }, { "imports", core_imports }, { "func", core_func },
		{ "find_func", core_find_func }, { "code", core_code },
		{ "roots", core_roots }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
