#!/usr/bin/env python3
"""--fuel N lets exactly N Wasm instructions execute, in fused code as in plain, in functions and start functions."""
import os
import subprocess
import tempfile

WRENCH = os.environ["WRENCH"]
MODULE = """(module
  (memory (export "memory") 1)
  (func (export "count") (param $n i32) (result i32) (local $i i32)
    (loop
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $i)))
      (br_if 0 (i32.lt_u (local.get $i) (local.get $n))))
    (i32.load (i32.const 0)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "table") (param i32) (result i32)
    (block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20)))
    (i32.const 30)))
"""
COST = {        # instructions: counted by hand; `end` and `else` are not executed
	("count", "1"): 1 + 14 + 2, ("count", "7"): 1 + 7 * 14 + 2,
	("down", "0"): 3, ("down", "1"): 3 + 8, ("down", "5"): 3 + 5 * 8,
	("table", "0"): 7, ("table", "1"): 7, ("table", "2"): 6,
}


def run(*arguments):
	p = subprocess.run([WRENCH, "run", *arguments], capture_output=True, text=True)
	return p.returncode, p.stdout.strip(), p.stderr


tests = []
with tempfile.TemporaryDirectory() as folder:
	path = os.path.join(folder, "m.wat")
	with open(path, "w") as f:
		f.write(MODULE)
	for (name, arg), cost in COST.items():
		for more in [], ["--no-fuse"]:
			free = run(*more, path, "--invoke", name, arg)
			enough = run(*more, "--fuel", str(cost), path, "--invoke", name, arg)
			less = run(*more, "--fuel", str(cost - 1), path, "--invoke", name, arg)
			ok = free[0] == 0 and enough == free and less[0] == 134 and "out of fuel" in less[2]
			tests.append((ok, f"{name} {arg} takes {cost} instructions {' '.join(more)}".strip(), (enough, less)))
	start = os.path.join(folder, "start.wat")
	with open(start, "w") as f:
		f.write("(module (func $s nop nop nop) (start $s) (func (export \"_start\") nop nop))\n")
	for fuel, status in (5, 0), (4, 134), (3, 134), (2, 134):
		got = run("--fuel", str(fuel), start)
		tests.append((got[0] == status, f"a start function of 3 and _start of 2: --fuel {fuel} gives {status}", got))

print(f"1..{len(tests)}")
for i, (ok, name, why) in enumerate(tests, 1):
	print(f"{'ok' if ok else 'not ok'} {i} - {name}")
	if not ok:
		print(f"# {why}")
