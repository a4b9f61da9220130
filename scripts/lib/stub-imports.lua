-- stub-imports: write the beginning of a script that provides a module's imports
wb.script {
	name = "stub-imports",
	summary = "Write a script that provides a module's function imports",
	doc = "Each function prints its arguments and gives zeros: a place to begin.\n",
	needs_module = true,
	args = { { name = "module", optional = true, help = "only imports from this module name" } },
	run = function(args)
		local out = {}

		for _, i in ipairs(mod.imports) do
			if i.kind == "func" and (not args.module or args.module == i.module) then
				local f = mod:func(i.index)
				local names, zeros = {}, {}
				for k in ipairs(f.params) do
					names[k] = "a" .. k
				end
				for k in ipairs(f.results) do
					zeros[k] = f.results[k]:find("ref") and "nil" or "0"
				end
				out[#out + 1] = ("host.define(%q, %q, %q, function(%s)\n\tprint(%s)%s\nend)\n"):format(i.module, i.name, f.type,
					table.concat(names, ", "), table.concat({ ("%q"):format(i.name), table.unpack(names) }, ", "),
					#zeros > 0 and "\n\treturn " .. table.concat(zeros, ", ") or "")
			end
		end
		return #out > 0 and table.concat(out) or "-- nothing is imported\n"
	end,
}
