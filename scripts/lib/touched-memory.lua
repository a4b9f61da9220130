-- touched-memory: which parts of memory a call reads and writes
wb.script {
	name = "touched-memory",
	summary = "Carry out a call and show which parts of memory it reads and writes",
	doc = "A line for each piece of the given size that was touched. Bulk instructions and host calls are not seen.\n",
	example = "touched-memory fill() 64",
	needs_instance = true,
	args = {
		{ name = "call", help = "F(ARGS), in quotes when there are blanks" },
		{ name = "piece", kind = "count", optional = true, help = "bytes in a piece; 256 when left out" },
	},
	run = function(args)
		local piece, pieces = args.piece or 256, {}
		local offsets = {}

		-- memory offsets of the instructions, by place
		for _, f in ipairs(mod.funcs) do
			for _, i in ipairs(f.imported and {} or f:code()) do
				offsets[i.offset] = i.memory_offset
			end
		end
		local function touch(at, depth, what)
			local stack = frame.stack
			local base = stack[#stack - depth]
			local address = ((base < 0 and base + (1 << 32) or base) + (offsets[at.pc] or 0)) // piece
			local p = pieces[address] or { reads = 0, writes = 0 }
			p[what] = p[what] + 1
			pieces[address] = p
		end
		probe.during(args.call, {
			probe.op("*.load*", function(at) touch(at, at.op:find("lane", 1, true) and 1 or 0, "reads") end),
			probe.op("*.store*", function(at) touch(at, 1, "writes") end),
		})
		local order, lines = {}, {}
		for address in pairs(pieces) do
			order[#order + 1] = address
		end
		table.sort(order)
		for i, address in ipairs(order) do
			local p = pieces[address]
			lines[i] = ("0x%06x … 0x%06x  %8d reads %8d writes\n"):format(address * piece, address * piece + piece - 1,
				p.reads, p.writes)
		end
		return table.concat(lines) .. ("%d pieces of %d bytes\n"):format(#order, piece)
	end,
}
