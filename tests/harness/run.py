#!/usr/bin/env python3
"""Run the tests, show what failed, end with one line "N passed, N failed".

	run.py [--all] [FOLDER…]     FOLDER as below tests/; none: all of them

Three kinds are found by name below tests/ (see tests/README.md): C programs *_test.c, which the
Makefile has built, executable scripts *.t, and transcripts transcripts/**/*.txt. All speak TAP.
Every TAP line counts as one test. A test that dies, is late, or whose plan is missing or does not
match counts as one failure more. *.slow.t run with --all only.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
B = os.environ.get("B", os.path.join(TOP, "build", "gcc-full"))
RUNNER = os.environ.get("RUNNER", "")
JOBS = 2
TIME_LIMIT = 600         # seconds for one test
TIME_LIMIT_SLOW = 3600
SHOWN = 12               # lines of explanation shown for one failure


def find_tests(folders, slow):
	found = []
	for folder in folders or ["."]:
		root = os.path.join(TOP, "tests", folder)
		if not os.path.isdir(root):
			sys.exit(f"run.py: no folder tests/{folder}")
		for at, dirs, files in os.walk(root):
			dirs.sort()
			for name in sorted(files):
				path = os.path.relpath(os.path.join(at, name), TOP)
				if is_test(path, slow):
					found.append(path)
	return found


def is_test(path, slow):
	if path.endswith("_test.c"):
		return os.path.exists(os.path.join(B, path[:-2])) or not left_out(path)
	if path.endswith(".slow.t"):
		return slow
	return path.endswith(".t") or ("/transcripts/" in path and path.endswith(".txt"))


def left_out(path):
	"""The Makefile builds no tests of front ends with FRONT=none."""
	return "-none" in os.path.basename(B) and path.startswith(("tests/scripts/", "tests/tui/", "tests/repl/"))


def command_of(path):
	if path.endswith("_test.c"):
		return RUNNER.split() + [os.path.join(B, path[:-2])]
	if path.endswith(".txt"):
		return [sys.executable, os.path.join(TOP, "tests/harness/transcript.py"), path]
	return [os.path.join(TOP, path)]


def environment(scratch):
	"""What every test may rely on; tests/README.md lists it."""
	env = {k: v for k, v in os.environ.items()
		if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "B", "NO_COLOR", "LINES", "COLUMNS")}
	bin_dir = os.path.join(B, "bin")
	env.update(TOP=TOP, B=B, RUNNER=RUNNER, TMPDIR=scratch, HOME=scratch, LC_ALL="C.UTF-8", TERM="xterm",
		WRENCH=os.path.join(bin_dir, "wrench"), PATH=bin_dir + ":" + env.get("PATH", ""))
	shared = os.path.join(os.path.dirname(TOP), "shared")
	if os.path.isdir(shared) and "SHARED" not in env:
		env["SHARED"] = shared
	return env


def make_bin():
	"""$B/bin/wrench: the program of this configuration, through an emulator where it needs one."""
	bin_dir = os.path.join(B, "bin")
	os.makedirs(bin_dir, exist_ok=True)
	path = os.path.join(bin_dir, "wrench")
	with open(path + ".new", "w") as f:
		f.write(f'#!/bin/sh\nexec {RUNNER} "{B}/wrench" "$@"\n')
	os.chmod(path + ".new", 0o755)
	os.replace(path + ".new", path)
	if not RUNNER:
		os.unlink(path)
		os.symlink(os.path.join(B, "wrench"), path)


class Result:
	def __init__(self, path):
		self.path, self.folder = path, path.split("/")[1] if path.count("/") > 1 else "."
		self.passed = self.failed = self.left_out = 0
		self.failures, self.skipped, self.seconds = [], "", 0.0


def run_one(path):
	r = Result(path)
	start = time.time()
	limit = TIME_LIMIT_SLOW if path.endswith(".slow.t") else TIME_LIMIT
	with tempfile.TemporaryDirectory(prefix="wrench-test-") as scratch:
		try:
			p = subprocess.Popen(command_of(path), cwd=TOP, env=environment(scratch), stdin=subprocess.DEVNULL,
				stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
		except OSError as e:
			r.failed, r.failures = 1, [[f"cannot be started: {e.strerror}"]]
			return r
		try:
			out, _ = p.communicate(timeout=limit)
			end = ""
		except subprocess.TimeoutExpired:
			kill_group(p)
			out, _ = p.communicate()
			end = f"not finished after {limit} s"
		kill_group(p)
	r.seconds = time.time() - start
	read_tap(r, out.decode("utf-8", "replace"), p.returncode, end)
	return r


def kill_group(p):
	try:
		os.killpg(p.pid, signal.SIGKILL)
	except ProcessLookupError:
		pass


def read_tap(r, text, status, end):
	plan, current, lines = None, None, text.splitlines()
	for line in lines:
		if m := re.match(r"1\.\.(\d+)(?:\s*#\s*SKIP\s*(.*))?$", line, re.I):
			plan, r.skipped = int(m[1]), m[2] or r.skipped
		elif m := re.match(r"(not )?ok\b(.*)", line):
			current = None
			if re.search(r"#\s*SKIP\b", m[2], re.I) and not m[1]:
				r.skipped = m[2].split("#", 1)[1].strip()[4:].strip()
				r.left_out += 1
			elif m[1]:
				r.failed += 1
				current = [m[2].strip()]
				r.failures.append(current)
			else:
				r.passed += 1
		elif current is not None:
			current.append(line)
	check_end(r, lines, plan, status, end)


def check_end(r, lines, plan, status, end):
	seen = r.passed + r.failed + r.left_out
	if not end and status < 0:
		end = f"died of signal {signal.Signals(-status).name}"
	elif not end and plan is None:
		end = f"printed no plan (exit status {status})"
	elif not end and plan != seen:
		end = f"planned {plan} tests and ran {seen}"
	elif not end and status != 0 and r.failed == 0:
		end = f"exit status {status} although nothing failed"
	if end:
		r.failed += 1
		r.failures.append([end] + lines[-SHOWN:])


def show(r):
	for why in r.failures:
		print(f"FAIL {r.path}: {why[0]}")
		for line in why[1:SHOWN + 1]:
			print("  " + line)
		if len(why) > SHOWN + 1:
			print(f"  … {len(why) - SHOWN - 1} more lines: {' '.join(command_of(r.path))}")
	sys.stdout.flush()


def table(results):
	print(f"\n{'folder':<16}{'passed':>8}{'failed':>8}{'seconds':>9}")
	for folder in sorted({r.folder for r in results}):
		rows = [r for r in results if r.folder == folder]
		print(f"{folder:<16}{sum(r.passed for r in rows):>8}{sum(r.failed for r in rows):>8}"
			f"{sum(r.seconds for r in rows):>9.1f}")
	for r in results:
		if r.skipped:
			print(f"skipped: {r.path}: {r.skipped}")


def main():
	slow = "--all" in sys.argv
	tests = find_tests([a for a in sys.argv[1:] if a != "--all"], slow)
	make_bin()
	results = []
	with ThreadPoolExecutor(JOBS) as pool:
		for done in as_completed([pool.submit(run_one, t) for t in tests]):
			results.append(done.result())
			show(results[-1])
	results.sort(key=lambda r: r.path)
	table(results)
	passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
	print(f"{passed} passed, {failed} failed")
	sys.exit(failed > 0 or passed == 0)


main()
