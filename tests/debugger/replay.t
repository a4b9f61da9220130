#!/usr/bin/env python3
"""Programs with threads, of the wasi-testsuite and of shared/programs, recorded with `run --record`, run again with `run --replay`
without directories, environment, input, clock and random: same output, same status. Wrench itself compares the number
of instructions and the state that is left."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TIME_LIMIT = 60         # seconds for one program
WRENCH = os.path.abspath(os.environ.get("WRENCH", "./wrench"))
SHARED = os.path.abspath(os.environ.get("SHARED") or os.path.join(os.environ.get("TOP", "."), "..", "shared"))


def wasi_programs():
	for folder, _, files in sorted(os.walk(os.path.join(SHARED, "wasi-testsuite"))):
		for name in sorted(files):
			path = os.path.join(folder, name)
			if not name.endswith(".wasm"):
				continue
			spec = {}
			if os.path.exists(path[:-5] + ".json"):
				with open(path[:-5] + ".json", encoding="utf-8") as f:
					spec = json.load(f)
			root = os.path.join(folder, spec["root"]) if "root" in spec else None
			yield path, spec.get("args", []), spec.get("env", {}), root, "/"


def own_programs():
	folder = os.path.join(SHARED, "programs")
	if not os.path.isdir(folder):
		return
	with open(os.path.join(folder, "cases.json"), encoding="utf-8") as f:
		for case in json.load(f):
			slow = os.path.getsize(os.path.join(folder, case["wasm"])) > 1 << 20
			if case["kind"] == "run" and "component" not in case.get("needs", []) and not slow:
				yield os.path.join(folder, case["wasm"]), case["args"], {}, os.path.join(folder, "input"), "input"


def threaded_programs():
	folder = os.path.join(os.environ.get("TOP", "."), "tests", "wasi", "threads")
	for name in ("counter", "denied", "exit", "gc", "init", "many", "nostart", "trap"):
		yield os.path.abspath(os.path.join(folder, name + ".wat")), [], {}, None, "/"


def run(words, cwd, stdin):
	p = subprocess.run([WRENCH, "run", "-q"] + words, cwd=cwd, input=stdin, capture_output=True, timeout=TIME_LIMIT)
	return p.returncode, p.stdout, p.stderr


def check(wasm, args, env, root, guest):
	"""Why it failed; "" when it passed; None: nothing was recorded (a component)."""
	with tempfile.TemporaryDirectory() as scratch:
		words, recording = [], os.path.join(scratch, "recording")
		if root:
			shutil.copytree(root, os.path.join(scratch, "root"))
			subprocess.run(["chmod", "-R", "u+w", os.path.join(scratch, "root")], check=True)
			words += ["--dir", f"root::{guest}"]
		for name, value in env.items():
			words += ["--env", f"{name}={value}"]
		first = run(words + ["--record", recording, wasm] + args, scratch, b"some input\n")
		if not os.path.exists(recording):
			return None
		os.mkdir(os.path.join(scratch, "empty"))
		again = run(["--deny", "all", "--replay", recording, wasm], os.path.join(scratch, "empty"), b"")
		if first == again:
			return ""
		return f"recorded: {first!r}\nreplayed: {again!r}"


def main():
	count = failed = 0
	for program in list(threaded_programs()) + list(wasi_programs()) + list(own_programs()):
		why = check(*program)
		if why is None:
			continue
		count += 1
		failed += bool(why)
		print(f"{'not ok' if why else 'ok'} {count} - {os.path.relpath(program[0], SHARED)}")
		for line in why.splitlines():
			print("#   " + line[:400])
	print(f"1..{count}" if count else "1..0 # SKIP the programs are not there")
	return failed > 0


sys.exit(main())
