-- count-opcodes: which instructions a module or function is made of, the most frequent first
wb.script {
	name = "count-opcodes",
	summary = "Count the instructions in a module's code",
	doc = "These are instructions in the code, not executions.\n",
	example = "count-opcodes fac",
	needs_module = true,
	args = { { name = "function", kind = "func", optional = true, help = "only this function" } },
	run = function(args)
		local counts, total = {}, 0

		for _, f in ipairs(args["function"] and { args["function"] } or mod.funcs) do
			for _, i in ipairs(f.imported and {} or f:code()) do
				counts[i.op] = (counts[i.op] or 0) + 1
				total = total + 1
			end
		end
		local ops = {}
		for op in pairs(counts) do
			ops[#ops + 1] = op
		end
		table.sort(ops, function(a, b)
			return counts[a] > counts[b] or counts[a] == counts[b] and a < b
		end)
		local lines = {}
		for i, op in ipairs(ops) do
			lines[i] = ("%8d %5.1f%%  %s\n"):format(counts[op], 100 * counts[op] / total, op)
		end
		return { total = total, counts = counts, text = table.concat(lines) .. ("%8d         all\n"):format(total) }
	end,
}
