-- dead-functions: functions that nothing reaches from exports, tables, globals and the start function
wb.script {
	name = "dead-functions",
	summary = "List functions that nothing can call",
	doc = "Reached are exports, the start function, what a ref.func or an element segment names, and what those call.\n",
	needs_module = true,
	run = function()
		local m = wb.module()
		local reached, todo, funcs = {}, {}, m.funcs

		local function reach(index)
			if not reached[index] then
				reached[index] = true
				todo[#todo + 1] = index
			end
		end
		for _, index in ipairs(m.roots) do
			reach(index)
		end
		while #todo > 0 do
			local f = funcs[table.remove(todo) + 1]
			for _, i in ipairs(f.imported and {} or f:code()) do
				if i.op == "call" or i.op == "return_call" or i.op == "ref.func" then
					reach(i.index)
				end
			end
		end
		local lines, bytes, names = {}, 0, {}
		for _, f in ipairs(funcs) do
			if not reached[f.index] then
				lines[#lines + 1] = ("%8d bytes  %s%s\n"):format(f.size, f.name, f.imported and " (import)" or "")
				bytes = bytes + f.size
				names[#names + 1] = f.name
			end
		end
		return {
			functions = names, bytes = bytes,
			text = table.concat(lines) .. ("%d of %d functions, %d bytes\n"):format(#names, #funcs, bytes),
		}
	end,
}
