#!/usr/bin/env python3
"""What compiled code does not do by itself: for every instruction of engine/ops.def that has a signature, on a guarded memory 0 and on
another one, `jit why` is asked. None may be left to the interpreter, and only those of docs/jit.md call a helper."""
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
WRENCH = os.environ.get("WRENCH") or os.path.join(ROOT, "wrench")
TYPES = {"i": "i32", "I": "i64", "f": "f32", "d": "f64", "v": "v128"}
LITERALS = {"i32.const": " 1", "i64.const": " 1", "f32.const": " 1", "f64.const": " 1", "v128.const": " i64x2 1 2"}
# without fused multiplication there is no code for these
FUSED = ("f32x4.relaxed_madd", "f32x4.relaxed_nmadd", "f64x2.relaxed_madd", "f64x2.relaxed_nmadd")
FEW = platform.machine() == "x86_64" and " fma " not in open("/proc/cpuinfo", encoding="utf-8").read()
# instructions whose rows have no signature, with operands from a module that has what they name; in a block, and dropped
OTHERS = """
drop memory.size
drop memory.grow (i32.const 0)
memory.fill (i32.const 0) (i32.const 0) (i32.const 0)
memory.copy (i32.const 0) (i32.const 0) (i32.const 0)
memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)
data.drop $d
drop table.get $t (i32.const 0)
table.set $t (i32.const 0) (ref.null func)
drop table.size $t
drop table.grow $t (ref.null func) (i32.const 0)
table.fill $t (i32.const 0) (ref.null func) (i32.const 0)
table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0)
table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)
elem.drop $e
drop ref.null any
drop ref.is_null (local.get $s)
drop ref.func $f
drop ref.eq (local.get $s) (local.get $a)
drop ref.as_non_null (local.get $s)
drop struct.new $s (i32.const 1) (f64.const 1) (local.get $s) (i32.const 1)
drop struct.new_default $s
drop struct.get $s 1 (local.get $s)
drop struct.get_s $s 0 (local.get $s)
drop struct.get_u $s 0 (local.get $s)
struct.set $s 2 (local.get $s) (local.get $s)
drop array.new $a (i32.const 1) (i32.const 1)
drop array.new_default $a (i32.const 1)
drop array.new_fixed $a 2 (i32.const 1) (i32.const 1)
drop array.new_data $a $d (i32.const 0) (i32.const 0)
drop array.new_elem $r $e (i32.const 0) (i32.const 0)
drop array.get $r (local.get $r) (i32.const 0)
drop array.get_s $a (local.get $a) (i32.const 0)
drop array.get_u $a (local.get $a) (i32.const 0)
array.set $a (local.get $a) (i32.const 0) (i32.const 0)
drop array.len (local.get $a)
array.fill $a (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0)
array.copy $a $a (local.get $a) (i32.const 0) (local.get $a) (i32.const 0) (i32.const 0)
array.init_data $a $d (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0)
array.init_elem $r $e (local.get $r) (i32.const 0) (i32.const 0) (i32.const 0)
drop ref.test (ref $s) (local.get $x)
drop ref.cast (ref null $s) (local.get $x)
drop any.convert_extern (ref.null extern)
drop extern.convert_any (local.get $x)
drop ref.i31 (i32.const 1)
drop i31.get_s (ref.i31 (i32.const 1))
drop i31.get_u (ref.i31 (i32.const 1))
drop block (result anyref) br_on_cast 0 anyref (ref $s) (local.get $x)
drop block (result anyref) br_on_cast_fail 0 anyref (ref $s) (local.get $x)
drop global.get $g
global.set $g (i32.const 1)
drop select (i32.const 1) (i32.const 2) (i32.const 3)
"""
BODIES = {}
for text in OTHERS.strip().splitlines():
	dropped, in_block, name, operands = re.fullmatch(r"(drop )?(block \(result anyref\) )?(\S+)(.*)", text).groups()
	body = f"({name}{operands})"
	if in_block:
		body = f"({in_block}{body})"
	BODIES[name] = f"(drop {body})" if dropped else body
