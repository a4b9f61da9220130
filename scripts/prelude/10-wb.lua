-- wb: commands, output, hooks, and what scripts add to the workbench. The functions of `core` are those of bridge_*.c.
local core = ...
local pack, concat = table.pack, table.concat
local wb = {}

_G.wb = wb
wb.version = core.version

-- ---- output and errors ------------------------------------------------------------------------

function print(...)
	local words = pack(...)

	for i = 1, words.n do
		words[i] = tostring(words[i])
	end
	core.out(concat(words, "\t") .. "\n")
end

-- What commands raise: a table with code, message, and where in the script it was.
local function fail(e)
	e.where = e.where or core.where()
	return error(e, 0)
end
core.fail = fail

-- ---- commands ---------------------------------------------------------------------------------

-- Carry out a line that has to succeed: its tree, text and notes.
function core.run(line)
	local tree, text, notes = core.cmd(line)

	if not tree then
		fail(text)
	end
	return tree, text, notes
end

wb.cmd = core.run

function wb.try(line)
	local tree, text, notes = core.cmd(line)

	if not tree then
		return nil, text
	end
	return tree, text, notes
end

function wb.show(line)
	local tree, text, notes = core.run(line)

	if notes ~= "" then
		core.note(notes)
	end
	core.out(text)
	return tree
end

-- Kinds of arguments that are the rest of the line as it is.
local raw = { expr = true, rest = true, call = true, regex = true, command = true }

local function quote(v, keywords)
	v = tostring(v)
	if v == "" or keywords[v] or v:find("[%s\"'\\]") then
		return '"' .. v:gsub('[\\"]', "\\%0") .. '"'
	end
	return v
end

-- A function or module object stands for its name.
local function word_of(v)
	return type(v) == "table" and v.ref or v
end

