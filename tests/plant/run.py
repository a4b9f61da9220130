#!/usr/bin/env python3
"""Build every bug of engine/plants.def in, and look whether lockstep names the instruction that goes wrong.

	run.py [N…]      those numbers only

Each number has a module beside this file: N.wat, whose export "run" makes the bug show, and in which the line of the guilty
instruction ends in ";; here". A bug is named when the instruction of the report, or one that its cell stands for, is on that
line; the sound build has to find nothing in any of them. Runs from the top folder; B is the folder of the build.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MISSED_ALLOWED = 1


def plants():
	with open("engine/plants.def", encoding="utf-8") as f:
		return [(int(n), name, what) for n, name, what in re.findall(r'^PLANT\((\d+),\s*(\w+),\s*"(.*)"\)$', f.read(), re.M)]


def marked_line(path):
	with open(path, encoding="utf-8") as f:
		lines = [i for i, line in enumerate(f, 1) if line.rstrip().endswith(";; here")]
	assert len(lines) == 1, f"{path}: one line is to be marked"
	return lines[0]



def tiers_of(what):
	return "unfused," + what.split(":")[0]


def lockstep(program, tiers, path):
	p = subprocess.run([program, "lockstep", "--json", "--tiers", tiers, "--invoke", "run", path], stdout=subprocess.PIPE,
		timeout=240, check=False)
	return p.returncode, json.loads(p.stdout)["result"] if p.returncode in (0, 3) else {}


def look(build, n, name, what):
	"""Whether bug N is named, and what is to be said of it."""
	path = os.path.join(HERE, f"{n}.wat")
	if lockstep(os.path.join(build, "wrench"), tiers_of(what), path)[0] != 0:
		return False, "a false alarm in the sound build"
	quiet = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
	made = subprocess.run(["make", "-s", f"PLANT={n}", "planted"], env=quiet, check=False)
	if made.returncode:
		return False, "it does not build"
	status, found = lockstep(os.path.join(build, f"plant-{n}", "wrench"), tiers_of(what), path)
	if status != 3:
		return False, f"not found (status {status})"
	where = marked_line(path)
	lines = [i.get("line") for i in found.get("instructions", [])]
	said = f"{found.get('function')}, line {found.get('line')}, step {found.get('step')}"
	return where in lines, said if where in lines else f"{said}; it is in line {where}"


def main():
	build, only = os.environ["B"], [int(n) for n in sys.argv[1:]]
	missed = 0
	rows = [p for p in plants() if not only or p[0] in only]
	for n, name, what in rows:
		named, said = look(build, n, name, what)
		missed += not named
		print(f"{'ok' if named else 'not ok'} {n} - {what}: {said}", flush=True)
	print(f"{len(rows) - missed} of {len(rows)} named")
	sys.exit(missed > MISSED_ALLOWED)


main()
