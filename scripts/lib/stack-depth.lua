-- stack-depth: the deepest that the call stack gets during a call, and who was on it
wb.script {
	name = "stack-depth",
	summary = "Carry out a call and show the deepest call stack",
	example = "stack-depth fac(5)",
	needs_instance = true,
	args = { { name = "call", help = "F(ARGS), in quotes when there are blanks" } },
	run = function(args)
		local stack, deepest = {}, {}

		wb.watch_call(args.call, function(f)
			local name = f.name

			return function()
				stack[#stack + 1] = name
				if #stack > #deepest then
					deepest = table.move(stack, 1, #stack, 1, {})
				end
			end, function()
				stack[#stack] = nil
			end
		end)
		-- the same function over and over is one line
		local lines, i = {}, 1
		while i <= #deepest do
			local n = 1
			while deepest[i + n] == deepest[i] do
				n = n + 1
			end
			lines[#lines + 1] = ("%6d %s%s\n"):format(i, deepest[i], n > 1 and (" × %d"):format(n) or "")
			i = i + n
		end
		return { depth = #deepest, text = table.concat(lines) .. ("%6d deep\n"):format(#deepest) }
	end,
}
