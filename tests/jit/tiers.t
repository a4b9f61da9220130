#!/usr/bin/env python3
"""The specification's scripts (tests/spec) once more in every way that compiled code comes in: all of it, what is called once,
with frames thrown out of it at random, and with a collection at each allocation."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.path.join(HERE, "..", "spec", "spec.t")
WAYS = (
	("all functions compiled", "--tier baseline"),
	("compiled at the second call or turn", "--tier auto --tier-threshold 1"),
	("frames change tiers at random", "--tier baseline --random-tier 7"),
	("with collections everywhere", "--tier baseline --gc-stress"),
	("memories with checks", "--tier baseline --bounds explicit"),
)

print(f"1..{len(WAYS)}")
bad = 0
for n, (what, args) in enumerate(WAYS, 1):
	run = subprocess.run([sys.executable, SPEC], env={**os.environ, "SPEC_ARGS": args}, capture_output=True, text=True)
	wrong = [line for line in run.stdout.splitlines() if line.startswith("not ok")]
	ok = run.returncode == 0 and not wrong and "ok 1" in run.stdout
	bad += not ok
	print(f"{'ok' if ok else 'not ok'} {n} - {what}: {args}")
	for line in wrong[:20]:
		print("#", line)
sys.exit(bad > 0)
