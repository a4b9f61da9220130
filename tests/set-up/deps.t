#!/usr/bin/env python3
"""tools/deps.sh lists everything that the Makefile, the tools and the tests use, and only that.

Commands are looked for where a shell would find one: in recipes, shell scripts, the `$ ` lines of
transcripts, and lists handed to Python's subprocess. What is not a command on this machine is no
command of ours either (functions, words of a here-document). Libraries come from #include <…>,
Python's from import.
"""
import ast
import os
import re
import shutil
import subprocess
import sys

# on every system that has a shell and a package manager, and what C and POSIX bring
BASE = set("""awk base64 basename cat chmod cmp comm cp cut date diff flock dirname echo env expr find grep head id install kill ln ls
mkdir mkfifo mktemp mv nproc od printf rm rmdir sed seq sh sleep sort split stat tail tar tee test timeout touch tr uname uniq wc
nice pwd realpath sha256sum xargs yes true false apt-get brew sudo""".split())
SHELL = set("""if then else elif fi for do done case esac while until in function local export unset set shift return exit
exec eval trap wait cd read break continue ulimit umask type command hash times alias bg fg jobs getopts readonly""".split())
HEADERS = set("""wrench xlocale assert ctype errno float inttypes limits locale math setjmp signal stdarg stdatomic stdbool stddef
stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype iso646 stdalign fenv complex alloca dirent
dlfcn endian fcntl features fnmatch getopt glob langinfo link malloc poll pthread pwd grp regex sched semaphore spawn
strings sysexits termios ucontext unistd utime wordexp err execinfo byteswap elf pty libgen ftw netdb net/if
arpa/inet netinet/in netinet/tcp immintrin emmintrin smmintrin tmmintrin nmmintrin x86intrin arm_neon cpuid""".split())
SYSTEM = ("sys/", "linux/", "asm/", "sanitizer/")

count = failed = 0


def check(ok, name, why=""):
	global count, failed
	count += 1
	failed += not ok
	print(f"{'ok' if ok else 'not ok'} {count} - {name}")
	if not ok:
		print("".join(f"#   {line}\n" for line in why.splitlines()), end="")


def rows():
	text = subprocess.run(["tools/deps.sh", "--rows"], check=True, capture_output=True, text=True).stdout
	return [line.split("\t") for line in text.splitlines()]


def read(path):
	with open(path, encoding="utf-8", errors="replace") as f:
		return f.read()


def tree():
	for top in ["Makefile", ".ci/run"]:
		yield top
	for folder in ["tools", "tests", "engine", "wat", "jit", "debugger", "trace", "repl", "tui", "scripts"]:
		for at, _, files in os.walk(folder):
			for name in files:
				yield os.path.join(at, name)


def shell_of(path, text):
	"""the shell commands in a file"""
	if path == "Makefile":
		lines = text.replace("\\\n", " ").splitlines()
		found = [re.sub(r"\$\(call [^()]*\)|\$Q", "", line.lstrip("\t@-")) for line in lines if line.startswith("\t")]
		found += re.findall(r"\$\(shell ([^)]*)\)", text) + re.findall(r"^\w+ = (printf .*)$", text, re.M)
		return "\n".join(re.sub(r"\$[({][A-Z_]+[)}]|\$[@<^B*]", "V", line.replace("$$", "$")) for line in found)
	if re.match(r"#!.*\b(ba)?sh\b", text) or path.endswith(".sh"):
		return re.sub(r"<<-?'?(\w+)'?.*?^\s*\1$", "", text, flags=re.M | re.S)
	if "transcripts/" in path and path.endswith(".txt"):
		return "\n".join(line[2:] for line in text.splitlines() if line.startswith("$ "))
	return ""


