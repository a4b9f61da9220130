#!/usr/bin/env python3
"""The workbench in a pseudo-terminal: what a person at a real one would do and see.

A terminal emulator (pyte) reads what the program writes, so that a check is about the screen, not about bytes.
"""
import os
import platform
import re
import signal
import subprocess
import sys
import termios
import time

try:
	import pexpect
	import pyte
except ImportError:
	other = "/usr/bin/python3"      # packages of the system may belong to another interpreter
	if os.environ.get("TRIED") or not os.path.exists(other):
		print("1..0 # SKIP python3-pexpect and python3-pyte are not installed")
		sys.exit(0)
	os.environ["TRIED"] = "1"
	os.execv(other, [other, "-B", *sys.argv])

if os.environ.get("RUNNER"):
	print("1..0 # SKIP terminals are tested without an emulator of the machine")
	sys.exit(0)

TOP = os.environ.get("TOP", os.getcwd())
WRENCH = os.environ.get("WRENCH", os.path.join(TOP, "wrench"))
SCRATCH = os.environ.get("TMPDIR", "/tmp")
count = failed = 0

SPIN = """(module $spin
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "tick \\1b[31m\\n")
  (func (export "forever") (loop $l (br $l)))
  (func $put (param i32 i32)
    (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "say") (call $put (i32.const 16) (i32.const 11)))
  (func (export "chatter") (loop $l (call $put (i32.const 16) (i32.const 11)) (br $l)))
  (func (export "echo")
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 32))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $put (i32.const 64) (i32.load (i32.const 8)))))
"""


def check(ok, name, note=""):
	global count, failed
	count += 1
	failed += not ok
	print(f"{'' if ok else 'not '}ok {count} - {name}")
	if not ok:
		for line in str(note).split("\n"):
			print(f"#   {line}")
	sys.stdout.flush()


class Terminal:
	KEYS = {"RET": "\r", "TAB": "\t", "ESC": "\x1b", "SPC": " ", "DEL": "\x7f", "<up>": "\x1b[A", "<down>": "\x1b[B",
		"<f5>": "\x1b[15~", "<f9>": "\x1b[20~", "<f10>": "\x1b[21~", "<f11>": "\x1b[23~", "S-<f11>": "\x1b[23;2~",
		"<f1>": "\x1bOP"}

	def __init__(self, args, cols=80, rows=24, env=None):
		self.screen = pyte.Screen(cols, rows)
		self.stream = pyte.ByteStream(self.screen)
		self.raw = b""
		full = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})}
		self.p = pexpect.spawn(args[0], args[1:], dimensions=(rows, cols), env=full, cwd=TOP, timeout=5)

	def read(self, seconds=0.05):
		try:
			data = self.p.read_nonblocking(65536, seconds)
		except (pexpect.TIMEOUT, pexpect.EOF):
			return False
		self.raw += data
		self.stream.feed(data)
		return True

	def text(self):
		return "\n".join(self.screen.display)

	def wait(self, what, seconds=10):
		"""Until the screen shows it (a regular expression); False when it never does."""
		end = time.time() + seconds
		while time.time() < end:
			self.read()
			if re.search(what, self.text()):
				return True
		return False

	def see(self, what, name):
		ok = self.wait(what)
		check(ok, name, self.text() if not ok else "")
		self.settle()
		return ok

	def settle(self):
		"""What is seen may be drawn while its command still runs, and keys typed then have another meaning."""
		end = time.time() + 1
		quiet = 0
		while (time.time() < end or self.runs()) and time.time() < end + 9 and quiet < 4:
			quiet = 0 if self.read(0.05) or self.runs() else quiet + 1

	def runs(self):
		"""The program does not wait for a key; on a busy machine it may be that it does not get to do anything either."""
		try:
			with open(f"/proc/{self.p.pid}/stat", encoding="utf-8") as f:
				return f.read().rsplit(")", 1)[1].split()[0] == "R"
		except OSError:
			return False

	def gone(self, what, seconds=5):
		end = time.time() + seconds
		while time.time() < end:
			self.read()
			if not re.search(what, self.text()):
				return True
		return False

	def type(self, keys):
		"""Keys by name; a word in quotes is typed as it is."""
		for key in re.findall(r'"[^"]*"|\S+', keys):
			if key[0] == '"' and len(key) > 1:
				self.p.send(key[1:-1])
			elif key.startswith("M-"):
				self.p.send("\x1b" + self.KEYS.get(key[2:], key[2:]))
			elif key.startswith("C-") and len(key) == 3:
				self.p.send(bytes([ord(key[2]) & 0x1f]))
			else:
				self.p.send(self.KEYS.get(key, key))
			self.read(0.02)

	def end(self, seconds=10):
		"""Exit status after the program has ended."""
		until = time.time() + seconds
		while self.p.isalive() and time.time() < until:
			self.read()
		while self.read(0.1):
			pass
		if self.p.isalive():
			self.p.terminate(force=True)
			return None
		return self.p.exitstatus if self.p.exitstatus is not None else -self.p.signalstatus


