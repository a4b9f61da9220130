#!/usr/bin/env python3
"""Stepped in compiled code, by machine instructions, a program passes through states that it has when it is stepped by Wasm
instructions: same step, place, locals, operands, frames. Checked wherever a register-IR instruction begins."""
import json
import os
import platform
import subprocess
import tempfile

WRENCH = os.environ["WRENCH"]

MODULE = r"""
(module
  (memory 1)
  (table funcref (elem $sum $fib))
  (tag $e (param i32))
  (global $g (mut i64) (i64.const 3))
  (type $t (func (param i32) (result i32)))
  (type $p (struct (field (mut i32)) (field f64)))
  (func $sum (export "sum") (type $t) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get 0)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $s))
  (func $fib (export "fib") (type $t)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
     (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $while (export "while") (param $n i32) (result i32) (local $i i32) (local $j i32)
    (block $out
      (loop $top
        (br_if $out (i32.ge_s (local.get $i) (local.get $n)))
        (local.set $j (i32.const 0))
        (block $done
          (loop $in
            (br_if $done (i32.ge_s (local.get $j) (local.get $i)))
            (i32.store8 (i32.add (local.get $j) (local.get $i)) (i32.mul (local.get $j) (i32.const 3)))
            (local.set $j (i32.add (local.get $j) (i32.const 1)))
            (br $in)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $top)))
    (i32.load8_u (i32.const 2)))
  (func $floats (export "floats") (param $x f64) (result f64) (local $y f64) (local $v v128)
    (local.set $y (f64.mul (local.get $x) (f64.const 1.5)))
    (local.set $v (f64x2.splat (f64.add (local.get $y) (local.get $x))))
    (if (f64.gt (local.get $y) (f64.const 1)) (then (local.set $y (f64.sqrt (local.get $y)))))
    (f64.add (f64x2.extract_lane 1 (f64x2.add (local.get $v) (local.get $v))) (f64.convert_i64_s (global.get $g))))
  (func $indirect (export "indirect") (param $i i32) (result i32)
    (call_indirect (type $t) (i32.const 3) (local.get $i)))
  (func $tail (export "tail") (type $t) (return_call $sum (local.get 0)))
  (func $switch (export "switch") (param $i i32) (result i32)
    (block $c (block $b (block $a (br_table $a $b $c (local.get $i))) (return (i32.const 10))) (return (i32.const 20)))
    (i32.const 30))
  (func $throws (param i32) (throw $e (local.get 0)))
  (func $catches (export "catches") (param $i i32) (result i32)
    (block $h (result i32) (try_table (result i32) (catch $e $h) (call $throws (local.get $i)) (i32.const 0))))
  (func $objects (export "objects") (param $n i32) (result i32) (local $r (ref null $p))
    (loop $l
      (local.set $r (struct.new $p (local.get $n) (f64.const 2)))
      (struct.set $p 0 (local.get $r) (i32.add (struct.get $p 0 (local.get $r)) (i32.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (struct.get $p 0 (local.get $r)))
  (func $bulk (export "bulk") (param $n i32) (result i32)
    (memory.fill (i32.const 8) (local.get $n) (i32.const 100))
    (drop (memory.grow (i32.const 1)))
    (global.set $g (i64.div_s (i64.const 100) (i64.extend_i32_s (local.get $n))))
    (i32.load (i32.add (i32.const 65530) (local.get $n)))))
"""
CALLS = ["sum(4)", "fib(5)", "while(4)", "floats(2.5)", "indirect(0)", "indirect(1)", "indirect(2)", "indirect(9)", "tail(3)",
	"switch(0)", "switch(1)", "switch(7)", "catches(7)", "objects(3)", "bulk(3)", "bulk(0)", "bulk(-1)"]
ENDS = ("finished", "trap", "exception", "exited")


class Session:
	def __init__(self, module, options):
		self.p = subprocess.Popen([WRENCH, "--json", *options, module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			stderr=subprocess.DEVNULL, text=True)

	def ask(self, command):
		self.p.stdin.write(command + "\n")
		self.p.stdin.flush()
		return json.loads(self.p.stdout.readline())

	def state(self, stop):
		frames = [(f.get("index"), f["offset"]) for f in self.ask("backtrace")["result"]["frames"]]
		return [stop["step"], stop["index"], stop["offset"], self.ask("info locals")["result"], self.ask("info stack")["result"], frames]

	def close(self):
		self.p.stdin.close()
		self.p.wait()
		self.p.stdout.close()


def states(module, options, call, step, limit):
	"""By step: the state; and how the call ended. In between of register-IR instructions nothing is looked at."""
	s = Session(module, options)
	found, end, native = {}, None, 0
	answer = s.ask("start " + call)
	for _ in range(limit):
		if not answer["ok"]:
			end = answer["error"]["message"]
			break
		stop = answer["result"]["stop"]
		if stop["reason"] in ENDS:
			end = [stop["reason"], answer["result"].get("results"), stop.get("trap")]
			break
		where = stop.get("native", {})
		native += "native" in stop
		# 'end' is an instruction that steps pass
		if not where.get("between") and not stop.get("text", "").startswith("end"):
			found[stop["step"]] = s.state(stop)
		answer = s.ask(step)
	s.close()
	return found, end, native


def compare(module, options, call):
	one, one_end, _ = states(module, options, call, "stepi", 2000)
	other, other_end, native = states(module, options, call, "stepn", 6000)
	if one_end != other_end:
		return f"ends: {one_end}, {other_end}"
	if native < 3:
		return f"{native} stops in compiled code"
	for step, state in other.items():
		if one.get(step) != state:
			return f"step {step}: {one.get(step)} is {state} in compiled code"
	return None


def leaving(module, options, call):
	"""From every instruction of compiled code the call can go on in other ways, to the same end."""
	ends = set()
	for n in range(1, 40):
		for how in ("continue", "stepi 500", "stepr 500"):
			s = Session(module, options)
			s.ask("start " + call)
			answer = s.ask(f"stepn {n}")
			if answer["ok"] and answer["result"]["stop"]["reason"] not in ENDS:
				answer = s.ask(how)
			ends.add(json.dumps([answer["result"]["stop"]["reason"], answer["result"].get("results")]))
			s.close()
	return None if len(ends) == 1 else f"ends: {ends}"


def main():
	if platform.machine() != "x86_64":
		print("1..0 # SKIP no trap flag on this machine")
		return
	count = 0
	with tempfile.TemporaryDirectory() as folder:
		module = os.path.join(folder, "m.wat")
		with open(module, "w") as f:
			f.write(MODULE)
		for options in ([], ["--no-fuse"], ["--tier", "baseline"]):
			for call in CALLS:
				why = compare(module, options, call)
				count += 1
				print(f"{'not ok' if why else 'ok'} {count} - {' '.join(options)} {call}: states are those of Wasm steps")
				if why:
					print("# " + why)
		for call in ("sum(3)", "while(2)", "catches(7)"):
			why = leaving(module, [], call)
			count += 1
			print(f"{'not ok' if why else 'ok'} {count} - {call}: left from every instruction, it ends as always")
			if why:
				print("# " + why)
	print(f"1..{count}")


main()
