-- mem, glob, tab, gc: the state of the current instance (of the selected frame's, where the guest is stopped).
local core = ...

-- ---- memory -----------------------------------------------------------------------------------

mem = { read = core.mem_read, write = core.mem_write, size = core.mem_size }

-- A pattern of string.pack and a size for each width.
local widths = {
	u8 = "<I1", i8 = "<i1", u16 = "<I2", i16 = "<i2", u32 = "<I4", i32 = "<i4", u64 = "<i8", i64 = "<i8", f32 = "<f",
	f64 = "<d",
}

local function width(name)
	return widths[name] or error("no width '" .. tostring(name) .. "': u8 i8 u16 i16 u32 i32 u64 i64 f32 f64", 3)
end

function mem.get(at, kind, memory)
	local format = width(kind)

	return (format:unpack(core.mem_read(at, format:packsize(), memory)))
end

function mem.put(at, kind, value, memory)
	core.mem_write(at, width(kind):pack(value), memory)
end

-- The bytes up to a NUL, at most LIMIT of them.
function mem.cstring(at, limit, memory)
	local size = math.min(limit or 65536, core.mem_size(memory) - at)
	local text = core.mem_read(at, size, memory)

	return text:match("^[^\0]*")
end

-- Every address at which BYTES are, in order.
function mem.find(bytes, from, to, memory)
	local out, at = {}, core.mem_find(bytes, from, to, memory)

	while at do
		out[#out + 1] = at
		at = core.mem_find(bytes, at + 1, to, memory)
	end
	return out
end

-- ---- globals, tables, objects -----------------------------------------------------------------

-- A function object stands for a reference to the function.
local function value_of(v)
	return type(v) == "table" and v.value and v:value() or v
end

glob = { get = core.glob_get }

function glob.set(which, value)
	core.glob_set(which, value_of(value))
end

tab = { get = core.tab_get, size = core.tab_size }

function tab.set(index, value, table)
	core.tab_set(index, value_of(value), table)
end

gc = { fields = core.fields }

-- "struct", "array", "i31", "null", "func", …; of a function, it, too.
function gc.kind(ref)
	local kind, module, index = core.ref(ref)

	return kind, kind == "func" and core.fn(module, index) or nil
end