def shell():
	"""A shell in a terminal, to see what is left when the program has gone."""
	return Terminal(["/bin/sh", "-i"], env={"PS1": "sh> ", "ENV": ""})


def test_session():
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.see(r"\*wat\*.*\*regir\*", "two code panes in 80 columns")
	t.see(r"SPC step", "the echo area says which keys there are")
	t.type("<down> <down> <down> <down> <down> b")
	t.see(r"Breakpoint 1, \$fac", "b breaks at the line of the cursor")
	t.type('C-x o C-x o C-x o C-x o C-x o "fac(3)" RET')
	t.see(r"Breakpoint 1, \$fac \(n=3\)", "a call typed in *repl* stops there")
	t.see(r"B=>.*\n", "both marks stand in the margin")
	t.type("C-x o")
	t.see(r"step \d+  interp", "the mode line has the clock")
	before = re.search(r"step (\d+)", t.text()).group(1)
	t.type("s s")
	t.see(rf"step {int(before) + 2}  interp", "s steps, twice")
	t.type("C-u 3 s")
	t.see(rf"step {int(before) + 5}  interp", "C-u 3 s makes three")
	t.type("<f11>")
	t.see(rf"step {int(before) + 6}  interp", "F11 steps into")
	t.type("C-x 2")
	t.see(r"(?s)\*wat\*.*\*wat\*", "C-x 2 splits the window")
	t.type("C-x u")
	check(t.gone(r"(?s)\*wat\*.*\*wat\*"), "C-x u takes it back", t.text())
	t.type("C-s m u l")
	t.see(r"Search: mul", "C-s searches while typing")
	t.type("RET")
	t.type("M-x s p r i g h t")
	t.see(r"split-window-right +Split", "M-x finds by letters and describes")
	t.type("C-g u")
	t.see(r"delete 1|no breakpoint", "u removes what is on the line")
	t.type("C-x")
	t.see(r"2  split-window-below", "half a second after C-x what may follow is shown")
	t.type("C-g C-h k C-x o")
	t.see(r"Select the next window", "C-h k describes a key")
	t.p.setwinsize(40, 130)
	t.screen.resize(40, 130)
	t.see(r"\(func \$fac \(export \"fac\"\) \(param \$n i32\) \(result i32\) +│", "a larger terminal is used at once")
	t.type("C-x C-c")
	check(t.end() == 0, "C-x C-c ends it with status 0")


