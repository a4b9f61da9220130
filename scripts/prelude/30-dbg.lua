-- dbg and frame: the debugger. Most of it is commands by name, and is there when they are.
local core = ...
local wb = wb
local Frame = {}

dbg = {}

-- What dbg has besides needs the command NAME.
local function with(name, fn)
	return core.has(name) and fn or nil
end

-- ---- stops ------------------------------------------------------------------------------------

local conditions, actions = 0, {}

local function condition_text(condition)
	if type(condition) ~= "function" then
		return condition
	end
	conditions = conditions + 1
	core.set_global("condition_" .. conditions, condition)
	return "condition_" .. conditions .. "()"
end

-- After the stop was shown.
local function act(number, fn)
	actions[number] = fn
	actions.hook = actions.hook or wb.on("stopped", function()
		for _, hit in ipairs(core.stop_hits()) do
			if actions[hit] then
				actions[hit](hit)
			end
		end
	end)
end

local function place_of(where)
	return type(where) == "table" and where.ref or tostring(where)
end

function dbg.brk(where, options)
	local o = type(options) == "function" and { condition = options } or options or {}
	local line = (o.temporary and "tbreak " or "break ") .. place_of(where)

	if o.condition then
		line = line .. " if " .. condition_text(o.condition)
	end
	local tree = core.run(line)
	if o.ignore then
		core.run(("ignore %d %d"):format(tree.number, o.ignore))
	end
	if o.action then
		act(tree.number, o.action)
	end
	core.undo(function() core.cmd("delete " .. tree.number) end)
	return tree.number
end

dbg.watch = with("watch", function(expr, options)
	local o = options or {}
	local kinds = { read = "rwatch", access = "awatch", write = "watch" }
	local line = (kinds[o.mode or "write"] or error("mode is read, write or access", 2)) .. " " .. expr

	if o.condition then
		line = line .. " if " .. condition_text(o.condition)
	end
	local tree = core.run(line)
	if o.action then
		act(tree.number, o.action)
	end
	return tree.number
end)

dbg.catch = with("catch", function(what)
	return (core.run("catch " .. what)).number
end)

function dbg.delete(number)
	actions[number] = nil
	core.run("delete " .. number)
end

function dbg.breakpoints()
	return (core.run("info breakpoints")).breakpoints
end

-- ---- running ----------------------------------------------------------------------------------

-- The stop, with the results when a function returned or the call ended.
local function run(line)
	local tree = core.run(line)
	local stop = tree.stop or {}

	stop.results = tree.results
	return stop
end

local steps = {
	line = { into = "step", over = "next", out = "finish" },
	wasm = { into = "stepi", over = "nexti", out = "finish" },
	regir = { into = "stepr", over = "nextr", out = "finish" },
}

function dbg.step(options)
	local o = type(options) == "string" and { grain = options } or options or {}
	local grain = steps[o.grain or "line"] or error("grain is line, wasm or regir", 2)
	local name = o.out and grain.out or o.over and grain.over or grain.into

	if o.dir == "back" then
		name = "reverse-" .. name
	elseif o.dir ~= nil and o.dir ~= "forward" then
		error("dir is forward or back", 2)
	end
	return run(o.count and not o.out and name .. " " .. o.count or name)
end

function dbg.run(args)
	return run("run " .. (args or ""))
end

function dbg.start(call)
	return run("start " .. (call or ""))
end

function dbg.continue()
	return run("continue")
end

function dbg.finish()
	return run("finish")
end

function dbg.kill()
	core.run("kill")
end

-- Wasm instructions executed in this run.
dbg.clock = core.clock

function dbg.stopped()
	return (core.frames()) > 0
end

-- The script goes on at the next stop, or when the call is over.
function dbg.wait()
	return wb.wait("stopped", "ended")
end

dbg.goto_step = with("goto", function(n)
	return run(("goto %d"):format(n))
end)

dbg.checkpoint = with("checkpoint", function()
	return (core.run("checkpoint"))
end)

dbg.why = with("why", function(expr)
	return core.run("why " .. expr)
end)

-- ---- frames -----------------------------------------------------------------------------------

function dbg.backtrace()
	return (core.run("backtrace")).frames
end

function dbg.frame(level)
	local _, selected = core.frames()

	return setmetatable({ level = core.frame(level or selected).level }, Frame)
end

function Frame:__index(key)
	if Frame[key] then
		return Frame[key]
	end
	if key == "locals" then
		return (core.locals(self.level))
	elseif key == "names" then
		return select(2, core.locals(self.level))
	elseif key == "stack" then
		return core.stack(self.level)
	end
	local info = core.frame(self.level)
	if key == "func" then
		return info.index and core.fn(info.module, info.index)
	elseif key == "module" then
		return info.module and wb.module(info.module)
	end
	return info[key]
end

function Frame.__pairs(f)
	local fields = { "func", "host", "inlined", "level", "locals", "module", "names", "pc", "stack" }

	return core.all_of(f, Frame, f.host and { "host", "level" } or fields)
end

function Frame.__tostring(f)
	return ("frame %d: %s"):format(f.level, f.func or "a host function")
end

local function literal(v)
	if math.type(v) == "integer" then
		return ("%d"):format(v)
	elseif type(v) ~= "number" then
		return tostring(v)
	elseif v ~= v then
		return "nan"
	elseif v == math.huge or v == -math.huge then
		return v > 0 and "inf" or "-inf"
	end
	return ("%.17g"):format(v)
end

-- A local by name or number, or a place as in expressions: "stack[-1]", "global.sp", "mem32[16]".
local function place(what)
	if math.type(what) == "integer" then
		return "local[" .. what .. "]"
	end
	return what:find("[%.%[]") and what or "local." .. what
end

function Frame:set(what, value)
	local _, selected = core.frames()

	if selected ~= self.level then
		core.run("frame " .. self.level)
	end
	local tree, e = core.cmd(("set var %s = %s"):format(place(what), literal(value)))
	if selected ~= self.level then
		core.run("frame " .. selected)
	end
	if not tree then
		core.fail(e)
	end
end

function Frame:eval(text)
	return core.eval(text, self.level)
end

-- frame stands for the selected frame.
frame = setmetatable({}, {
	__index = function(_, key)
		local f = dbg.frame()
		local v = f[key]

		if type(v) ~= "function" then
			return v
		end
		return function(_, ...)
			return v(f, ...)
		end
	end,
	__pairs = function() return pairs(dbg.frame()) end,
	__tostring = function() return tostring(dbg.frame()) end,
})
