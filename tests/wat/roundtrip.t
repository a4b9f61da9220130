#!/usr/bin/env python3
"""Binary to text and back through the program: `wrench wat`, then `wrench wasm`, must give the same bytes again when
done twice (the first round may shorten integers and renew the name section)."""
import os
import subprocess
import sys
import tempfile

WRENCH = os.environ.get("WRENCH", "./wrench").split()
TOP = os.environ.get("TOP", ".")
SHARED = os.environ.get("SHARED")
FOLDERS = ["bench", "programs", "wasi-testsuite"]
LARGEST = 400000


def modules():
    data = os.path.join(TOP, "tests/wat/data")
    files = [os.path.join(data, f) for f in sorted(os.listdir(data)) if f.endswith(".wat")]
    for folder in FOLDERS if SHARED else []:
        for where, _, names in sorted(os.walk(os.path.join(SHARED, folder))):
            files += [os.path.join(where, n) for n in sorted(names) if n.endswith(".wasm")]
    return files


def is_core(file):
    with open(file, "rb") as f:
        head = f.read(8)
    return file.endswith(".wat") or (head == b"\0asm\1\0\0\0" and os.path.getsize(file) <= LARGEST)


def run(*args):
    r = subprocess.run([*WRENCH, *args], capture_output=True, stdin=subprocess.DEVNULL)
    return r.returncode, r.stderr.decode("utf-8", "replace").strip()


def convert(kind, source, target):
    status, said = run(kind, source, "-o", target)
    if status:
        raise RuntimeError(f"wrench {kind} {source}: status {status}: {said}")


def round_trip(file, scratch):
    paths = [os.path.join(scratch, n) for n in ("a.wasm", "a.wat", "b.wasm", "b.wat", "c.wasm")]
    a, at, b, bt, c = paths
    if file.endswith(".wat"):
        convert("wasm", file, a)
    else:
        a = file
    convert("wat", a, at)
    convert("wasm", at, b)
    convert("wat", b, bt)
    convert("wasm", bt, c)
    with open(at, "rb") as x, open(bt, "rb") as y:
        if x.read() != y.read():
            raise RuntimeError(f"{file}: the text changes when printed again")
    with open(b, "rb") as x, open(c, "rb") as y:
        if x.read() != y.read():
            raise RuntimeError(f"{file}: the binary changes when made again")


def main():
    if not any(os.access(os.path.join(d, WRENCH[-1]), os.X_OK) for d in ("", TOP)):
        print("1..0 # SKIP the program is not built")
        return 0
    files = [f for f in modules() if is_core(f)]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for n, file in enumerate(files, 1):
            try:
                round_trip(file, scratch)
                print(f"ok {n} - {os.path.basename(file)} through text and back")
            except RuntimeError as e:
                failed += 1
                print(f"not ok {n} - {os.path.basename(file)} through text and back")
                print("# " + str(e).replace("\n", "\n# "))
    print(f"1..{len(files)}")
    return failed > 0


sys.exit(main())
