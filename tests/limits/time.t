#!/usr/bin/env python3
"""--timeout and C-c end whatever runs, in compiled loops, long instructions, start functions and blocking host calls."""
import os
import signal
import subprocess
import tempfile
import time

WRENCH = os.environ["WRENCH"]
HERE = "tests/limits"
AFTER = 2.0             # seconds; the promise is 50 ms, but the machine may be busy, and an emulator is slow
LOOPS = ["branch", "branch_if", "branch_table", "branch_null", "if", "calls", "tail", "tail_indirect", "tail_ref", "throw"]
LONG = ["fill", "copy", "array", "array_copy", "table_fill", "table_copy", "default"]
HOST = ["sleep", "read", "write", "wait"]
count = 0


def result(ok, name, why=""):
	global count
	count += 1
	print(f"{'ok' if ok else 'not ok'} {count} - {name}")
	if not ok:
		print(f"# {why}")


def begin(arguments):
	"""The program with a standard input that stays empty, and an output pipe that nobody empties."""
	out_read, out_write = os.pipe()
	err = tempfile.TemporaryFile()
	p = subprocess.Popen([WRENCH, "run", *arguments], stdin=subprocess.PIPE, stdout=out_write, stderr=err)
	os.close(out_write)
	return p, out_read, err


def end(p, out_read, err, status, words, since):
	"""Why it did not end as it should have; "" when it did."""
	try:
		p.wait(30)
	except subprocess.TimeoutExpired:
		p.kill()
		p.wait()
		return "did not end"
	finally:
		os.close(out_read)
		p.stdin.close()
	took = time.monotonic() - since
	err.seek(0)
	text = err.read().decode()
	if p.returncode != status or words not in text:
		return f"status {p.returncode}: {text!r}"
	return "" if took < AFTER else f"{took:.2f} s"


def times_out(name, arguments, words="timeout"):
	since = time.monotonic()
	why = end(*begin(["--timeout", "100", *arguments]), 124, words, since + 0.1)
	result(not why, f"--timeout ends {name}", why)


def interrupts(name, arguments):
	p, out_read, err = begin(arguments)
	time.sleep(0.5)
	since = time.monotonic()
	p.send_signal(signal.SIGINT)
	why = end(p, out_read, err, 130, "interrupted", since)
	result(not why, f"C-c ends {name}", why)


def start_module(folder, body):
	path = os.path.join(folder, "start.wat")
	with open(path, "w") as f:
		f.write(f"(module (func $s {body}) (start $s) (func (export \"_start\")))\n")
	return path


with tempfile.TemporaryDirectory() as folder:
	start = start_module(folder, "(loop (br 0))")
	for name in LOOPS:
		times_out(name, [f"{HERE}/loops.wat", "--invoke", name])
	times_out("a counted loop", ["--fuel", "9999999999999", f"{HERE}/loops.wat", "--invoke", "branch"])
	for name in LONG:
		times_out(f"a long {name}", [f"{HERE}/loops.wat", "--invoke", name])
	for name in HOST:
		times_out(f"a blocking {name}", [f"{HERE}/host.wat", "--invoke", name])
	times_out("a start function", [start])
	times_out("a long initialiser", [f"{HERE}/initialiser.wat"])
	interrupts("a loop", [f"{HERE}/loops.wat", "--invoke", "branch"])
	interrupts("a counted loop", ["--fuel", "9999999999999", f"{HERE}/loops.wat", "--invoke", "branch"])
	interrupts("a start function", [start])
	for name in HOST:
		interrupts(f"a blocking {name}", [f"{HERE}/host.wat", "--invoke", name])
print(f"1..{count}")
