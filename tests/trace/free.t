#!/usr/bin/env python3
"""Tracing, monitors and profiles cost nothing while they are off: the machine executes as many instructions for the guest when
everything was on and off again as when nothing was ever asked for; and tracing calls of one function leaves the others alone.

Counted by callgrind, as the growth from a small call to a larger one, so that starting does not matter."""
import os
import re
import shutil
import subprocess
import tempfile

WRENCH = os.environ["WRENCH"]
MODULE = """(module
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $other (export "other") (result i32) (i32.const 1)))
"""
SMALL, LARGE = 12, 21
NOISE = 0.004           # of the growth: what addresses that differ from run to run change


def counted(program, commands, n, path):
	"""instructions of the machine for the whole program"""
	arguments = [a for c in [*commands, f"fib({n})"] for a in ("-e", c)]
	p = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, *arguments, path],
		capture_output=True, text=True)
	found = re.search(r"Collected : (\d+)", p.stderr)
	return int(found[1]) if found and p.returncode == 0 else None


def growth(program, commands, path):
	small, large = (counted(program, commands, n, path) for n in (SMALL, LARGE))
	return large - small if small and large else None


if not shutil.which("valgrind") or os.environ.get("RUNNER"):
	print("1..0 # SKIP no valgrind here")
	raise SystemExit
with tempfile.TemporaryDirectory() as folder:
	path, program = os.path.join(folder, "fib.wat"), os.path.join(folder, "wrench")
	with open(path, "w") as f:
		f.write(MODULE)
	# older valgrinds cannot read the debugging information of newer compilers
	if subprocess.run(["strip", "--strip-debug", "-o", program, WRENCH]).returncode != 0:
		shutil.copy(WRENCH, program)
	plain = growth(program, [], path)
	if plain is None:
		print("1..0 # SKIP valgrind cannot run this program")
		raise SystemExit
	ways = {
		"after trace on all, trace off": ["trace on all", "fib(3)", "trace off"],
		"after every monitor": [f"monitor {m} {w}" for m in ("calls", "hot", "memory", "alloc") for w in ("on", "off")],
		"after a profile": ["profile on", "fib(3)", "profile off"],
		"while calls of another function are traced": ["trace on call $other"],
	}
	print(f"1..{len(ways) + 1}")
	for i, (name, commands) in enumerate(ways.items(), 1):
		found = growth(program, commands, path)
		ok = found is not None and abs(found - plain) <= NOISE * plain
		print(f"{'ok' if ok else 'not ok'} {i} - {name}: as many instructions as without")
		if not ok:
			print(f"# {found}, without {plain}")
	traced = growth(program, ["trace on call"], path)
	ok = traced is not None and traced > 1.5 * plain
	print(f"{'ok' if ok else 'not ok'} {len(ways) + 1} - while calls are traced, more")
