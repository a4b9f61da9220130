-- watch-struct: show a struct in memory with named fields, now and at every stop where one of them changed
local widths = { u8 = 1, i8 = 1, u16 = 2, i16 = 2, u32 = 4, i32 = 4, f32 = 4, u64 = 8, i64 = 8, f64 = 8 }
local watched = {}

-- "x:i32,name:char[8],next:u32": fields in order, each aligned to its width.
local function read_layout(text)
	local fields, at = {}, 0

	for item in text:gmatch("[^,]+") do
		local name, kind, n = item:match("^%s*([%w_]+):([%w]+)%[?(%d*)%]?%s*$")
		local width = kind == "char" and 1 or widths[kind]
		if not width then
			error(("'%s' is not NAME:TYPE: %s or char[N]"):format(item, "u8 i8 u16 i16 u32 i32 f32 u64 i64 f64"), 0)
		end
		at = (at + width - 1) // width * width
		n = n ~= "" and tonumber(n) or nil
		fields[#fields + 1] = { name = name, kind = kind, offset = at, count = n }
		at = at + width * (n or 1)
	end
	return fields
end

local function value_of(field, base)
	local at = base + field.offset

	if field.kind == "char" then
		return ("%q"):format(mem.read(at, field.count or 1):match("^[^\0]*"))
	elseif field.count then
		local values = {}
		for i = 0, field.count - 1 do
			values[i + 1] = tostring(mem.get(at + i * widths[field.kind], field.kind))
		end
		return "{" .. table.concat(values, ", ") .. "}"
	end
	return tostring(mem.get(at, field.kind))
end

local function show(w, only_changes)
	local lines, changed = {}, false

	for _, field in ipairs(w.fields) do
		local ok, now = pcall(value_of, field, w.base)
		now = ok and now or "out of memory's bounds"
		local was = w.last[field.name]
		local differs = was ~= nil and was ~= now
		changed = changed or differs
		lines[#lines + 1] = ("  +0x%-4x %-12s %s%s\n"):format(field.offset, field.name, now,
			differs and ("  (was %s)"):format(was) or "")
		w.last[field.name] = now
	end
	if only_changes and not changed then
		return nil
	end
	return ("struct at 0x%x\n"):format(w.base) .. table.concat(lines)
end

wb.on("stopped", function()
	for _, w in ipairs(watched) do
		local text = show(w, true)
		if text then
			print((text:gsub("\n$", "")))
		end
	end
end)

wb.pane {
	name = "structs", help = "structs that watch-struct watches",
	lines = function()
		local lines = {}
		for i, w in ipairs(watched) do
			lines[i] = show(w)
		end
		return lines
	end,
}

wb.script {
	name = "watch-struct",
	summary = "Show a struct in memory now, and at every stop where a field changed",
	doc = "Fields are laid out as C does: NAME:TYPE,NAME:TYPE[N],…; the pane structs shows all of them.\n",
	example = "watch-struct 0x100 x:i32,y:i32,name:char[8]",
	needs_instance = true,
	args = {
		{ name = "address", help = "a number or an expression without blanks" },
		{ name = "layout", help = "its fields" },
	},
	run = function(args)
		local base = tonumber(args.address) or tonumber((wb.cmd("print " .. args.address)).value)
		local w = { base = base, fields = read_layout(args.layout), last = {} }

		watched[#watched + 1] = w
		return show(w)
	end,
}
