#!/usr/bin/env python3
"""Every program of the wasi-testsuite, through `wrench run`, as the .json beside it says: args, env, exit_code,
stdout, and root, the directory that the guest sees as /. Each gets a fresh copy of its root."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TIME_LIMIT = 30         # seconds for one program


def find_suite():
	shared = os.environ.get("SHARED") or os.path.join(os.environ.get("TOP", "."), "..", "shared")
	return os.path.join(shared, "wasi-testsuite")


def programs(suite):
	for folder, _, files in sorted(os.walk(suite)):
		for name in sorted(files):
			if name.endswith(".wasm"):
				yield os.path.join(folder, name)


def read_spec(wasm):
	path = wasm[:-len(".wasm")] + ".json"
	if not os.path.exists(path):
		return {}
	with open(path, encoding="utf-8") as f:
		return json.load(f)


def copy_root(wasm, spec, scratch):
	root = os.path.join(scratch, "root")
	shutil.copytree(os.path.join(os.path.dirname(wasm), spec["root"]), root)
	for folder, _, files in os.walk(root):
		os.chmod(folder, 0o755)
		for name in files:
			os.chmod(os.path.join(folder, name), 0o644)
	return root


def command(wasm, spec, scratch):
	words = os.environ.get("WRENCH", "./wrench").split() + ["run"]
	if "root" in spec:
		words += ["--dir", copy_root(wasm, spec, scratch) + "::/"]
	for name, value in spec.get("env", {}).items():
		words += ["--env", f"{name}={value}"]
	return words + [wasm] + spec.get("args", [])


def run(wasm):
	"""Why the program failed; "" when it passed."""
	spec = read_spec(wasm)
	with tempfile.TemporaryDirectory() as scratch:
		try:
			p = subprocess.run(command(wasm, spec, scratch), stdin=subprocess.DEVNULL, capture_output=True,
				timeout=TIME_LIMIT)
		except subprocess.TimeoutExpired:
			return f"not finished after {TIME_LIMIT} s"
	expected = spec.get("exit_code", 0)
	if p.returncode != expected:
		return f"status {p.returncode}, expected {expected}\n" + p.stderr.decode("utf-8", "replace")[-1500:]
	if "stdout" in spec and p.stdout != spec["stdout"].encode():
		return f"printed {p.stdout!r}, expected {spec['stdout'].encode()!r}"
	return ""


def main():
	suite = find_suite()
	if not os.path.isdir(suite):
		print("1..0 # SKIP the wasi-testsuite is not there")
		return 0
	count = failed = 0
	for wasm in programs(suite):
		why = run(wasm)
		count += 1
		failed += bool(why)
		print(f"{'not ok' if why else 'ok'} {count} - {os.path.relpath(wasm, suite)}")
		for line in why.splitlines():
			print("#   " + line)
	print(f"1..{count}")
	return failed > 0


sys.exit(main())
