-- jit: what the baseline compiler makes of functions and of lines of register IR.
local core = ...

jit = {}

-- What `dump asm` prints. f: a function or its name; machine: "x86-64" or "arm64".
function jit.dump(f, machine)
	local ref = type(f) == "string" and f or f.ref
	local _, text = core.run("dump asm " .. ref .. (machine and " on " .. machine or ""))

	return text
end

-- One line of register IR on both machines: a list of instructions for each.
function jit.print(line)
	return (core.run("jit print " .. line))
end