local function put_argument(words, spec, v, keywords)
	if spec.keyword then
		words[#words + 1] = spec.name
	end
	if spec.repeats and type(v) == "table" then
		for _, one in ipairs(v) do
			words[#words + 1] = quote(word_of(one), keywords)
		end
	elseif raw[spec.kind] then
		words[#words + 1] = tostring(word_of(v))
	else
		words[#words + 1] = quote(word_of(v), keywords)
	end
end

local function check_names(command, given, level)
	for name in pairs(given) do
		local known = math.type(name) == "integer" or name == "format"

		for _, spec in ipairs(command.args) do
			known = known or spec.name == name
		end
		if not known then
			error(("%s has no argument '%s'"):format(command.name, tostring(name)), level + 1)
		end
	end
end

-- The line that calls COMMAND: arguments by name, or by place. Those with keywords come last.
local function line_of(command, given, level)
	local words, keywords, place = { command.name }, {}, 0

	if type(given) ~= "table" or given.ref then
		given = { given }
	end
	check_names(command, given, level + 1)
	for _, spec in ipairs(command.args) do
		keywords[spec.name] = spec.keyword or nil
	end
	if given.format then
		words[1] = words[1] .. "/" .. given.format
	end
	for _, late in ipairs { false, true } do
		for _, spec in ipairs(command.args) do
			local v = given[spec.name]

			if spec.keyword == late and not late then
				place = place + 1
				if v == nil then
					v = given[place]
				end
			end
			if spec.keyword == late and v ~= nil then
				put_argument(words, spec, v, keywords)
			end
		end
	end
	return concat(words, " ")
end

-- Names of commands as Lua can write them: info locals is info_locals, goto is goto_.
local reserved = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
	while]]):gmatch("%a+") do
	reserved[word] = true
end

local function lua_name(name)
	name = name:gsub("[- ]", "_")
	return reserved[name] and name .. "_" or name
end

local by_name, counted = {}, -1

local function find_command(name)
	if core.command_count() ~= counted or not by_name[name] then
		by_name, counted = {}, core.command_count()
		for _, c in ipairs(core.commands()) do
			by_name[lua_name(c.name)] = c
		end
	end
	return by_name[name]
end

local Commands = {}

function Commands:__index(name)
	if not find_command(name) then
		return nil
	end
	return function(given)
		local command = find_command(name)

		if not command then
			error("there is no command " .. name .. " any more", 2)
		end
		return core.run(line_of(command, given, 2))
	end
end

function Commands:__pairs()
	local all = {}

	find_command("")
	for name in pairs(by_name) do
		all[name] = self[name]
	end
	return next, all
end

wb.cmds = setmetatable({}, Commands)

-- ---- taking back ------------------------------------------------------------------------------

-- What a script defined is taken back when it fails.
local done, marks = {}, {}

local function undo(fn)
	if #marks > 0 then
		done[#done + 1] = fn
	end
end
core.undo = undo

core.on_take_back(function(what)
	if what == "begin" then
		marks[#marks + 1] = #done
		return
	end
	local mark = table.remove(marks)
	while what == "undo" and #done > mark do
		table.remove(done)()
	end
	if #marks == 0 then
		done = {}
	end
end)

-- ---- hooks ------------------------------------------------------------------------------------

local bits, hooks, last = core.events(), {}, 0

local function want()
	local set = 0

	for _, hook in ipairs(hooks) do
		set = set | bits[hook.event]
	end
	core.want(set)
end

local function event_bit(name, level)
	return bits[name] or error("there is no event '" .. tostring(name) .. "'", level + 1)
end

function wb.on(event, fn)
	event_bit(event, 2)
	if type(fn) ~= "function" then
		error("wb.on needs a function", 2)
	end
	last = last + 1
	local id = last
	hooks[#hooks + 1] = { event = event, fn = fn, id = id }
	want()
	undo(function() wb.off(id) end)
	return id
end

function wb.off(id)
	for i, hook in ipairs(hooks) do
		if hook.id == id then
			table.remove(hooks, i)
			want()
			return true
		end
	end
	return false
end

-- Each hook is told, also when one before it failed.
core.on_dispatch(function(event)
	local first

	for _, hook in ipairs { table.unpack(hooks) } do
		if hook.event == event.event then
			local ok, e = pcall(hook.fn, event)
			if not ok then
				first = first or e
			end
		end
	end
	if first then
		error(first, 0)
	end
end)

function wb.wait(...)
	local set = 0

	for _, name in ipairs { ... } do
		set = set | event_bit(name, 2)
	end
	if set == 0 then
		error("wb.wait needs the names of events", 2)
	end
	if core.place() ~= "free" or not coroutine.isyieldable() then
		error("only a script, a command or a hook can wait", 2)
	end
	return coroutine.yield(set)
end

-- ---- adding to the workbench ------------------------------------------------------------------

function wb.defcmd(spec)
	local run = spec.run
	local copy = {}

	for key, value in pairs(spec) do
		copy[key] = value
	end
	if type(run) == "function" then
		function copy.run(args)
			for name, value in pairs(args) do
				if type(value) == "table" and value.index and value.module then
					args[name] = core.fn(value.module, value.index)
				elseif type(value) == "table" and value.module then
					args[name] = wb.module(value.module)
				end
			end
			return run(args)
		end
	end
	local e = core.defcmd(copy)
	if e then
		fail(e)
	end
	undo(function() core.undefcmd(spec.name) end)
end

wb.bound = {}

function wb.bind(key, what)
	if type(what) == "function" then
		wb.bound[key] = what
		what = ("lua wb.bound[%q]()"):format(key)
	end
	core.bind(key, what)
	undo(function() core.bind(key) end)
end

function wb.pane(spec)
	core.pane(spec.name, spec.help or spec.name, spec.lines)
	undo(function() core.unpane(spec.name) end)
end

function wb.message(text)
	text = tostring(text)
	if not core.message(text) then
		core.note(text .. "\n")
	end
end

function wb.prompt(text)
	return core.ask(text)
end

function wb.quit(status)
	core.quit(status)
end

-- ---- scripts ----------------------------------------------------------------------------------

local function show_help(spec)
	wb.show("help " .. spec.name)
	return 0
end

-- What follows the script's name on the command line, as the words of a command.
local function words_for(spec, args, from)
	local words, i = { spec.name }, from

	for _, a in ipairs(spec.args or {}) do
		if a.kind and raw[a.kind] then
			words[#words + 1] = concat(args, " ", i)
			i = #args + 1
		elseif args[i] ~= nil then
			words[#words + 1] = quote(args[i], {})
			i = i + 1
		end
	end
	for k = i, #args do
		words[#words + 1] = quote(args[k], {})
	end
	return concat(words, " ")
end

-- "wrench script count-calls FILE CALL"
local function usage_of(spec)
	local words = { "wrench script", spec.name }

	if spec.needs_module or spec.needs_instance then
		words[#words + 1] = "FILE"
	end
	for _, a in ipairs(spec.args or {}) do
		words[#words + 1] = a.optional and "[" .. a.name:upper() .. "]" or a.name:upper()
	end
	return concat(words, " ")
end

-- A command that is also a program: sourced, the script defines it; under `wrench script` it is carried out.
function wb.script(spec)
	local job = core.job()
	local args, from = job.args or {}, 1

	wb.defcmd(spec)
	if not job.main then
		return
	end
	if args[1] == "--help" or args[1] == "-h" then
		return show_help(spec)
	end
	if spec.needs_module or spec.needs_instance then
		if not args[1] then
			return error(spec.name .. " needs a FILE; --help tells more", 0)
		end
		local ok, e = pcall(wb.load, args[1])
		if not ok then
			if type(e) == "table" then
				e.where = ""
			end
			return error(e, 0)
		end
		from = 2
	end
	local tree, text, notes = core.cmd(words_for(spec, args, from))
	if not tree then
		if text.code == "usage" or text.code == "unknown-name" then
			text.where = ""         -- of who typed it, not of who wrote it: no place in the script
			text.hint = text.hint or usage_of(spec)
		end
		fail(text)
	end
	core.note(notes)
	core.out(text)
	return tree.status
end