def commands(shell):
	"""words in the place of a command; quoted text is none, except what $(…) in it runs"""
	functions = set(re.findall(r"^(\w+)\(\)", shell, re.M))
	shell = re.sub(r"^\s*#.*$|\s#\s.*$", "", shell.replace("\\\n", " "), flags=re.M)
	shell = re.sub(r"'[^']*'", "''", shell)
	shell = re.sub(r"\$\(", "\n", shell)
	shell = re.sub(r"\"[^\"\n]*\"", '""', shell)
	for part in re.split(r"[\n;|&(){}`]+", shell):
		for word in part.split():
			if word in SHELL - {"for", "case"} or "=" in word or word in ("!", "sudo", "-v"):
				continue
			if re.fullmatch(r"[a-z][\w.+-]*", word) and word not in functions:
				yield word
			break


def python_uses(path, text):
	"""(commands, modules) of a Python file"""
	names, modules = set(), set()
	for node in ast.walk(ast.parse(text, path)):
		if isinstance(node, ast.Import):
			modules |= {a.name.split(".")[0] for a in node.names}
		elif isinstance(node, ast.ImportFrom) and node.module:
			modules.add(node.module.split(".")[0])
		elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("subprocess.") and node.args:
			first = node.args[0]
			if isinstance(first, ast.List) and first.elts and isinstance(first.elts[0], ast.Constant):
				names.add(first.elts[0].value)
	return names, modules


def is_python(path, text):
	return path.endswith(".py") or re.match(r"#!.*python", text)


def main():
	listed = rows()
	probes = {row[1] for row in listed}
	known = {p.split(":", 1)[1] for p in probes if p.startswith("command:")}
	used, modules, headers = {}, {}, {}
	for path in tree():
		text = read(path)
		if is_python(path, text):
			names, imports = python_uses(path, text)
			used.update((n, path) for n in names)
			local = {f[:-3] for f in os.listdir(os.path.dirname(path)) if f.endswith(".py")}
			modules.update((m, path) for m in imports - local)
		else:
			used.update((n, path) for n in commands(shell_of(path, text)))
		if path.endswith((".c", ".h")):
			headers.update((h, path) for h in re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.M))

	unlisted = {n: p for n, p in used.items() if n not in known | BASE | {"wrench"} and "/" not in n and shutil.which(n)}
	check(not unlisted, "every command that is used is listed", "\n".join(f"{n} in {p}" for n, p in sorted(unlisted.items())))

	foreign = {m: p for m, p in modules.items() if m not in sys.stdlib_module_names and not {f"python:{m}", f"module:{m}"} & probes}
	check(not foreign, "every Python module that is used is listed", "\n".join(f"{m} in {p}" for m, p in foreign.items()))

	outside = {h: p for h, p in headers.items() if h[:-2] not in HEADERS and not h.startswith(SYSTEM)}
	ours = {os.path.basename(p[7:]) for p in probes if p.startswith("header:")}
	homes = {"lauxlib.h": "lua.h", "lualib.h": "lua.h", "ncurses.h": "curses.h", "term.h": "curses.h", "history.h": "readline.h"}
	unknown = {h: p for h, p in outside.items() if homes.get(os.path.basename(h), os.path.basename(h)) not in ours}
	check(not unknown, "every library that is included is listed", "\n".join(f"<{h}> in {p}" for h, p in unknown.items()))

	everything = "\n".join(read(p) for p in tree() if p != "tools/deps.sh")
	idle = [n for n in known if not re.search(rf"(?<![\w-]){re.escape(n.replace('qemu-aarch64', 'qemu-'))}", everything)]
	check(not idle, "every command that is listed is used", "\n".join(idle))

	check(all(len(row) == 5 and all(row) for row in listed), "every row has its five columns")
	check(all(row[0] in ("build", "test", "bench") for row in listed), "every row has a stage that exists")
	absent = [row[2] for row in listed if row[1].startswith("command:") and row[0] != "bench" and not shutil.which(row[1][8:])]
	check(not absent, "every listed command of build and test is here", "\n".join(absent))
	shown = subprocess.run(["tools/deps.sh", "--list"], check=True, capture_output=True, text=True).stdout
	check(all(row[2] in shown and row[4] in shown for row in listed), "make deps shows every row")
	print(f"1..{count}")
	sys.exit(failed > 0)


main()
