#!/usr/bin/env python3
"""What is told of calls does not depend on which bodies run: the same events with calls alone (fast bodies) and with every
branch as well (plain bodies), the same profile of functions with and without lines."""
import glob
import json
import os
import subprocess
import tempfile

WRENCH = os.environ["WRENCH"]
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = [p for name in ("s_cpp", "s_exit", "s_simd", "s_trapoob")
	for p in glob.glob(os.path.join(TOP, "..", "shared", "programs", "wasm", name + ".wasm"))]
OWN = """(module
  (tag $e (param i32))
  (func $even (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1)))) (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
  (func $odd (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0)))) (return_call $even (i32.sub (local.get 0) (i32.const 1))))
  (func $deep (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 5))))
    (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (func $two (result i64 v128) (i64.const 7) (v128.const i32x4 1 2 3 4))
  (func (export "_start")
    (drop (call $even (i32.const 9)))
    (block $h (result i32) (try_table (catch $e $h) (call $deep (i32.const 4))) (i32.const 0)) drop
    (call $two) drop drop
    (call $deep (i32.const -1))
    (unreachable)))
"""


def calls(kinds, path):
	with tempfile.NamedTemporaryFile(suffix=".jsonl") as f:
		subprocess.run([WRENCH, "run", f"--trace={kinds}", "--max-stack", "64K", "--trace-out", f.name, path],
			capture_output=True, stdin=subprocess.DEVNULL)
		events = [json.loads(line) for line in open(f.name)]
	return [e for e in events if e["event"] in ("call", "tail", "return", "unwind")]


def profile(option, path):
	p = subprocess.run([WRENCH, "--json", "-e", option, "-e", "run", "-e", "profile", path], capture_output=True, text=True,
		stdin=subprocess.DEVNULL)
	result = json.loads(p.stdout.splitlines()[2]).get("result", {})
	return [(f["function"], f["self"], f["total"], f["calls"]) for f in result.get("functions", [])]


tests = []
with tempfile.TemporaryDirectory() as folder:
	own = os.path.join(folder, "own.wat")
	with open(own, "w") as f:
		f.write(OWN)
	for path in [own, *PROGRAMS]:
		name = os.path.basename(path)
		fast, plain = calls("call", path), calls("call,branch", path)
		tests.append((len(fast) > 3 and fast == plain, f"{name}: {len(fast)} events of calls"))
		functions, lines = profile("profile on functions", path), profile("profile on", path)
		tests.append((len(functions) > 1 and functions == lines, f"{name}: a profile of {len(functions)} functions"))

print(f"1..{len(tests)}")
for i, (ok, name) in enumerate(tests, 1):
	print(f"{'ok' if ok else 'not ok'} {i} - {name}")
