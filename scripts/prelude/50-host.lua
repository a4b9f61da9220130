-- host and probe: imports written in Lua, and being told of instructions.
local core = ...

-- ---- host -------------------------------------------------------------------------------------

host = {}

function host.define(module, name, type, fn)
	core.host_define(module, name, type, fn)
	core.undo(function() core.host_undefine(module, name) end)
end

host.undefine = core.host_undefine
host.on_import = core.host_on_import

function host.trap(message)
	error(message or "trap", 0)
end

-- Without a file: recording begins; with one, what was recorded is saved.
if core.has("record save") then
	function host.record(file)
		return (core.run(file and 'record save "' .. file .. '"' or "record on"))
	end
end

if core.has("replay") then
	function host.replay(file)
		return (core.run('replay "' .. file .. '"'))
	end
end

-- ---- probe ------------------------------------------------------------------------------------

probe = {}

-- What a probe's function is given: op, pc, module, index; func is the function.
local At = {
	__index = function(at, key)
		return key == "func" and core.fn(at.module, at.index) or nil
	end,
}

local function told(fn, level)
	if type(fn) ~= "function" then
		error("a probe needs a function", level + 1)
	end
	return function(at)
		return fn(setmetatable(at, At))
	end
end

local function add(...)
	local id = core.probe_add(...)

	core.undo(function() pcall(core.probe_remove, id) end)
	return id
end

-- Before (or after) the instruction at a location.
function probe.at(where, fn, options)
	local module, index, offset, op = core.locate(type(where) == "table" and where.ref or tostring(where))

	return add(op, options and options.after, told(fn, 2), module, index, offset)
end

-- Every execution of an instruction: "i32.store", "*.load*".
function probe.op(pattern, fn, options)
	return add(pattern, options and options.after, told(fn, 2))
end

-- Every call of a function, and every return: at full speed, but frames cannot be looked at.
function probe.func(which, enter, leave)
	local f = type(which) == "table" and which or mod:func(which)
	local id = core.calls_add(f.module_number, f.index, enter and told(enter, 2), leave and told(leave, 2))

	core.undo(function() pcall(core.calls_remove, id) end)
	return -id
end

function probe.remove(id)
	if id < 0 then
		core.calls_remove(-id)
	else
		core.probe_remove(id)
	end
end
