-- mod and fn: modules and their functions.
local core = ...
local wb = wb
local Module, Fn = {}, {}
local modules = setmetatable({}, { __mode = "v" })

-- ---- functions --------------------------------------------------------------------------------

function core.fn(module, index)
	return setmetatable({ module_number = module, index = index, ref = ("%d!#%d"):format(module, index) }, Fn)
end

function Fn:__index(key)
	if Fn[key] then
		return Fn[key]
	end
	if key == "module" then
		return wb.module(self.module_number)
	end
	if key == "exports" then
		local names = {}
		for _, x in ipairs(core.exports(self.module_number)) do
			if x.kind == "func" and x.index == self.index then
				names[#names + 1] = x.name
			end
		end
		return names
	end
	return core.func(self.module_number, self.index)[key]
end

-- All that an object has: fields, then methods.
local function all_of(object, class, fields)
	local all = {}

	for _, key in ipairs(fields) do
		all[key] = object[key]
	end
	for key, method in pairs(class) do
		if not key:find("^__") then
			all[key] = method
		end
	end
	return next, all
end
core.all_of = all_of

local fn_fields = { "exports", "imported", "index", "module", "name", "offset", "params", "ref", "results", "size", "type" }

function Fn.__pairs(f)
	return all_of(f, Fn, fn_fields)
end

function Fn.__tostring(f)
	return f.name
end

function Fn.__eq(a, b)
	return a.ref == b.ref
end

function Fn.__call(f, ...)
	return core.call(f.module_number, f.index, ...)
end

function Fn:wat()
	local tree, text = core.run("wat " .. self.ref)

	return tree.text or text
end

function Fn:regir()
	return core.run("dump regir " .. self.ref).instructions
end

-- machine: "x86-64" or "arm64"; this one when left out.
function Fn:asm(machine)
	return core.run("dump asm " .. self.ref .. (machine and " on " .. machine or "")).instructions
end

function Fn:cfg()
	local tree, text = core.run("dump cfg " .. self.ref)

	return tree.text or text
end

function Fn:map(pc)
	return (core.run(("map %d!@0x%x"):format(self.module_number, pc or self:code()[1].offset)))
end

function Fn:code()
	return core.code(self.module_number, self.index)
end

function Fn:value()
	return core.funcref(self.module_number, self.index)
end

local calling = { call = true, return_call = true }

-- Functions that it calls directly, each once.
function Fn:calls()
	local out, seen = {}, {}

	if self.imported then
		return out
	end
	for _, i in ipairs(self:code()) do
		if calling[i.op] and not seen[i.index] then
			seen[i.index] = true
			out[#out + 1] = core.fn(self.module_number, i.index)
		end
	end
	return out
end

function Fn:callers()
	local out = {}

	for _, f in ipairs(self.module.funcs) do
		for _, callee in ipairs(f:calls()) do
			if callee.index == self.index then
				out[#out + 1] = f
			end
		end
	end
	return out
end

-- ---- modules ----------------------------------------------------------------------------------

local lists = { exports = core.exports, imports = core.imports, customs = core.customs, datas = core.datas, roots = core.roots }

function Module:__index(key)
	if Module[key] then
		return Module[key]
	end
	if lists[key] then
		return lists[key](self.number)
	end
	if key == "funcs" then
		local funcs = {}
		for i = 0, core.module(self.number).functions - 1 do
			funcs[i + 1] = core.fn(self.number, i)
		end
		return funcs
	end
	return core.module(self.number)[key]
end

local module_fields = {
	"customs", "datas", "exports", "functions", "funcs", "globals", "imported", "imports", "instantiated", "label",
	"memories", "name", "number", "path", "ref", "roots", "size", "tables", "tags", "valid",
}

function Module.__pairs(m)
	return all_of(m, Module, module_fields)
end

function Module.__tostring(m)
	return m.label
end

function Module:func(which)
	if math.type(which) == "integer" then
		which = "#" .. which
	end
	local number, index = core.find_func(("%d!%s"):format(self.number, which))
	if not number then
		core.fail(index)
	end
	return core.fn(number, index)
end

function Module:bytes(from, size)
	return core.bytes(self.number, from, size)
end

-- The function's WAT is replaced, checked first, where the build can do that.
function Module:swap(f, wat)
	return (core.run(("swap %s %s"):format(type(f) == "table" and f.ref or f, wat)))
end

if not core.has("swap") then
	Module.swap = nil
end

function wb.modules()
	local out = {}

	for i, n in ipairs((core.modules())) do
		out[i] = wb.module(n)
	end
	return out
end

function wb.module(n)
	if n == nil then
		local _, current = core.modules()
		n = current or error("no module is loaded", 2)
	elseif type(n) == "string" then
		for _, m in ipairs(wb.modules()) do
			if m.label == n or m.path == n then
				return m
			end
		end
		error("there is no module '" .. n .. "'", 2)
	end
	core.module(n)
	modules[n] = modules[n] or setmetatable({ number = n, ref = tostring(n) }, Module)
	return modules[n]
end

function wb.load(path)
	core.run('load "' .. path:gsub('[\\"]', "\\%0") .. '"')
	return wb.module()
end

function wb.wat(text)
	core.run(text)
	return wb.module()
end

function wb.invoke(name, ...)
	local number, index = core.find_func(name)

	if not number then
		core.fail(index)
	end
	return core.call(number, index, ...)
end

-- mod stands for the current module.
mod = setmetatable({}, {
	__index = function(_, key)
		local m = wb.module()
		local v = m[key]

		if type(v) ~= "function" then
			return v
		end
		return function(_, ...)
			return v(m, ...)
		end
	end,
	__pairs = function() return pairs(wb.module()) end,
	__tostring = function() return tostring(wb.module()) end,
})