def test_asm():
	t = Terminal([WRENCH, "tui", "--tier", "baseline", "examples/fac.wat"], cols=120, rows=40)
	t.see(r"\(wrench\)", "the workbench opens with a tier")
	t.type('M-x "layout jit" RET')
	t.see(r"(?s)\$fac  \d+ bytes, (x86-64|arm64), not comp", "the asm pane shows code before it is compiled")
	t.see(r"\*wat\*.*\*regir\*.*\*asm\*", "beside text and register IR")
	t.see(r"(?m)│ .{3} +1 jump_nz r0:n, 4\s*$", "machine code stands beneath the cells")
	t.type("C-x o C-x o C-n C-n")
	t.type('M-x "start fac(3)" RET')
	t.see(r"step 0  ", "stopped beside its machine code")
	if platform.machine() == "x86_64":
		t.type("N N")
		t.see(r"(?m)│.{0,3}=> +[0-9a-f]{4} [a-z]", "stepn is N, and the machine instruction that is next is marked")
	t.type("C-x C-c y")
	check(t.end() == 0, "C-x C-c ends it", t.text())


def test_guest():
	path = os.path.join(SCRATCH, "spin.wat")
	with open(path, "w") as f:
		f.write(SPIN)
	t = Terminal([WRENCH, "tui", path])
	t.wait(r"\*repl\*")
	t.type('C-x o C-x o C-x o C-x o C-x o "forever()" RET')
	t.see(r"running.*C-g interrupts", "a loop runs, and the screen says so")
	t.p.setwinsize(30, 100)
	t.screen.resize(30, 100)
	time.sleep(0.3)
	t.see(r"running", "a resize while it runs is followed")
	t.type("C-g")
	t.see(r"Interrupted, \$forever", "C-g comes back from a loop")
	t.type('"kill" RET')
	t.type('C-x 1 C-x 2 C-x b "guest" RET C-x o "say()" RET')
	t.see(r"tick \\1b\[31m", "what the guest writes is shown, escape sequences as text")
	t.type('"echo()" RET')
	t.see(r"running", "a guest that reads waits")
	t.type('C-x o "hello" RET')
	t.see(r"(?s)hello.*hello", "a line typed in *guest* is its input")
	t.type('C-x o "chatter()" RET')
	t.see(r"(?s)(tick.*){4}", "output is shown while the guest runs")
	t.type("C-c")
	t.see(r"Interrupted", "C-c interrupts it, too")
	t.type('"kill" RET "quit" RET')
	check(t.end() == 0, "quit ends it")


def test_prompt_and_back():
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.wait(r"\*repl\*")
	t.type('C-x o C-x o C-x o C-x o C-x o "start fac(5)" RET')
	t.wait(r"Stopped at the start")
	t.type("C-x a")
	t.wait(r"quit \(or C-d\)")
	check(b"\x1b[?1049l" in t.raw, "C-x a leads to the prompt")
	t.type('"info locals" RET')
	t.see(r"0 n = 5 : i32", "the guest is still stopped there")
	t.type('"step" RET "tui" RET')
	t.see(r"(?s)=>.*step 1  interp", "tui comes back to it")
	t.see(r"wasm +@0x22", "with what *repl* had said")
	t.type("C-x C-c")
	check(t.end() == 0, "and ends from there")


def test_macro():
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.wait(r"\*repl\*")
	t.type('C-x o C-x o C-x o C-x o C-x o "start fac(5)" RET C-x o')
	t.wait(r"step 0  interp")
	t.settle()
	t.type("C-x ( s s C-x )")
	t.see(r"step 2  interp", "a macro is recorded while its keys work")
	t.type("C-x e")
	t.see(r"step 4  interp", "C-x e plays it")
	t.type("C-u 3 C-x e")
	t.see(r"step 10  interp", "with a count, so often")
	t.type('M-x "macro name twice" RET M-x "twice" RET')
	t.see(r"step 12  interp", "with a name it is a command")
	t.type("C-x C-c")
	t.end()


def modes(fd):
	a = termios.tcgetattr(fd)
	return a[0], a[1], a[3]


