#!/usr/bin/env python3
"""make bench: what Wrench costs, as ratios within this one run (absolute times do not travel).

	bench.py [start] [load] [base] [scaled]      none given: all

  start    a trivial module over an empty C program, and its peak memory
  load     a module of several MB: checking, binary to register IR, text to binary
  base     the programs of ../shared/bench; beside each peer that is on PATH (wasmtime, wazero, wasm3)
  scaled   the same for about a second each; the geometric mean to the first peer comes last

Each row shows a goal where there is one. Results are compared with what they should be; a wrong one is
shown and makes the exit status 1.
"""
import math
import os
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
WRENCH = os.path.abspath(os.environ.get("WRENCH", os.path.join(TOP, "wrench")))
BENCH = os.path.join(os.path.dirname(TOP), "shared", "bench")
PEERS = {
	"wasmtime": (["wasmtime", "run", "-C", "cache=n"], lambda f, a: ["--invoke", a[0], f, *a[1:]]),
	"wazero": (["wazero", "run", "-interpreter"], None),
	"wasm3": (["wasm3"], lambda f, a: ["--func", a[0], f, *a[1:]]),
}


class Bench:
	def __init__(self, folder):
		self.folder, self.wrong = folder, 0
		self.measure = self.compile(os.path.join(TOP, "tests/bench/measure.c"), "measure")
		empty = os.path.join(folder, "empty.c")
		self.write(empty, "int main(void) { return 0; }\n")
		self.empty = self.compile(empty, "empty")

	def write(self, path, text):
		with open(path, "w") as f:
			f.write(text)

	def compile(self, source, name):
		out = os.path.join(self.folder, name)
		subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", out, source], check=True)
		return out

	def cost(self, runs, command):
		"""(wall seconds, CPU seconds, KiB, what it printed) or None when it failed"""
		p = subprocess.run([self.measure, str(runs), *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
		if p.returncode != 0:
			return None
		wall, cpu, kib = map(int, p.stdout.split())
		return wall / 1e6, cpu / 1e6, kib, p.stderr

	def must(self, runs, command):
		c = self.cost(runs, command)
		if c is None:
			sys.exit(f"bench.py: failed: {' '.join(command)}")
		return c


def start(b):
	module = os.path.join(b.folder, "trivial.wasm")
	b.write(module[:-2] + "t", '(module (memory (export "memory") 1) (func (export "_start")))\n')
	b.must(1, [WRENCH, "wasm", module[:-2] + "t", "-o", module])
	empty, wrench = b.must(300, [b.empty]), b.must(300, [WRENCH, "run", module])
	print("start-up of a trivial module")
	print(f"  over an empty program   {(wrench[0] - empty[0]) * 1e3:8.2f} ms   goal 1.5   (empty {empty[0] * 1e3:.2f}, wrench {wrench[0] * 1e3:.2f})")
	print(f"  peak memory             {wrench[2] / 1024:8.1f} MB   goal 6.0   (empty {empty[2] / 1024:.1f})")


def big_module():
	"""text of a module whose binary has several MB: loops, branches, memory, calls, constants of all sizes"""
	body = """(func $f{n} (param $a i32) (param $b i64) (result i32) (local $i i32) (local $s i64)
  (local.set $i (i32.const {k}))
  (block $out (loop $next
    (br_if $out (i32.ge_u (local.get $i) (i32.add (local.get $a) (i32.const {n}))))
    (local.set $s (i64.add (local.get $s) (i64.mul (local.get $b) (i64.extend_i32_u (local.get $i)))))
    (i32.store offset={o} (i32.and (local.get $i) (i32.const 65532)) (i32.wrap_i64 (local.get $s)))
    (if (i32.lt_s (local.get $i) (i32.load offset=16 (i32.const {o})))
      (then (local.set $a (i32.xor (local.get $a) (i32.shl (local.get $i) (i32.const 3)))))
      (else (local.set $b (i64.rotl (local.get $b) (i64.const {k})))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $next)))
  (f64.store offset=8 (i32.const {o}) (f64.mul (f64.const {k}.5) (f64.convert_i64_s (local.get $s))))
  (i32.add (call $f{m} (local.get $a) (local.get $s)) (i32.trunc_sat_f64_s (f64.load (i32.const {o})))))
"""
	count = 30000
	return ("(module (memory 2)\n" + "".join(
		body.format(n=n, m=n // 2, k=n * 7919 % 100000, o=n % 1000 * 8) for n in range(count)) + ")\n")


def load(b):
	text, module = os.path.join(b.folder, "big.wat"), os.path.join(b.folder, "big.wasm")
	b.write(text, big_module())
	base = b.must(50, [WRENCH, "version"])[1]
	encode = b.must(3, [WRENCH, "wasm", text, "-o", module])[1] - base
	check = b.must(5, [WRENCH, "validate", module])[1] - base
	translate = b.must(5, [WRENCH, "validate", "--eager", module])[1] - base
	size, chars = os.path.getsize(module) / 1e6, os.path.getsize(text) / 1e6
	print(f"a module of {size:.1f} MB, {chars:.0f} MB as text")
	print(f"  checking                {size / check:8.0f} MB/s goal 150")
	print(f"  binary to register IR   {size / translate:8.0f} MB/s goal 100")
	print(f"  text to binary          {chars / encode:8.0f} MB/s goal 60")


def arguments(row):
	return row["invocation"].split()[1:] if row["kind"] == "invoke" else None


def right(row, printed):
	if row["kind"] == "invoke":
		return printed.split()[-1:] == [row["expected"]]
	return any(f"returned{c} {row['expected']}" in printed for c in (":", ""))


def rows_of(name):
	with open(os.path.join(BENCH, "benchmarks.tsv")) as f:
		head, *lines = [line.rstrip("\n").split("\t") for line in f]
	return [r for r in (dict(zip(head, line)) for line in lines) if r["set"] == name]


def programs(b, name):
	if not os.path.isdir(BENCH):
		print(f"{name}: no ../shared/bench here")
		return
	peers = [p for p in PEERS if any(os.access(os.path.join(d, p), os.X_OK) for d in os.environ["PATH"].split(":"))]
	runs, ratios = (3 if name == "base" else 1), {p: [] for p in peers}
	print(f"{name + ' set':<18}{'CPU s':>8}{'ns/op':>8}" + "".join(f"{'to ' + p:>14}" for p in peers))
	for row in rows_of(name):
		file, args = os.path.join(BENCH, row["file"]), arguments(row)
		ours = b.cost(runs, [WRENCH, "run", file] + (["--invoke", *args] if args else []))
		if ours is None or not right(row, ours[3]):
			b.wrong += 1
			print(f"{row['name']:<18} WRONG: {ours and ours[3].strip()[-60:]}, expected {row['expected']}")
			continue
		line = f"{row['name']:<18}{ours[1]:>8.3f}{ours[1] * 1e9 / float(row['dynamic_wasm_ops']):>8.2f}"
		for p in peers:
			ratio = peer_ratio(b, p, runs, file, args, ours[1])
			if ratio:
				ratios[p].append(ratio)
			line += f"{ratio:>14.2f}" if ratio else f"{'-':>14}"
		print(line, flush=True)
	means = [math.exp(sum(map(math.log, v)) / len(v)) if v else 0 for v in ratios.values()]
	if peers:
		print(f"{'geometric mean':<34}" + "".join(f"{m:>14.2f}" for m in means) +
			("   goal below 10.4 of wasmtime" if name == "scaled" else ""))


def peer_ratio(b, peer, runs, file, args, ours):
	command, invoke = PEERS[peer]
	if args and not invoke:
		return None
	c = b.cost(runs, command + (invoke(file, args) if args else [file]))
	return ours / max(c[1], 1e-6) if c else None


def main():
	wanted = sys.argv[1:] or ["start", "load", "base", "scaled"]
	with tempfile.TemporaryDirectory() as folder:
		b = Bench(folder)
		for what in wanted:
			{"start": start, "load": load}.get(what, lambda b, what=what: programs(b, what))(b)
			print(flush=True)
	sys.exit(b.wrong > 0)


main()
