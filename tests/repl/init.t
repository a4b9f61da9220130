#!/usr/bin/env python3
"""init.lua is run for a person at a terminal, and only then; scripts can ask that person."""
import os
import pty
import select
import signal
import subprocess
import time

WRENCH = os.environ["WRENCH"].split()
HOME = os.environ["TMPDIR"]
CONFIG = os.path.join(HOME, "config")
ENV = dict(os.environ, XDG_CONFIG_HOME=CONFIG, XDG_STATE_HOME=os.path.join(HOME, "state"), TERM="dumb")
count = 0


def check(ok, name, more=""):
	global count
	count += 1
	print(f"{'ok' if ok else 'not ok'} {count} - {name}")
	if not ok:
		for line in more.split("\n"):
			print(f"# {line}")


def terminal(arguments, dialogue):
	"""Type each line when the text before it has been printed; everything that was printed."""
	pid, fd = pty.fork()
	if pid == 0:
		os.execvpe(WRENCH[0], WRENCH + arguments, ENV)
	said, end = "", time.time() + 60
	dialogue = list(dialogue)
	seen = 0
	while time.time() < end:
		ready, _, _ = select.select([fd], [], [], 0.2)
		if ready:
			try:
				part = os.read(fd, 65536)
			except OSError:
				break
			if not part:
				break
			said += part.decode("utf-8", "replace")
		while dialogue and dialogue[0][0] in said[seen:]:
			wait_for, line = dialogue.pop(0)
			seen = len(said)
			os.write(fd, line)
	else:
		os.kill(pid, signal.SIGKILL)
	os.waitpid(pid, 0)
	return said


os.makedirs(os.path.join(CONFIG, "wrench"))
with open(os.path.join(CONFIG, "wrench", "init.lua"), "w") as f:
	f.write("""
wb.defcmd { name = "greet", summary = "Ask who it is", run = function() return "hello " .. tostring(wb.prompt("name? ")) end }
print("init was here")
""")

said = terminal([], [("(wrench) ", b"greet\n"), ("name? ", b"Ada\n"), ("hello Ada", b"quit\n")])
check("init was here" in said, "init.lua runs at a terminal", said)
check("hello Ada" in said, "its commands are there, and can ask", said)
said = terminal(["--no-init"], [("(wrench) ", b"greet\n"), ("no command", b"quit\n")])
check("init was here" not in said and "no command 'greet'" in said, "--no-init leaves it out", said)
out = subprocess.run(WRENCH + ["-e", "pwd"], env=ENV, stdout=subprocess.PIPE, text=True).stdout
check("init was here" not in out, "-e does not run it")
out = subprocess.run(WRENCH, env=ENV, input="pwd\n", stdout=subprocess.PIPE, text=True).stdout
check("init was here" not in out, "a pipe does not")
said = terminal([], [("(wrench) ", b'lua io.stderr:write("loops\\n") while true do end\n'), ("\nloops", b"\x03"), ("interrupted", b"quit\n")])
check("interrupted" in said, "C-c ends a script that loops", said)
with open(os.path.join(CONFIG, "wrench", "init.lua"), "w") as f:
	f.write("wb.bind(\"C-c x\", print)\nnonsense()\n")
said = terminal([], [("(wrench) ", b"quit\n")])
check("init.lua:2: error:" in said, "an error in it is told, and the prompt comes", said)
print(f"1..{count}")
