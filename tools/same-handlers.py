#!/usr/bin/env python3
"""Check that the handlers of fast bodies are the same machine code in several programs, say with and without the debugger.

Compared are the instructions of every function h_…, and the bytes of each instruction except those that say where something
lies: targets of jumps and calls and addresses of data are compared by name.

	same-handlers.py PROGRAM PROGRAM…     one line per handler that differs, exit 1; else how many are the same
"""
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(h_\w+)>:$")
OTHER = re.compile(r"^[0-9a-f]+ <.*>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t((?:[0-9a-f]{2,8} )+)\s*\t(.*)$")
TARGET = re.compile(r"(?:\b[0-9a-f]+ )?<([^>]+)>")
NAMED = re.compile(r"-?0x[0-9a-f]+(?=\(%rip\))|# [0-9a-f]+")
NUMBER = re.compile(r"(?<![0-9a-z])0x([0-9a-f]+)")


def output(*command):
	return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def image(path):
	"""first and last address of a program"""
	spans = [(int(w[2], 16), int(w[5], 16)) for line in output("readelf", "-lW", path).splitlines()
		if (w := line.split())[:1] == ["LOAD"]]
	return min(a for a, _ in spans), max(a + n for a, n in spans)


def code(path):
	"""handler -> its instructions, each as bytes if no address is in it, else as text without addresses"""
	low, high = image(path)
	found, name = {}, None

	def address(m):
		return "ADDRESS" if low <= int(m[1], 16) < high else m[0]

	for line in output("objdump", "-dw", path).splitlines():
		if m := FUNCTION.match(line):
			name = m[1]
			found[name] = []
		elif OTHER.match(line):
			name = None
		elif name and (m := INSTRUCTION.match(line)):
			text = re.sub(r"\s+", " ", m[2].strip())
			if not text.startswith(("nop", "data16", "cs nop", "xchg %ax,%ax")):    # what fills the gap to the next one
				plain = NUMBER.sub(address, NAMED.sub("", TARGET.sub(r"<\1>", text)))
				found[name].append(m[1].strip() if plain == text else re.sub(r"<(?!h_)[^>]*>", "<>", plain))
	return found


def main():
	programs = [code(path) for path in sys.argv[1:]]
	names = set().union(*programs)
	bad = [n for n in sorted(names) if any(p.get(n) != programs[0].get(n) for p in programs)]
	for n in bad:
		print(f"{n}: differs, or is not there")
	size = sum(len(programs[0].get(n, [])) for n in names)
	print(f"{len(names)} handlers, {size} instructions compared in {len(programs)} programs, {len(bad)} differ")
	sys.exit(bool(bad) or len(names) < 100 or len(programs) < 2)


main()
