-- find-leak: allocations of a call that are never freed, with their sizes and who asked for them
wb.script {
	name = "find-leak",
	summary = "Carry out a call and list the allocations that are not freed",
	doc = [[
Calls of the allocator and of its counterpart are watched: functions of one size and of one address. Where the module
calls them otherwise than malloc and free, name them. The order of asking tells the caller; addresses freed twice, or never
given, are told, too.
]],
	example = "find-leak main() malloc free",
	needs_instance = true,
	args = {
		{ name = "call", help = "F(ARGS), in quotes when there are blanks" },
		{ name = "allocate", optional = true, help = "malloc when left out" },
		{ name = "release", optional = true, help = "free when left out" },
	},
	run = function(args)
		local live, order, sizes, odd, count = {}, 0, {}, {}, 0

		local function on_free(p)
			local at = p.args[1]
			if at == 0 then
				return
			end
			if not live[at] then
				odd[#odd + 1] = ("0x%x was freed, but is not allocated\n"):format(at)
			end
			live[at] = nil
		end
		probe.during(args.call, {
			probe.func(args.allocate or "malloc", function(p) sizes[#sizes + 1] = p.args[1] end, function(p)
				local at, size = p.results[1], table.remove(sizes)
				order, count = order + 1, count + 1
				if at ~= 0 then
					live[at] = { size = size, order = order }
				end
			end),
			probe.func(args.release or "free", on_free),
		})

		local list, bytes = {}, 0
		for at, one in pairs(live) do
			list[#list + 1] = { address = at, size = one.size, order = one.order }
			bytes = bytes + one.size
		end
		table.sort(list, function(a, b) return a.order < b.order end)
		local lines = {}
		for i, one in ipairs(list) do
			lines[i] = ("0x%-8x %8d bytes, allocation %d\n"):format(one.address, one.size, one.order)
		end
		return {
			leaks = list, bytes = bytes, allocations = count,
			text = table.concat(lines) .. table.concat(odd) ..
				("%d of %d allocations not freed, %d bytes\n"):format(#list, count, bytes),
		}
	end,
}
