#!/usr/bin/env python3
"""What only a person at a terminal meets: questions before leaving, calls that nobody provides (stub-imports ask), prose
that fits the screen."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

TMP = os.environ["TMPDIR"]
count = failed = 0


def check(ok, name, seen=""):
	global count, failed
	count += 1
	failed += not ok
	print(f"{'' if ok else 'not '}ok {count} - {name}")
	for line in seen.splitlines()[-12:] if not ok else []:
		print("#   " + line)


def session(file, steps, end=60, columns=0):
	"""steps: (text to wait for, line to type). All that was shown, and the exit status; None: it did not end."""
	master, slave = pty.openpty()
	if columns:
		fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
	env = dict(os.environ, TERM="dumb", HOME=TMP)
	p = subprocess.Popen([os.environ["WRENCH"], "-q", "--no-init", file], stdin=slave, stdout=slave, stderr=slave, env=env,
		start_new_session=True)
	os.close(slave)
	seen, at, stop = "", 0, time.monotonic() + end
	steps = list(steps)
	while time.monotonic() < stop:
		if select.select([master], [], [], 0.1)[0]:
			try:
				seen += os.read(master, 4096).decode(errors="replace")
			except OSError:
				break
		while steps and (i := seen.find(steps[0][0], at)) >= 0:
			at = i + len(steps[0][0])
			os.write(master, steps.pop(0)[1].encode())
	try:
		status = p.wait(5)
	except subprocess.TimeoutExpired:
		p.kill()
		status = None
	os.close(master)
	return seen.replace("\r", ""), status


fac = os.path.join(TMP, "fac.wat")
with open(fac, "w") as f:
	f.write("(module (func $f (export \"f\") (result i32) (i32.const 1)))\n")
asks = os.path.join(TMP, "asks.wat")
with open(asks, "w") as f:
	f.write("""(module (import "env" "ask" (func $ask (param i32 f64) (result i32)))
  (func (export "g") (param i32) (result i32) (i32.add (call $ask (local.get 0) (f64.const 0.5)) (i32.const 1))))
""")

P = "(wrench) "
SWAP = "swap f (func (result i32) (i32.const 2))\n"
seen, status = session(fac, [(P, SWAP), (P, "quit\n"), ("(y or n) ", "n\n"), (P, "f()\n"), ("= 2", ""), (P, "quit\n"),
	("(y or n) ", "y\n")])
check("$f~1 is in no file" in seen and "= 2 : i32" in seen and status == 0, "quit asks when a swap would be lost", seen)
seen, status = session(fac, [(P, SWAP), (P, f"write {TMP}/out.wasm\n"), (P, "quit\n")])
check("y or n" not in seen and status == 0, "  not when it was written", seen)
seen, status = session(fac, [(P, SWAP), (P, "undo-swap\n"), (P, "\x04")])
check("y or n" not in seen and status == 0, "  nor when it was undone", seen)
seen, status = session(fac, [(P, SWAP), (P, "\x04"), ("(y or n) ", "n\n"), (P, "\x04"), ("(y or n) ", "\x04")])
check(seen.count("(y or n)") == 2 and status == 0, "C-d asks, too, and C-d is the answer", seen)

seen, status = session(asks, [(P, "set stub-imports ask\n"), (P, "g(7)\n"), ("Asked,", ""), (P, "info host\n"), (P, "host run\n"),
	(P, "host answer 1 2\n"), (P, "continue\n"), ("Asked,", ""), (P, "host answer 41\n"), (P, "continue\n"), (P, "quit\n")])
check('nobody provides "env" "ask" (i32 f64) -> (i32)' in seen, "a call that nobody provides stops", seen)
check("\n  7\n  0.5\n" in seen, "  its arguments are shown", seen)
check("there is nothing to run" in seen and "the call gives 1 value: (i32 f64) -> (i32)" in seen, "  mistakes are told", seen)
check(seen.count("Asked, ") == 2 and "= 42 : i32" in seen and status == 0, "  it asks until it is answered", seen)
seen, status = session(asks, [(P, "set stub-imports ask\n"), (P, "host always ask 9\n"), (P, "g(7)\n"), (P, "quit\n")])
check("= 10 : i32" in seen and "Asked" not in seen, "  and not for what is always answered", seen)
seen, status = session(asks, [(P, "set stub-imports ask\n"), (P, "lua local _, stop = wb.invoke('g', 7); print(stop.reason, stop.what)\n"),
	("catch", ""), (P, "quit\n")])
check("catch\task env.ask" in seen, "  for programs it is a catch, and what is asked", seen)

seen, status = session(fac, [(P, "lesson start 1\n"), (P, "lesson hint\n"), (P, "tutorial\n"), (P, "quit\n")], columns=60)
prose = [line for line in seen.splitlines() if line[:1].isalpha() and not line.startswith("Stopped")]
check(status == 0 and max(map(len, prose)) < 60 and "(wrench) lesson hint\n`info locals` shows all three." in seen, "prose fits a narrow terminal",
	"\n".join(line for line in prose if len(line) >= 60))
check("function\nhas locals: its parameters, and those it declares. Predict\nwhat happens;" in seen, "  as one paragraph", seen)
print(f"1..{count}")
sys.exit(failed > 0)
