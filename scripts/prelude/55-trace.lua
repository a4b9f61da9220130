-- trace: recorded events (the trace commands).
local core = ...

trace = {}

-- "call,mem", and conditions as behind `trace on`.
function trace.start(list, filter)
	core.run("trace on " .. list .. (filter and " " .. filter or ""))
end

function trace.stop(list)
	core.run("trace off " .. (list or ""))
end

function trace.clear()
	core.run("trace clear")
end

-- All events that meet the conditions, as a list of tables.
function trace.where(condition)
	return core.run("trace where " .. condition).events
end

-- Every event, or every one that meets the conditions, in order.
function trace.iter(condition)
	local events

	if condition then
		events = trace.where(condition)
	else
		local count = tonumber(core.run("trace").count or 0)
		events = count > 0 and core.run(("trace show %d"):format(count)).events or {}
	end
	local i = 0
	return function()
		i = i + 1
		return events[i]
	end
end

function trace.save(file)
	core.run('trace save "' .. file .. '"')
end
