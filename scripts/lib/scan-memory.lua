-- scan-memory: find where a value is kept, by narrowing the addresses down from stop to stop
local found, kind

local function matches(value)
	local format = ({ u8 = "<I1", i8 = "<i1", u16 = "<I2", i16 = "<i2", u32 = "<I4", i32 = "<i4", i64 = "<i8", f32 = "<f",
		f64 = "<d" })[kind] or error("no width '" .. kind .. "'", 0)

	return mem.find(format:pack(value))
end

wb.script {
	name = "scan-memory",
	summary = "Find addresses that hold a value; with more values, those that held each in turn",
	doc = [[
The first value is looked for in all of memory; each further one, given after the guest ran on, keeps only those addresses
that hold it now. A width begins anew.
]],
	example = "scan-memory 42 i32",
	needs_instance = true,
	args = {
		{ name = "value", help = "a number" },
		{ name = "width", optional = true, help = "u8 i8 u16 i16 u32 i32 i64 f32 f64: look in all of memory; i32 at first" },
	},
	run = function(args)
		local value = tonumber(args.value) or error("'" .. args.value .. "' is not a number", 0)

		if args.width or not found then
			kind = args.width or "i32"
			found = matches(value)
		else
			local left = {}
			for _, at in ipairs(found) do
				if mem.get(at, kind) == value then
					left[#left + 1] = at
				end
			end
			found = left
		end
		local lines = {}
		for i = 1, math.min(#found, 20) do
			lines[i] = ("0x%x\n"):format(found[i])
		end
		return {
			addresses = found, width = kind,
			text = table.concat(lines) .. (#found > 20 and "…\n" or "") .. ("%s as %s: %d found\n"):format(args.value, kind,
				#found),
		}
	end,
}
