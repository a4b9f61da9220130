-- cmp: comparing tiers, by the commands of the same names. Tables in the shapes of JSON come back.
local core = ...

cmp = {}

-- Two tiers and a call, "fac(5)".
for _, name in ipairs { "lockstep", "compare", "bisect" } do
	if core.has(name) then
		cmp[name] = function(a, b, call)
			return (core.run(("%s %s %s %s"):format(name, a, b, call)))
		end
	end
end

function cmp.reduce()
	return (core.run("reduce"))
end

function cmp.write(file)
	return (core.run('repro write "' .. file .. '"'))
end
