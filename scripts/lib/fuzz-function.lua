-- fuzz-function: call a function with edge values and random ones, and collect the ways in which it traps
wb.script {
	name = "fuzz-function",
	summary = "Call a function with many arguments and show the traps, each kind once, with arguments that cause it",
	doc = [[
Edge values (0, 1, -1, least, largest, powers of two, NaN, infinities) come first, then random ones from the seed. The
state of the instance goes on from call to call.
]],
	example = "fuzz-function fac 1000",
	needs_instance = true,
	args = {
		{ name = "function", kind = "func", help = "with parameters that are numbers" },
		{ name = "count", kind = "count", optional = true, help = "how many calls; 1000 when left out" },
		{ name = "seed", kind = "number", optional = true, help = "1 when left out" },
	},
	run = function(args)
		local f, count = args["function"], args.count or 1000
		local edges = {
			i32 = { 0, 1, -1, 2, 7, 255, 256, 65535, 65536, -2147483648, 2147483647, 1 << 20 },
			i64 = { 0, 1, -1, 2, 255, 65536, 1 << 32, math.mininteger, math.maxinteger },
			f32 = { 0.0, -0.0, 1.0, -1.0, 0.5, 1e30, 1 / 0, -1 / 0, 0 / 0 },
			f64 = { 0.0, -0.0, 1.0, -1.0, 0.5, 1e300, 1 / 0, -1 / 0, 0 / 0 },
		}
		local random = {
			i32 = function()
				local v = (math.random(0) & 0x7fffffff) >> math.random(0, 30)
				return math.random(2) == 1 and v or -v
			end,
			i64 = function() return math.random(0) >> math.random(0, 63) end,
			f32 = function() return (math.random() - 0.5) * 2.0 ^ math.random(-20, 40) end,
			f64 = function() return (math.random() - 0.5) * 2.0 ^ math.random(-60, 100) end,
		}
		for _, type in ipairs(f.params) do
			if not edges[type] then
				error(("%s has a parameter of type %s, which cannot be made up"):format(f.name, type), 0)
			end
		end
		math.randomseed(args.seed or 1)

		local kinds, order, good = {}, {}, 0
		for n = 1, count do
			local values = {}
			for i, type in ipairs(f.params) do
				local list = edges[type]
				values[i] = n <= #list * #list and list[(i == 1 and (n - 1) or (n - 1) // #list) % #list + 1] or random[type]()
			end
			local ok, e = pcall(f, table.unpack(values))
			if ok then
				good = good + 1
			else
				local kind = type(e) == "table" and e.message or tostring(e)
				if not kinds[kind] then
					kinds[kind] = { count = 0, arguments = values }
					order[#order + 1] = kind
				end
				kinds[kind].count = kinds[kind].count + 1
			end
		end
		local lines = {}
		for i, kind in ipairs(order) do
			local words = {}
			for k, v in ipairs(kinds[kind].arguments) do
				words[k] = tostring(v)
			end
			lines[i] = ("%6d × %s, first for %s(%s)\n"):format(kinds[kind].count, kind, f.name, table.concat(words, ", "))
		end
		wb.try "kill"
		return { good = good, traps = kinds, text = table.concat(lines) .. ("%6d of %d calls ended well\n"):format(good, count) }
	end,
}
