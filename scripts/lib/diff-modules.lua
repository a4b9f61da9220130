-- diff-modules: what changed between two modules, function by function
wb.script {
	name = "diff-modules",
	summary = "Compare two modules function by function, by name",
	doc = "A function is changed when its instructions differ; the first that does is shown.\n",
	example = "diff-modules old.wasm new.wasm",
	args = { { name = "old", kind = "file", help = "a module" }, { name = "new", kind = "file", help = "another" } },
	run = function(args)
		local lines, changed = {}, 0

		local function by_name(m)
			local out = {}
			for _, f in ipairs(m.funcs) do
				out[f.name] = f
			end
			return out
		end
		local function text(i)
			return ("%s %s"):format(i.op, i.value or i.memory_offset or i.index or "")
		end
		local function first_difference(a, b)
			if a.imported or b.imported then
				return a.imported ~= b.imported and "import" or nil
			end
			local x, y = a:code(), b:code()
			for i = 1, math.max(#x, #y) do
				local p, q = x[i] and text(x[i]) or "(end)", y[i] and text(y[i]) or "(end)"
				if p ~= q then
					return ("instruction %d: %s -> %s"):format(i, p, q)
				end
			end
			return a.type ~= b.type and ("type %s -> %s"):format(a.type, b.type) or nil
		end
		local function put(mark, f, more)
			lines[#lines + 1] = ("%s %s%s\n"):format(mark, f.name, more and "  " .. more or "")
			changed = changed + 1
		end

		local old, new = wb.load(args.old), wb.load(args.new)
		local a, b = by_name(old), by_name(new)
		for _, f in ipairs(old.funcs) do
			if not b[f.name] then
				put("-", f)
			end
		end
		for _, f in ipairs(new.funcs) do
			local was = a[f.name]
			local difference = was and first_difference(was, f)
			if not was then
				put("+", f)
			elseif difference then
				put("~", f, difference)
			end
		end
		return { status = changed > 0 and 1 or 0, changed = changed, text = table.concat(lines) ..
			("%d functions differ\n"):format(changed) }
	end,
}
