-- What scripts share that watch one call.

-- Carry out CALL, a line, while the probes IDS are there: they go in any case, and an error of the call is raised.
function probe.during(call, ids)
	local ok, e = pcall(wb.show, call)

	for _, id in ipairs(ids) do
		probe.remove(id)
	end
	if not ok then
		error(e, 0)
	end
end

-- Carry out CALL and be told of every function that the current module defines: WATCH(fn) gives what probe.func() takes, a
-- function for each call and one for each return.
function wb.watch_call(call, watch)
	local ids = {}

	for _, f in ipairs(mod.funcs) do
		if not f.imported then
			ids[#ids + 1] = probe.func(f, watch(f))
		end
	end
	probe.during(call, ids)
end