MODULE = """(module
  (type $s (sub (struct (field (mut i8)) (field (mut f64)) (field (mut (ref null $s))) (field (mut i32)))))
  (type $a (array (mut i8))) (type $r (array (mut funcref)))
  (memory %s) (memory 1) (table $t 4 funcref) (global $g (mut i32) (i32.const 0))
  (data $d "") (elem $e func $f) (func $f) (elem declare func $f)
"""


def rows():
	for line in open(os.path.join(ROOT, "engine", "ops.def"), encoding="utf-8"):
		m = re.match(r'OP\(\w+, *0x\w+, 0x\w+, *"([^"]+)", *(\w+), *"([^"]*)"', line)
		if m:
			yield m.groups()


def function(text, imm, sig, memory):
	"""One that does just this, to its parameters."""
	pops, pushes = sig.split(":")
	params = [TYPES.get(c, "i32") for c in pops]
	extra = LITERALS.get(text, "")
	if imm in ("MEMARG", "MEMARG_LANE") and memory:
		extra += " 1"
	if imm in ("LANE", "MEMARG_LANE"):
		extra += " 0"
	if imm == "SHUFFLE":
		extra += "".join(f" {n}" for n in range(16))
	gets = " ".join(f"(local.get {n})" for n in range(len(params)))
	return f'  (func (export "{text}") (param {" ".join(params)}) (result {" ".join(TYPES.get(c, "i32") for c in pushes)}) {gets} {text}{extra})\n'


def ask(names, source):
	"""For each function: how often it calls helpers, and how."""
	with tempfile.NamedTemporaryFile("w", suffix=".wat", delete=False) as f:
		f.write(source)
	args = [WRENCH, "--json"]
	for n in range(len(names)):
		args += ["-e", f"jit why i:{n + 1}.0"]
	run = subprocess.run(args + [f.name], capture_output=True, text=True)
	os.unlink(f.name)
	answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
	answers = [a["result"] for a in answers if "helpers" in a.get("result", {})]
	if len(answers) != len(names):
		print("#", run.stderr[:2000], run.stdout[-500:])
	return {name: {h["how"] for h in a["helpers"]} for name, a in zip(names, answers)}


def documented():
	"""The tables of docs/jit.md: instructions that call a helper, always and seldom."""
	text = open(os.path.join(ROOT, "docs", "jit.md"), encoding="utf-8").read()
	found = {}
	for how in ("helper", "seldom"):
		row = re.search(rf"^\| {how} \| (.*?) \|", text, re.M)
		for name in re.findall(r"`([^`]+)`", row.group(1)) if row else ():
			found[name] = how
	return found


done = bad = 0


def check(ok, what, notes=()):
	global done, bad
	done += 1
	bad += not ok
	print(f"{'ok' if ok else 'not ok'} {done} - {what}")
	for note in notes if not ok else ():
		print("#", note)


wanted = documented()
asked = {}
simple = [(t, i, s) for t, i, s in rows() if s != "*" and t not in BODIES]
for memory, limits in ((0, "1"), (1, "1"), (0, "i64 1")):
	names = [t for t, i, s in simple]
	source = MODULE % limits
	for text, imm, sig in simple:
		source += function(text, imm, sig.replace("a", "I") if "i64" in limits else sig, memory)
	how = ask(names, source + ")")
	asked.update(how)
	thunks = [n for n in names if "thunk" in how.get(n, {"thunk"}) and not (n in FUSED and FEW)]
	check(not thunks, f"every instruction with a signature has code of its own: memory {memory} of {limits}", thunks)
source = MODULE % "1"
for name in BODIES:
	source += f'  (func (param $s (ref null $s)) (param $a (ref null $a)) (param $r (ref null $r)) (param $x anyref) {BODIES[name]})\n'
how = ask(list(BODIES), source + ")")
asked.update(how)
check(all("thunk" not in how.get(n, {"thunk"}) for n in BODIES), "and so have the others", [n for n in BODIES if "thunk" in how.get(n, {"thunk"})])
got = {name: next(iter(h)) for name, h in asked.items() if h and h != {"thunk"}}
check(got == wanted, "docs/jit.md says which of them call a helper",
	[f"{n}: {got.get(n)}, documented: {wanted.get(n)}" for n in sorted(set(got) | set(wanted)) if got.get(n) != wanted.get(n)])
print(f"1..{done}")
sys.exit(bad > 0)
