-- dump-strings: printable texts in the data segments, with their addresses and who mentions them
wb.script {
	name = "dump-strings",
	summary = "Show printable texts of the data segments, and the functions that mention their addresses",
	doc = "A text ends at a byte that is not printable. A function mentions it with an i32.const or i64.const of its address.\n",
	example = "dump-strings 8",
	needs_module = true,
	args = { { name = "least", kind = "count", optional = true, help = "shortest length that counts; 4 when left out" } },
	run = function(args)
		local m, least, at = wb.module(), args.least or 4, {}
		local found = {}
		for number, segment in ipairs(m.datas) do
			local bytes, from = m:bytes(segment.offset, segment.size), segment.address
			for position, text in bytes:gmatch(("()(" .. ("[\x20-\x7e\t]"):rep(least) .. "[\x20-\x7e\t]*)")) do
				local s = { segment = number - 1, text = text, address = from and from + position - 1 }
				found[#found + 1] = s
				if s.address then
					at[s.address] = s
				end
			end
		end
		for _, f in ipairs(m.funcs) do
			for _, i in ipairs(f.imported and {} or f:code()) do
				local s = (i.op == "i32.const" or i.op == "i64.const") and at[i.value]
				if s then
					s.users = s.users or {}
					if s.users[#s.users] ~= f.name then
						s.users[#s.users + 1] = f.name
					end
				end
			end
		end
		local lines = {}
		for i, s in ipairs(found) do
			lines[i] = ("%-10s %q%s\n"):format(s.address and ("0x%x"):format(s.address) or "#" .. s.segment, s.text,
				s.users and "  <- " .. table.concat(s.users, ", ") or "")
		end
		return { strings = found, text = table.concat(lines) }
	end,
}