def test_restored():
	t = shell()
	t.wait(r"sh> ")
	before = modes(t.p.child_fd)
	t.type(f'"{WRENCH} tui examples/fac.wat" RET')
	t.wait(r"\*repl\*")
	check(modes(t.p.child_fd) != before, "the workbench takes the terminal")
	t.type("C-z")
	t.see(r"sh> ", "C-z gives the shell back")
	check(t.wait("sh> ") and b"\x1b[?1049l" in t.raw, "the screen before is restored")
	t.type('"fg" RET')
	t.see(r"\*wat\*.*\*regir\*", "fg draws it anew")
	t.type("C-x C-c")
	t.wait(r"sh> ")
	time.sleep(0.2)
	check(modes(t.p.child_fd) == before, "the terminal is as it was after C-x C-c")
	for name in ("TERM", "SEGV", "ABRT", "HUP"):
		t.raw = b""
		t.type(f'"{WRENCH} tui examples/fac.wat" RET')
		t.wait(r"\*regir\*")
		out = subprocess.run(["pgrep", "-P", str(t.p.pid)], capture_output=True, text=True).stdout.split()
		if out:
			os.kill(int(out[0]), getattr(signal, "SIG" + name))
		t.gone(r"\*regir\*")
		t.wait(r"sh> ")
		time.sleep(0.3)
		check(b"\x1b[?1049l" in t.raw and modes(t.p.child_fd) == before, f"the terminal is as it was after SIG{name}",
			t.text())
	t.type('"exit" RET')
	t.end()


def test_terminals():
	for name, colours in (("xterm", 8), ("vt100", 0), ("no-such-terminal", 256)):
		t = Terminal([WRENCH, "tui", "examples/fac.wat"], env={"TERM": name, "COLORTERM": ""})
		t.see(r"\*wat\*", f"TERM={name} works")
		rgb, indexed = b"[38;2;" in t.raw, b"[38;5;" in t.raw
		check(not rgb and indexed == (colours == 256), f"TERM={name} gets the colours it has", t.raw[:200])
		t.type("C-x C-c")
		t.end()
	t = Terminal([WRENCH, "tui", "examples/fac.wat"], env={"COLORTERM": "truecolor"})
	t.wait(r"\*wat\*")
	check(b"[38;2;" in t.raw, "COLORTERM=truecolor gets true colours")
	t.type("C-x C-c")
	t.end()
	t = Terminal([WRENCH, "tui", "examples/fac.wat"], env={"NO_COLOR": "1"})
	t.wait(r"\*wat\*")
	check(b"[38;" not in t.raw, "NO_COLOR is honoured")
	t.type("C-x C-c")
	t.end()
	t = Terminal([WRENCH, "tui", "--plain", "examples/fac.wat"])
	t.see(r"-> \*wat\*", "--plain marks the window with words")
	check("│" not in t.text() and b"[38;" not in t.raw, "and draws no lines and no colours")
	t.type("C-x C-c")
	t.end()
	t = Terminal([WRENCH, "tui", "examples/fac.wat"], env={"TERM": "dumb"})
	check(t.end() == 1 and "cannot move its cursor" in t.text(), "TERM=dumb is refused with words", t.text())


def test_idle():
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.wait(r"\*wat\*")
	time.sleep(0.3)

	def ticks():
		with open(f"/proc/{t.p.pid}/stat") as f:
			parts = f.read().rsplit(")", 1)[1].split()
		return int(parts[11]) + int(parts[12])

	before = ticks()
	time.sleep(1.5)
	check(ticks() == before, "waiting for a key uses no CPU")
	t.type("C-x C-c")
	t.end()


def test_saved_session():
	path = os.path.join(SCRATCH, "work.session")
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.wait(r"\*wat\*")
	t.type('C-x l "memory" RET')
	t.see(r"\*memory\*", "another layout")
	t.type('C-x b "repl" RET "session save ' + path + '" RET')
	t.settle()
	t.type("C-x C-c")
	t.end()
	t = Terminal([WRENCH, "tui"])
	t.wait(r"\*wat\*")
	t.type('C-x b "repl" RET "session load ' + path + '" RET')
	t.see(r"\*memory\*  0x0", "session load brings module and windows back")
	t.type("C-x C-c")
	t.end()
	t = Terminal([WRENCH, "-e", "session load " + path, "-e", "tui", "-i"])
	t.see(r"\*memory\*", "also when it was loaded at the prompt")
	t.type("C-x C-c")
	t.end()


