#!/usr/bin/env python3
"""Check that the interpreter's handlers are what dispatch costs nothing in: x86-64 code in which

  * every function h_…, p_… or g_… can reach an indirect jump (to the next handler) or a jump to another
    function, and
  * no way to an indirect jump sets up a stack frame unless something is called on that way.

The second is what compilers break silently: an escaping address, a call to a function that does not
return or a stack protector gives each execution of the instruction a push and a pop.

	check-handlers.py OBJECT…     one line per bad handler, exit 1; else how many were checked
"""
import re
import subprocess
import sys

# Handlers that only leave the interpreter, and vector ones that work on bytes in memory.
LEAVE = re.compile(r"^[hpg]_(UNREACHABLE|THROW|THROW_REF|RETHROW|EXIT|BREAK|UNREACHED|unsupported)$")
BYTEWISE = re.compile(r"^[hp]_(V128_(LOAD|STORE)(8|16|32|64)_LANE|I8X16_(SHUFFLE|SWIZZLE|RELAXED_SWIZZLE))$")

HANDLER = re.compile(r"^[hpg]_\w+$")
FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{2} )*\s*\t?(?:(?:notrack|bnd|rep|repz) )?(\S+)\s*(.*)$")
FRAME = re.compile(r"^(push\w*) |^(sub|lea)\w* .*,%rsp$")


def functions(path):
	"""name -> [(address, mnemonic, operands)] of every handler in an object file"""
	text = subprocess.run(["objdump", "-d", "-r", "--no-show-raw-insn", path], check=True, capture_output=True,
		text=True).stdout
	found, name = {}, None
	for line in text.splitlines():
		if m := FUNCTION.match(line):
			name = m[1]
			if HANDLER.match(name):
				found[name] = []
		elif name in found and (m := INSTRUCTION.match(line)):
			found[name].append([int(m[1], 16), m[2], m[3], False])
		elif name in found and "R_X86_64" in line and found[name]:
			found[name][-1][3] = True
	return found


def target(operands, at, relocated):
	"""index of the instruction that a direct jump goes to, None when it leaves the function"""
	m = re.match(r"([0-9a-f]+)\b", operands)
	return None if relocated or not m else at.get(int(m[1], 16))


def fault(code):
	"""why a handler is not as it should be, or an empty string"""
	at = {ins[0]: i for i, ins in enumerate(code)}
	seen, work, leaves = set(), [(0, False, False)], False
	while work:
		i, frame, called = work.pop()
		if i is None or i >= len(code) or (i, frame, called) in seen:
			continue
		seen.add((i, frame, called))
		_, op, operands, relocated = code[i]
		frame = frame or bool(FRAME.match(op + " " + operands))
		called = called or op.startswith("call")
		if op.startswith("jmp") and operands.startswith("*"):
			leaves = True
			if frame and not called:
				return "a stack frame on the way to the next handler, and nothing is called there"
		elif op.startswith("j"):
			to = target(operands, at, relocated)
			leaves = leaves or to is None
			work.append((to, frame, called))
			if not op.startswith("jmp"):
				work.append((i + 1, frame, called))
		elif not op.startswith(("ret", "ud2", "hlt")):
			work.append((i + 1, frame, called))
	return "" if leaves else "no way leads to another handler by a jump"


def main():
	checked = bad = 0
	for path in sys.argv[1:]:
		for name, code in functions(path).items():
			if LEAVE.match(name) or BYTEWISE.match(name):
				continue
			checked += 1
			if why := fault(code):
				bad += 1
				print(f"{path}: {name}: {why}")
	print(f"{checked} handlers checked, {bad} bad")
	sys.exit(bad > 0 or checked == 0)


main()
