#!/usr/bin/env python3
# Line tables, functions, variables and their types as LLVM's reader of DWARF has them, for the corpus and our own modules.
import glob, os, re, shutil, subprocess, sys

dump = shutil.which("llvm-dwarfdump-14") or shutil.which("llvm-dwarfdump")
shared = os.environ.get("SHARED", "")
files = sorted(glob.glob("tests/transcripts/source/*.wasm"))
if shared:
    files += sorted(glob.glob(shared + "/programs/wasm/*_O0g.wasm"))
    files += [f for f in [shared + "/wasi-testsuite/rust/big_random_buf.wasm"] if os.path.exists(f)]
if not dump:
    print("1..0 # SKIP llvm-dwarfdump is not there")
    sys.exit()


def oracle(*args):
    return subprocess.run([dump, *args], stdout=subprocess.PIPE, text=True, errors="replace").stdout.splitlines()


def ours(what, file):
    tool = os.path.join(os.environ["B"], "tests/debugger/dwarf_test")
    return subprocess.run([tool, what, file], stdout=subprocess.PIPE, text=True, errors="replace", check=True).stdout.splitlines()


ROW = re.compile(r"0x([0-9a-f]{16})\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+\d+\s*(.*)$")


def rows(file):
    """(address, line, column, flags, name of the file), without the sequences of dropped code."""
    out, sequence, names, index = [], [], {}, None
    for text in oracle("--debug-line", file):
        if text.startswith("debug_line["):
            names = {}
        m = re.match(r"file_names\[\s*(\d+)\]", text)
        if m:
            index = int(m.group(1))
        m = re.match(r'\s+name: "(.*)"', text)
        if m and index is not None:
            names[index], index = m.group(1), None
        m = ROW.match(text)
        if not m:
            continue
        flags = m.group(5).split()
        sequence.append((int(m.group(1), 16), int(m.group(2)), int(m.group(3)),
                         ("s" if "is_stmt" in flags else "-") + ("p" if "prologue_end" in flags else "-") +
                         ("e" if "end_sequence" in flags else "-"), os.path.basename(names.get(int(m.group(4)), ""))))
        if "end_sequence" in flags:
            if 0 < sequence[0][0] < 0xfffffff0:
                out += sequence
            sequence = []
    return sorted(out)


def our_rows(file):
    out = []
    for text in ours("lines", file):
        address, line, column, flags, path = text.split(" ", 4)
        out.append((int(address, 16), int(line), int(column), flags, os.path.basename(path)))
    return sorted(out)


def plain(name):
    """Types without what the two write differently: keywords, scopes of C++, blanks."""
    name = re.sub(r"\b(struct|union|enum|class)\b ?", "", name)
    name = re.sub(r"\(anonymous namespace\)::|[A-Za-z_][\w]*(<[^<>]*>)?::", "", name)
    return re.sub(r"\s+|\(void\)|\(\)", "", name)


def entries(file):
    """entry of each named variable or parameter -> its name and type; (low, high) of each function."""
    variables, functions = {}, []
    entry = tag = name = low = None
    for text in oracle("--debug-info", file):
        m = re.match(r"0x([0-9a-f]{8}):\s+(DW_TAG_\w+|NULL)", text)
        if m:
            entry, tag, low = int(m.group(1), 16), m.group(2), None
            continue
        if tag in ("DW_TAG_variable", "DW_TAG_formal_parameter"):
            m = re.match(r'\s+DW_AT_name\s+\("(.*)"\)', text)
            if m:
                variables.setdefault(entry, ["", ""])[0] = m.group(1)
            m = re.match(r'\s+DW_AT_type\s+\(0x[0-9a-f]+(?: "(.*)")?\)', text)
            if m:
                variables.setdefault(entry, ["", ""])[1] = m.group(1) or ""
        if tag == "DW_TAG_subprogram":
            m = re.match(r"\s+DW_AT_low_pc\s+\(0x([0-9a-f]+)\)", text)
            low = int(m.group(1), 16) if m else low
            m = re.match(r"\s+DW_AT_high_pc\s+\(0x([0-9a-f]+)\)", text)
            if m and low:
                functions.append((low, int(m.group(1), 16)))
    return {k: v for k, v in variables.items() if v[0]}, sorted(functions)


count = 0


def check(ok, name, *why):
    global count
    count += 1
    print(f"{'ok' if ok else 'not ok'} {count} - {name}")
    for line in () if ok else why:
        print("#   " + str(line))


for file in files:
    short = os.path.basename(file)
    a, b = rows(file), our_rows(file)
    check(a == b and a, f"{short}: {len(a)} rows of line tables", len(b), sorted(set(a) ^ set(b))[:8])
    variables, functions = entries(file)
    mine = {}
    for text in ours("vars", file):
        head, type_name = text.split(" | ", 1)
        entry, name = head.split(" ", 1)
        mine[int(entry, 16)] = (name, type_name)
    # those that only refer to their abstract origin have a name in ours: the oracle prints none
    wrong = [(hex(k), v, mine.get(k)) for k, v in variables.items() if not mine.get(k) or mine[k][0] != v[0]]
    check(variables and not wrong, f"{short}: the names of {len(variables)} variables", *wrong[:8])
    # the oracle prints nothing behind `restrict`, templates differently by version, and Zig's dots as scopes
    odd = re.compile(r"<|unnamed|restrict|\w\.\w")
    wrong = [(hex(k), v, mine[k]) for k, v in variables.items() if v[1] and k in mine and not odd.search(v[1]) and
             plain(mine[k][1]) != plain(v[1]) and "{…}" not in mine[k][1]]
    check(not wrong, f"{short}: their types", len(wrong), *wrong[:8])
    found = sorted((int(x.split()[0], 16), int(x.split()[1], 16)) for x in ours("funcs", file))
    check(functions and [f for f in functions if f not in found] == [], f"{short}: {len(functions)} functions",
          [f for f in functions if f not in found][:8])
print(f"1..{count}")