def test_mouse():
	t = Terminal([WRENCH, "tui", "examples/fac.wat"])
	t.wait(r"\*wat\*")
	t.settle()
	check(b"\x1b[?1000h\x1b[?1006h" in t.raw, "the terminal is asked for its mouse")
	t.p.send("\x1b[<0;60;3M\x1b[<0;60;3m")
	t.see(r"▌\*regir\*", "a click selects the window")
	t.p.send("\x1b[<0;10;5M\x1b[<0;10;5m")
	t.settle()
	check(t.screen.cursor.y == 4 and "▌*wat*" in t.text(), "and puts the cursor there", t.text())
	t.p.send("\x1b[<64;10;22M" * 3)
	t.settle()
	check("▌*wat*" in t.text(), "the wheel selects nothing", t.text())
	before = len(t.raw)
	t.type('C-x b "repl" RET "set mouse off" RET')
	t.settle()
	check(b"\x1b[?1000l" in t.raw[before:], "set mouse off gives it back")
	t.type('"set mouse on" RET')
	t.settle()
	before = len(t.raw)
	t.type("C-x C-c")
	t.end()
	check(b"\x1b[?1000l" in t.raw[before:], "and so does leaving")


def test_progress():
	path = os.path.join(SCRATCH, "huge.wat")
	with open(path, "w") as f:
		body = "(drop (i32.add (i32.const 1) (i32.const 2)))\n" * 400
		f.write("(module\n" + "".join(f"(func $f{i}\n{body})\n" for i in range(8000)) + ")\n")
	t = Terminal([WRENCH, "tui", "examples/fac.wat"], cols=120)
	t.wait(r"\*wat\*")
	t.type(f'C-x b "repl" RET "load {path}" RET')
	check(t.wait(r"(scanning|parsing) \d+ %  C-g interrupts"), "loading a large module says how far it is", t.text())
	t.type("C-g")
	t.see(r"error: cancelled while (scanning|parsing)", "C-g ends it")
	t.type('"print 6 * 7" RET')
	t.see(r"= 42", "and nothing is lost")
	os.remove(path)
	with open(os.path.join(SCRATCH, "count.wat"), "w") as f:
		f.write("(module (func (export \"up\") (loop $l (br $l))))")
	t.settle()
	t.type('"load ' + os.path.join(SCRATCH, "count.wat") + '" RET')
	t.settle()
	t.type('"start up()" RET')
	t.settle()
	t.type('"continue" RET')
	check(t.wait(r"running.*  step \d{7,}  C-g"), "a recorded run says how far it is", t.text())
	t.type("C-g")
	t.see(r"rec\b", "C-g stops it")
	t.type('"goto 2" RET')
	t.see(r"step 2 .*past", "and it can go back")
	t.type("C-x C-c")
	t.end()


def test_init_lua():
	folder = os.path.join(SCRATCH, "config", "wrench")
	os.makedirs(folder, exist_ok=True)
	with open(os.path.join(folder, "init.lua"), "w") as f:
		f.write('wb.bind("C-c p", "print 6 * 7")\nwb.pane{ name = "mine", help = "lines of a script", '
			'lines = function() return { "from a script" } end }\n')
	t = Terminal([WRENCH, "tui", "examples/fac.wat"], env={"XDG_CONFIG_HOME": os.path.join(SCRATCH, "config")})
	t.wait(r"\*wat\*")
	t.type("C-c p")
	t.see(r"= 42", "a key that init.lua bound")
	t.type('C-x b "mine" RET')
	t.see(r"from a script", "a pane that init.lua defined")
	t.type("C-x C-c")
	t.end()


for test in (test_session, test_asm, test_guest, test_prompt_and_back, test_macro, test_restored, test_terminals, test_idle, test_saved_session, test_mouse, test_progress, test_init_lua):
	test()
print(f"1..{count}")
