#!/usr/bin/env python3
"""Build every bug of engine/plants.def in, and look whether lockstep names the instruction that goes wrong, and bisect its function.

	run.py [N…]      those numbers only

Each number has a module beside this file: N.wat, whose export "run" makes the bug show, and in which the line of the guilty
instruction ends in ";; here". A bug is named when the instruction of the report, or one that its cell stands for, is on that
line; the sound build has to find nothing in any of them. For bisect the module gets a dozen functions that run, too, and do
nothing wrong. Runs from the top folder; B is the folder of the build.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MISSED_ALLOWED = 1
INNOCENT = 12


def plants():
	with open("engine/plants.def", encoding="utf-8") as f:
		return [(int(n), name, what) for n, name, what in re.findall(r'^PLANT\((\d+),\s*(\w+),\s*"(.*)"\)$', f.read(), re.M)]


def marked_line(path):
	with open(path, encoding="utf-8") as f:
		lines = [i for i, line in enumerate(f, 1) if line.rstrip().endswith(";; here")]
	assert len(lines) == 1, f"{path}: one line is to be marked"
	return lines[0]


def marked_function(path):
	"""The name of the function that the marked line is in."""
	with open(path, encoding="utf-8") as f:
		before = f.read().split(";; here")[0]
	head = re.findall(r'\(func (?:\$([\w.-]+)|\(export "(\w+)"\))', before)[-1]
	return head[0] or head[1]


def crowded(path):
	"""The module with functions that do nothing wrong: "all" calls them, half of them before "run"."""
	with open(path, encoding="utf-8") as f:
		text = f.read().rstrip()
	result = re.search(r'\(func \(export "run"\) \(result (\w+)\)', text)[1]
	calls = [f"(drop (call $innocent{i}))" for i in range(INNOCENT)]
	funcs = [f"(func $innocent{i} (result i32) (i32.const {i}))" for i in range(INNOCENT)]
	half = INNOCENT // 2
	driver = f'(func (export "all") (result {result}) {" ".join(calls[:half])} (call $run) {" ".join(calls[half:])})'
	assert text.endswith(")")
	return "\n".join([text[:-1].replace('(func (export "run")', '(func $run (export "run")'), *funcs, driver + ")"])


def tiers_of(what):
	return "unfused," + what.split(":")[0]


def lockstep(program, tiers, path):
	p = subprocess.run([program, "lockstep", "--json", "--tiers", tiers, "--invoke", "run", path], stdout=subprocess.PIPE,
		timeout=240, check=False)
	return p.returncode, json.loads(p.stdout)["result"] if p.returncode in (0, 3) else {}


def bisect(program, tiers, path):
	"""What bisect says of the crowded module: the function's name, or None."""
	with tempfile.NamedTemporaryFile("w", suffix=".wat", encoding="utf-8") as f:
		f.write(crowded(path))
		f.flush()
		p = subprocess.run([program, "--json", "-e", f"bisect {tiers.replace(',', ' ')} all()", f.name], stdout=subprocess.PIPE,
			timeout=240, check=False)
	found = json.loads(p.stdout).get("result", {})
	return found.get("function") if p.returncode == 3 else "agreed" if found.get("agreed") else None


def both_codes(found, compiled):
	"""Whether the report has the code of both sides: register IR, and machine code of one that is compiled."""
	return bool(found["a"].get("regir")) and bool(found["b"].get("regir")) and (not compiled or bool(found["b"].get("asm")))


def numbered(program, found, path):
	"""Whether the cell of the report has the number that dump regir gives it."""
	p = subprocess.run([program, "--json", "-e", f"dump regir {found['function']}", path], stdout=subprocess.PIPE, timeout=240, check=False)
	names = {i["pc"]: i["text"].split()[0] for i in json.loads(p.stdout)["result"]["instructions"]}
	cell = found["b"]["regir"][0]
	return "regir" not in found or names.get(cell["pc"]) == cell["text"].split()[0]


def look(build, n, name, what):
	"""Whether bug N is named, whether its function is, and what is to be said of it."""
	path = os.path.join(HERE, f"{n}.wat")
	if lockstep(os.path.join(build, "wrench"), tiers_of(what), path)[0] != 0:
		return False, False, "a false alarm in the sound build"
	if bisect(os.path.join(build, "wrench"), tiers_of(what), path) != "agreed":
		return False, False, "a false alarm of bisect in the sound build"
	quiet = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
	made = subprocess.run(["make", "-s", f"PLANT={n}", "planted"], env=quiet, check=False)
	if made.returncode:
		return False, False, "it does not build"
	program = os.path.join(build, f"plant-{n}", "wrench")
	function, guilty = bisect(program, tiers_of(what), path), marked_function(path)
	status, found = lockstep(program, tiers_of(what), path)
	if status != 3:
		return False, function == guilty, f"not found (status {status})"
	where = marked_line(path)
	lines = [i.get("line") for i in found.get("instructions", [])]
	said = f"{found.get('function')}, line {found.get('line')}, step {found.get('step')}"
	if where not in lines:
		said += f"; it is in line {where}"
	if function != guilty:
		said += f"; bisect says {function}, not {guilty}"
	if not both_codes(found, what.startswith("baseline")):
		return False, function == guilty, f"{said}; the code of both sides is not shown"
	if not numbered(program, found, path):
		return False, function == guilty, f"{said}; its cell has another number in dump regir"
	return where in lines, function == guilty, said


def main():
	build, only = os.environ["B"], [int(n) for n in sys.argv[1:]]
	missed = unknown = 0
	rows = [p for p in plants() if not only or p[0] in only]
	for n, name, what in rows:
		named, function, said = look(build, n, name, what)
		missed += not named
		unknown += not function
		print(f"{'ok' if named and function else 'not ok'} {n} - {what}: {said}", flush=True)
	print(f"{len(rows) - missed} of {len(rows)} named, {len(rows) - unknown} functions found by bisect")
	sys.exit(missed > MISSED_ALLOWED or unknown > MISSED_ALLOWED)


main()
