-- What trusted scripts have besides, and what sandboxed ones lack. Nothing that Lua's library does in C may run for ever,
-- because only Lua's own instructions are counted; nothing may be caught that says a limit was reached.
local core, sandbox = ...
local wb = wb

if not sandbox then
	os.exit = function(status)
		if status == nil or status == true then
			status = 0
		end
		core.quit(math.type(status) == "integer" and status or 1)
	end
	io.write = function(...)
		for _, text in ipairs { ... } do
			core.out(tostring(text))
		end
		return io.stdout
	end
	return
end

for _, name in ipairs { "load", "script", "defcmd", "bind", "bound", "pane", "prompt", "quit" } do
	wb[name] = nil
end
if host.record then
	host.record, host.replay = nil, nil
end

-- ---- catching ---------------------------------------------------------------------------------

local exhausted, error, pcall = core.exhausted, error, pcall

local function go_on(ok, ...)
	if not ok and exhausted() then
		error((...), 0)
	end
	return ok, ...
end

_G.pcall = function(...) return go_on(pcall(...)) end

-- While the error of a limit is on its way Lua counts nothing: neither in a message handler, nor in what a coroutine that
-- died of it still has to close.
local function handled(handler, ok, ...)
	if ok then
		return true, ...
	end
	return false, handler(...)
end

_G.xpcall = function(f, handler, ...)
	return handled(handler, go_on(pcall(f, ...)))
end

local create, resume, close = coroutine.create, coroutine.resume, coroutine.close

coroutine.resume = function(...) return go_on(resume(...)) end

coroutine.close = function(co)
	if exhausted() then
		error("the script does not end", 0)
	end
	return go_on(close(co))
end

local function unwrap(co, ok, ...)
	if not ok then
		coroutine.close(co)
		error((...), 0)
	end
	return ...
end

coroutine.wrap = function(f)
	local co = create(f)

	return function(...)
		return unwrap(co, coroutine.resume(co, ...))
	end
end

-- ---- compiling and metatables -----------------------------------------------------------------

local load, setmetatable, rawget, type = load, setmetatable, rawget, type

-- Text only: made-up byte code could do anything.
_G.load = function(chunk, name, _, env)
	if type(chunk) ~= "string" then
		error("a sandboxed script loads texts only", 2)
	end
	if env == nil then
		return load(chunk, name, "t")
	end
	return load(chunk, name, "t", env)
end
string.dump = nil

-- __gc would run at any time, __len makes loops of the library as long as it likes.
_G.setmetatable = function(t, meta)
	if type(meta) == "table" and (rawget(meta, "__gc") ~= nil or rawget(meta, "__len") ~= nil) then
		error("__gc and __len are refused to a sandboxed script", 2)
	end
	return setmetatable(t, meta)
end

-- ---- loops in the library ---------------------------------------------------------------------

local WORK = 1e8

-- Patterns with several repetitions may try every way to split the text among them.
local function guard(fn)
	return function(s, pattern, ...)
		if type(pattern) == "string" and (type(s) == "string" or type(s) == "number") then
			local repeats = 0

			for i = 1, #pattern do
				local c = pattern:byte(i)
				repeats = repeats + ((c == 42 or c == 43 or c == 45 or c == 63) and 1 or 0)
			end
			if #pattern > 1000 or (#tostring(s) + 1) ^ (repeats + 1) > WORK and repeats > 1 then
				error("the pattern is too costly for a sandboxed script", 2)
			end
		end
		return fn(s, pattern, ...)
	end
end

for _, name in ipairs { "find", "match", "gmatch", "gsub" } do
	string[name] = guard(string[name])
end

local rep, move = string.rep, table.move

string.rep = function(s, n, sep)
	if s == "" and (sep or "") == "" then
		return ""
	end
	return rep(s, n, sep)
end

table.move = function(a, from, to, at, b)
	if type(from) == "number" and type(to) == "number" and to - from > WORK then
		error("too many elements for a sandboxed script", 2)
	end
	return move(a, from, to, at, b)
end
