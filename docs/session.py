"""Real sessions with wrench, for the pages of this folder and their tests.

A Session is the program at a terminal; what it prints is what a user would see. run_blocks() goes through the
```console blocks of a page:

	$ COMMAND          a shell command and what it prints; `$ wrench …` followed by prompts is a session
	(wrench) LINE      a line typed in that session, or in the one that an earlier block began, and its answer
	…                  a line of its own stands for lines left out

Commands run in a scratch folder that has examples/.
"""
import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import subprocess
import tempfile
import termios
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
WRENCH = os.path.abspath(os.environ.get("WRENCH", os.path.join(TOP, "wrench")))
PROMPT = "(wrench) "
PATIENCE = 20            # seconds for one answer


class Session:
	"""The prompt, at a pseudo-terminal that can do nothing but print."""

	def __init__(self, arguments, folder):
		self.pid, self.fd = pty.fork()
		if self.pid == 0:
			os.chdir(folder)
			# before the program is there: a terminal that changes its size has the prompt drawn again
			fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
			env = dict(os.environ, TERM="dumb", HOME=folder, LC_ALL="C.UTF-8", XDG_STATE_HOME=folder)
			os.execve(WRENCH, ["wrench", *arguments], env)
		self.banner = self.read()

	def read(self):
		"""Everything up to the next prompt, as lines."""
		data, end = b"", time.time() + PATIENCE
		while not data.endswith(PROMPT.encode()) and time.time() < end:
			if not select.select([self.fd], [], [], 0.2)[0]:
				continue
			try:
				part = os.read(self.fd, 65536)
			except OSError:
				break
			if not part:
				break
			data += part
		text = data.decode("utf-8", "replace").replace("\r\n", "\n")
		return text.removesuffix(PROMPT).split("\n")[:-1]

	def type(self, line):
		"""Type a line; the lines of the answer."""
		os.write(self.fd, line.encode() + b"\n")
		return self.read()[1:]                  # the first is the line itself

	def close(self):
		try:
			os.kill(self.pid, signal.SIGKILL)
		except ProcessLookupError:
			pass
		os.close(self.fd)
		os.waitpid(self.pid, 0)


def has_prompt():
	"""Whether this build has an interactive prompt."""
	text = subprocess.run([WRENCH, "version"], stdout=subprocess.PIPE, check=False).stdout.decode()
	return "non-interactive" not in text and not os.environ.get("RUNNER")


def scratch_folder():
	folder = tempfile.TemporaryDirectory()
	os.symlink(os.path.join(TOP, "examples"), os.path.join(folder.name, "examples"))
	os.mkdir(os.path.join(folder.name, "bin"))
	os.symlink(WRENCH, os.path.join(folder.name, "bin", "wrench"))
	return folder


def shell(command, folder):
	env = dict(os.environ, HOME=folder, PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"], LC_ALL="C.UTF-8")
	p = subprocess.run(["sh", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT, env=env, timeout=60, check=False)
	return p.stdout.decode("utf-8", "replace").split("\n")[:-1]


def split_block(lines):
	"""[(input line, lines of the answer)]"""
	parts = []
	for line in lines:
		if line.startswith(("$ ", PROMPT.rstrip())):
			parts.append((line, []))
		else:
			parts[-1][1].append(line)
	return parts


def answer_of(line, next_line, state, folder):
	if line.startswith(PROMPT.rstrip()):
		return state["session"].type(line[len(PROMPT):])
	if next_line and next_line.startswith(PROMPT.rstrip()):
		if state.get("session"):
			state["session"].close()
		state["session"] = Session(shlex.split(line[2:])[1:], folder)
		return state["session"].banner
	return shell(line[2:], folder)


def run_blocks(path):
	"""Yields (line number, input, expected lines, real lines) for each input of the page."""
	with open(path, encoding="utf-8") as f:
		lines = f.read().split("\n")
	state, i = {}, 0
	with scratch_folder() as folder:
		while i < len(lines):
			if lines[i] != "```console":
				i += 1
				continue
			end = lines.index("```", i)
			parts, at = split_block(lines[i + 1:end]), i + 2
			for k, (line, expected) in enumerate(parts):
				following = parts[k + 1][0] if k + 1 < len(parts) else None
				yield at, line, expected, answer_of(line, following, state, folder)
				at += 1 + len(expected)
			i = end
		if state.get("session"):
			state["session"].close()


def same(expected, got):
	"""Whether they agree, … standing for lines left out."""
	if not expected or not got:
		return [e for e in expected if e != "…"] == got
	if expected[0] == "…":
		return same(expected[1:], got) or same(expected, got[1:])
	return expected[0] == got[0] and same(expected[1:], got[1:])


def update(path):
	"""Write what is printed now into the page; answers with … in them are kept while they fit."""
	with open(path, encoding="utf-8") as f:
		lines = f.read().split("\n")
	moved = 0
	for at, _, expected, got in list(run_blocks(path)):
		if not same(expected, got):
			lines[at + moved:at + moved + len(expected)] = got
			moved += len(got) - len(expected)
	with open(path, "w", encoding="utf-8") as f:
		f.write("\n".join(lines))


FIRST_MINUTE = ["fac(5)", "start fac(5)", "stepr", "", "rs", "explain", "finish", "(i32.add (i32.const 2) (i32.const 3))"]


def first_minute():
	"""The welcome session of `make run`: the tour's lines in their order."""
	s = Session(["--welcome", "examples/fac.wat"], TOP)
	out = list(s.banner)
	for line in FIRST_MINUTE:
		out.append(PROMPT + (line or "⏎"))
		out += s.type(line)
	s.close()
	return "\n".join(out) + "\n"
