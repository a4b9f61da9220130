-- cmp: comparing tiers, by the commands of the same names. Tables in the shapes of JSON come back.
local core = ...

cmp = {}

local function run(line)
	local tree, e = core.cmd(line)

	if not tree then
		core.fail(e)
	end
	return tree
end

-- Two tiers and a call, "fac(5)".
for _, name in ipairs { "lockstep", "compare", "bisect" } do
	if core.has(name) then
		cmp[name] = function(a, b, call)
			return run(("%s %s %s %s"):format(name, a, b, call))
		end
	end
end

function cmp.reduce()
	return run("reduce")
end

function cmp.write(file)
	return run('repro write "' .. file .. '"')
end
