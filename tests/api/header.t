#!/usr/bin/env python3
"""Every declaration of wrench.h is documented and linked; what the library shows to programs is just those.

The header itself is the list: a program that takes the address of each function is generated, compiled and linked with
libwrench.a as C and as C++, and run.
"""
import os
import re
import shutil
import subprocess
import sys

HEADER = "include/wrench.h"
B, TMP = os.environ["B"], os.environ["TMPDIR"]
CFLAGS = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude"]
count = failed = 0


def check(ok, name, why=""):
	global count, failed
	count += 1
	failed += not ok
	print(f"{'' if ok else 'not '}ok {count} - {name}")
	for line in why.splitlines()[:20] if not ok else []:
		print("#   " + line)


def run(*command):
	p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
	return p.returncode == 0, p.stdout


def functions(text):
	"""Names of declared functions: a declaration begins in column 1."""
	plain = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
	return re.findall(r"^(?!typedef)[a-z][\w \t]*?[ *](wr_\w+)\(", plain, re.M)


def undocumented(text):
	"""Declarations that neither follow a comment nor another declaration of the same paragraph that does."""
	bad = []
	for paragraph in re.split(r"\n\s*\n", text.split('extern "C" {', 1)[1]):
		lines = paragraph.split("\n")
		first = next((i for i, l in enumerate(lines) if re.match(r"[a-z].*\bwr_\w+\(", l)), None)
		if first is not None and not any("/*" in l or "*/" in l for l in lines[:first]):
			bad += functions("\n".join(lines))
	return bad


def link(compiler, std, source, names):
	with open(source, "w") as f:
		f.write('#include <wrench.h>\n#include <stdio.h>\ntypedef void (*any)(void);\n')
		f.write("static const any all[] = {\n" + "".join(f"\t(any){n},\n" for n in names) + "};\n")
		f.write("int main(void)\n{\n\tunsigned n = 0;\n\tfor (unsigned i = 0; i < sizeof all / sizeof *all; i++)\n"
			"\t\tn += all[i] != 0;\n\tprintf(\"%u\\n\", n);\n\treturn 0;\n}\n")
	program = source + ".out"
	ok, out = run(compiler, std, *CFLAGS, "-Wno-cast-function-type", "-o", program, source, f"{B}/libwrench.a", "-no-pie",
		"-lm", "-lpthread", *SANITIZE)
	check(ok, f"all of them link as {std[5:]}", out)
	if ok:
		ok, out = run(program)
		check(ok and out.strip() == str(len(names)), "  and are there", out)


text = open(HEADER).read()
if os.environ.get("RUNNER"):
	print("1..0 # SKIP this is a cross build")
	sys.exit()
configuration = os.path.basename(B)
SANITIZE = ["-fsanitize=" + configuration.split("-full-")[1].replace("_", ",")] if "-full-a" in configuration else []
names = functions(text)
check(len(names) > 100 and len(set(names)) == len(names), f"the header declares {len(names)} functions")
check(not undocumented(text), "each of them is documented", "\n".join(undocumented(text)))
ok, shown = run("nm", "-g", "--defined-only", f"{B}/libwrench.a")
shown = {l.split()[2] for l in shown.splitlines() if len(l.split()) == 3}
check(shown == set(names), "the library shows these and nothing else", " ".join(sorted(shown ^ set(names))))
cc = "clang-14" if SANITIZE else "gcc"
link(cc, "-std=c99", f"{TMP}/all.c", names)
cxx = "clang++-14" if SANITIZE else "g++"
if shutil.which(cxx):
	for std in ("-std=c++98", "-std=c++20"):
		if std == "-std=c++98":     # stdint.h and stdbool.h are extensions there
			CFLAGS.remove("-pedantic")
		link(cxx, std, f"{TMP}/all{std[-2:]}.cc", names)
else:
	check(True, f"C++ # SKIP there is no {cxx}")
print(f"1..{count}")
sys.exit(failed > 0)
