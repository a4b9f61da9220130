/* Objects of the guest in expressions: gc(12) is struct#12 or array#12; .field and [index] of a reference read. */
#include <lauxlib.h>
#include <lua.h>

#include "engine/gc/gc.h"
#include "engine/names.h"
#include "scripts/bridge.h"
#include "scripts/eval_state.h"

int object_numbered(lua_State *lua)
{
	const struct store *s = eval_state(lua)->scope->store;
	lua_Integer n = luaL_checkinteger(lua, 1);
	slot ref = s && n > 0 && n <= UINT32_MAX ? gc_object_numbered(s, (uint32_t)n) : 0;

	if (!ref)
		return script_error(lua, "no object %I, or it was collected", (LUAI_UACINT)n);
	return value_read(lua, (struct value){ vt_ref(HEAP_TYPES + gc_object_type(s, ref)->id, false), ref, 0 });
}

int object_length_of(lua_State *lua)
{
	const struct value *v = value_at(lua, 1);
	const struct eval_scope *sc = eval_state(lua)->scope;

	if (!vt_is_ref(v->type) || heap_top(sc->store->engine, vt_heap(v->type)) != HEAP_ANY || !gc_is_object(v->lo))
		return script_error(lua, "this has no length");
	lua_pushinteger(lua, gc_object_length(sc->store, v->lo));
	return 1;
}

/* A field's index by its name in the module of the frame. */
static bool find_field(const struct eval_scope *sc, const struct deftype *t, struct str name, uint32_t *index)
{
	const struct module *m = sc->instance ? sc->instance->module : NULL;

	for (uint32_t i = 0; m && i < m->ntypes; i++)
		for (uint32_t f = 0; m->types[i] == t && f < t->nfields; f++)
			if (name.n && str_eq(name_of_inner(m, NAME_FIELD, i, f), name)) {
				*index = f;
				return true;
			}
	return false;
}

int object_field(lua_State *lua, const struct value *v)
{
	const struct eval_scope *sc = eval_state(lua)->scope;
	bool is_any = heap_top(sc->store->engine, vt_heap(v->type)) == HEAP_ANY;
	const struct deftype *t = is_any ? gc_object_type(sc->store, v->lo) : NULL;
	uint32_t index = 0;
	struct value field;

	if (!t)
		return script_error(lua, v->lo ? "the reference is to no object: it has no fields" : "the reference is null");
	if (!lua_isinteger(lua, 2) && !find_field(sc, t, str_of(luaL_checkstring(lua, 2)), &index))
		return script_error(lua, "no field '%s'; [0] … [%d] are there", lua_tostring(lua, 2),
			(int)gc_object_length(sc->store, v->lo) - 1);
	if (lua_isinteger(lua, 2)) {
		lua_Integer i = lua_tointeger(lua, 2);
		luaL_argcheck(lua, i >= 0 && i < gc_object_length(sc->store, v->lo), 2, "beyond the end of the object");
		index = (uint32_t)i;
	}
	if (!gc_field_get(sc->store, v->lo, index, &field))
		return script_error(lua, "the field cannot be read");
	return value_read(lua, field);
}
