-- trace-lines: step through a call and print each instruction with the operand stack before it
wb.script {
	name = "trace-lines",
	summary = "Print every instruction of a call, with the operands on the stack",
	doc = "For short calls: each instruction is one line. A function's name limits it to that function.\n",
	example = "trace-lines fac(2)",
	needs_instance = true,
	args = {
		{ name = "call", help = "F(ARGS), in quotes when there are blanks" },
		{ name = "function", optional = true, help = "only instructions of this function" },
	},
	run = function(args)
		local only = args["function"] and mod:func(args["function"]).index

		local id = probe.op("*", function(at)
			if not only or at.index == only then
				local words = {}
				for i, v in ipairs(frame.stack) do
					words[i] = tostring(v)
				end
				print(("%8d  %-12s 0x%04x  %-24s [%s]"):format(dbg.clock(), at.func.name, at.pc, at.op, table.concat(words, " ")))
			end
		end)
		local ok, e = pcall(wb.show, args.call)
		probe.remove(id)
		if not ok then
			error(e, 0)
		end
	end,
}
