#!/usr/bin/env python3
"""Threads that take turns: going to steps in any order shows what going there in order does, also from a file."""
import os
import random
import re
import subprocess
import sys
import tempfile

WRENCH = os.path.abspath(os.environ.get("WRENCH", "./wrench"))
GOTOS = 40
PROGRAM = """
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (global $own (mut i32) (i32.const 5))
  (func $step (param $tid i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $tid))))
  (func $pause (param $ns i64)
    (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (local.get $ns))))
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (local $i i32)
    (drop (call $random (i32.add (i32.const 256) (i32.shl (local.get $tid) (i32.const 3))) (i32.const 8)))
    (loop $l
      (call $step (local.get $tid))
      (global.set $own (i32.add (global.get $own) (i32.const 1)))
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 500))) (then (call $pause (i64.const 2000))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $arg))))
    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1))))
  (func $done)
  (func (export "_start") (local $n i32)
    (drop (call $spawn (i32.const 3000)))
    (drop (call $spawn (i32.const 2000)))
    (drop (call $spawn (i32.const 1000)))
    (loop $l
      (local.set $n (i32.atomic.load (i32.const 8)))
      (if (i32.lt_u (local.get $n) (i32.const 3))
        (then (drop (memory.atomic.wait32 (i32.const 8) (local.get $n) (i64.const -1))) (br $l))))
    (call $done)))
"""
LOOKS = ["print mem32[0]", "print mem32[8]", "print mem32[264]", "print global.own", "backtrace", "x/16xw 256",
	"thread apply all backtrace"]


def wrench(folder, *commands):
	words = [w for c in ("set verbose off", *commands) for w in ("-e", c)]
	p = subprocess.run([WRENCH, *words, "p.wat"], cwd=folder, capture_output=True, text=True, timeout=120)
	return p.stdout + p.stderr


def visits(text):
	"""step -> what was shown there"""
	shown, at = {}, None
	for line in text.splitlines():
		if m := re.search(r" step (\d+)  interp$", line):
			at = int(m[1])
			shown[at] = []
		if at is not None and not line.startswith("[Switching"):
			shown[at].append(re.sub(r"^\$\d+ =", "$ =", line))
	return shown


def to(steps):
	return [c for n in steps for c in (f"goto {n}", *LOOKS)]


def main():
	random.seed(7)
	checks = []
	with tempfile.TemporaryDirectory() as folder:
		with open(os.path.join(folder, "p.wat"), "w", encoding="utf-8") as f:
			f.write(PROGRAM)
		wrench(folder, "record on", "run", "record save p.wrr")
		end = int(re.search(r"of (\d+)", wrench(folder, "replay p.wrr", "when"))[1])
		steps = sorted(random.sample(range(end), GOTOS))
		mixed = random.sample(steps, GOTOS)
		forward = visits(wrench(folder, "replay p.wrr", *to(steps)))
		back = visits(wrench(folder, "replay p.wrr", *to(mixed)))
		checks.append(("all steps are reached, in order", len([n for n in steps if n in forward]) == GOTOS))
		checks.append(("and in any order", len([n for n in steps if n in back]) == GOTOS))
		wrong = [n for n in steps if forward.get(n) != back.get(n)]
		checks.append((f"what is there is the same {wrong[:5]}", not wrong))
		live = wrench(folder, "record on", "break done", "run", "delete", *to(mixed), f"goto {end - 100}", *to(steps))
		again = visits(live)
		common = [n for n in steps if n in again]
		checks.append(("a run that is recorded is gone back in, too", len(common) == GOTOS and "error" not in live))
		walk = wrench(folder, "replay p.wrr", f"goto {end // 2}", "rs 50", "step 50", "when")
		checks.append(("50 steps back and 50 forward", f"step {end // 2} of" in walk))
		threads = {line.split()[1] for n in steps for line in forward[n] if line.startswith("thread ")}
		checks.append(("four threads were seen", {"1:", "2:", "3:", "4:"} <= threads))
	for i, (what, ok) in enumerate(checks, 1):
		print(f"{'ok' if ok else 'not ok'} {i} - {what}")
	print(f"1..{len(checks)}")
	return not all(ok for _, ok in checks)


sys.exit(main())
