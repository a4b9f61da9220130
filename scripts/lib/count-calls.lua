-- count-calls: how often each function is called during a call, and for how many instructions it is on the stack
wb.script {
	name = "count-calls",
	summary = "Carry out a call and count the calls of each function",
	doc = "Runs at nearly full speed. The Wasm instructions are those from its call to its return, callees included.\n",
	example = "count-calls fac(5)",
	needs_instance = true,
	args = { { name = "call", help = "F(ARGS), in quotes when there are blanks" } },
	run = function(args)
		local rows, level = {}, 0

		wb.watch_call(args.call, function(f)
			local row = { name = f.name, calls = 0, steps = 0, depth = 0 }

			rows[#rows + 1] = row
			return function()
				row.calls = row.calls + 1
				row.depth = row.depth + 1
				if row.depth == 1 then      -- the clock begins with the outermost call
					row.start = level == 0 and 0 or dbg.clock()
				end
				level = level + 1
			end, function()
				row.depth = row.depth - 1
				level = level - 1
				if row.depth == 0 then
					row.steps = row.steps + dbg.clock() - row.start
				end
			end
		end)
		table.sort(rows, function(a, b) return a.calls > b.calls or a.calls == b.calls and a.name < b.name end)
		local lines, called = {}, {}
		for _, row in ipairs(rows) do
			if row.calls > 0 then
				called[#called + 1] = { name = row.name, calls = row.calls, steps = row.steps }
				lines[#lines + 1] = ("%8d calls %12d instructions  %s\n"):format(row.calls, row.steps, row.name)
			end
		end
		return { functions = called, text = table.concat(lines) }
	end,
}
