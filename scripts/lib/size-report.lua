-- size-report: what a module's bytes are spent on: sections, the largest functions and data segments
wb.script {
	name = "size-report",
	summary = "Show what a module's bytes are spent on",
	example = "size-report 5",
	needs_module = true,
	args = { { name = "rows", kind = "count", optional = true, help = "how many functions and segments; 10 when left out" } },
	run = function(args)
		local m, rows, lines = wb.module(), args.rows or 10, {}

		local function put(size, what)
			lines[#lines + 1] = ("%10d %5.1f%%  %s\n"):format(size, 100 * size / m.size, what)
		end
		local function largest(title, list)
			table.sort(list, function(a, b) return a.size > b.size or a.size == b.size and a.name < b.name end)
			if #list > 0 then
				lines[#lines + 1] = title .. "\n"
			end
			for i = 1, math.min(rows, #list) do
				put(list[i].size, list[i].name)
			end
		end
		local functions, datas, customs = {}, {}, {}
		for _, f in ipairs(m.funcs) do
			if not f.imported then
				functions[#functions + 1] = { size = f.size, name = f.name }
			end
		end
		for i, d in ipairs(m.datas) do
			datas[i] = { size = d.size, name = ("segment %d%s"):format(i - 1, d.address and (" at 0x%x"):format(d.address) or "") }
		end
		for i, c in ipairs(m.customs) do
			customs[i] = { size = c.size, name = c.name }
		end
		put(m.size, "the whole module")
		largest("functions", functions)
		largest("data", datas)
		largest("custom sections", customs)
		return table.concat(lines)
	end,
}
