# One Makefile for everything: `make help` lists the targets, `make V=1` shows every command.
#
#   make CC=clang             another compiler         make SAN=address,undefined   with sanitizers (clang)
#   make READLINE=no          libedit for readline     make FRONT=none              libc alone, cross-compiles
#   make WERROR=no            warnings stay warnings   make CFLAGS=-O0\ -g           for a debugger
#   make PLANT=n              with a bug built in: engine/plants.def
#
# Objects of each configuration have a folder of their own, build/CONFIGURATION, so nothing has to be
# cleaned when switching. `make` links the program of the configuration it was given to ./wrench.

VERSION := $(shell cat VERSION)
PREFIX  ?= /usr/local
BUILD   ?= build
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
MAKEFLAGS += $(if $(filter 0,$(MAKELEVEL)),-j$(JOBS)) --no-builtin-rules --no-print-directory
Q := $(if $(V),,@)
START := $(shell date +%s)

# ---- compilers -------------------------------------------------------------------------------------
# The interpreter's files are always optimised and compiled with clang where there is one: its tail
# calls between handlers cost nothing and survive sanitizers, gcc's do not.

CLANG := $(firstword $(foreach c,clang-14 clang,$(shell command -v $c)))
ifeq ($(origin CC),default)
CC := $(if $(SAN),$(or $(notdir $(CLANG)),clang),gcc)
else ifeq ($(CC),clang)
override CC := $(or $(notdir $(CLANG)),clang)
endif
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
CROSS   := $(filter-out $(shell uname -m),$(MACHINE))
RUNNER  := $(if $(CROSS),qemu-$(CROSS))
INTERP_CC ?= $(if $(CROSS),$(CC),$(or $(notdir $(CLANG)),$(CC)))

# ---- sources ---------------------------------------------------------------------------------------

LIB_DIRS   := engine/base engine engine/regir engine/gc engine/wasi wat jit jit/base jit/x64 jit/a64 api
TOOL_DIRS  := debugger trace repl/command repl tui scripts
FRONT_ONLY := scripts/% tui/% repl/command/predict.c repl/front_script.c repl/front_lesson.c repl/readline.c repl/loop.c repl/history.c
without_front = $(if $(filter none,$(FRONT)),$(filter-out $(FRONT_ONLY) $(FRONT_ONLY:%=tests/%),$1),$1)

LIB_SRC  := $(foreach d,$(LIB_DIRS),$(sort $(wildcard $d/*.c)))
SRC      := $(call without_front,$(LIB_SRC) $(foreach d,$(TOOL_DIRS),$(sort $(wildcard $d/*.c))))
TEST_SRC := $(call without_front,$(sort $(shell find tests -name '*_test.c')))
INTERP   := $(wildcard engine/regir/interp*.c)
PLANT_SRC := $(if $(shell grep '^PLANT.$(PLANT),.*"interp:' engine/plants.def),engine/regir/interp_fast.c engine/regir/walk_fast.c,jit/x64/compile.c)

# ---- configuration ---------------------------------------------------------------------------------

comma  := ,
CONFIG := $(notdir $(CC))-$(or $(FRONT),full)$(if $(READLINE),-readline_$(READLINE))$(if $(SAN),-$(subst $(comma),_,$(SAN)))
# … one name for it, however it is spelled: what an object depends on is noted under that name.
B      := $(patsubst $(CURDIR)/%,%,$(BUILD)/$(CONFIG))
LUA_INCLUDE ?= $(firstword $(wildcard /usr/include/lua5.4 /opt/homebrew/include/lua5.4 /usr/local/include/lua5.4))

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
CPPFLAGS += -I. -D_GNU_SOURCE= -DVERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
FLAGS  := -std=gnu11 $(WARN) $(if $(WERROR),,-Werror) -fno-pie -fcf-protection=none -MMD -MP
FLAGS_INTERP := -O2 -fno-math-errno -ffp-contract=off -fno-stack-protector -fno-plt -fomit-frame-pointer -falign-functions=32 \
	$(if $(findstring clang,$(INTERP_CC)),,-fno-tree-slp-vectorize)
LINK := -no-pie $(LDFLAGS)
LIBS := -lm -lpthread

ifdef SAN
FLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK  += -fsanitize=$(SAN)
endif
ifdef CROSS
LINK += -static
endif
ifeq ($(FRONT),none)
CPPFLAGS += -DFRONT_NONE
else
LIBS := -l:liblua5.4.a -l:libncursesw.a -l:libtinfo.a -ldl $(LIBS)
ifeq ($(READLINE),no)
CPPFLAGS += -DUSE_LIBEDIT
LIBS := -ledit $(LIBS)
else
LIBS := -l:libreadline.a $(LIBS)
endif
endif

OBJ     := $(SRC:%.c=$B/%.o) $(if $(filter none,$(FRONT)),,$B/scripts/prelude.o)
LIB_OBJ := $(LIB_SRC:%.c=$B/%.o)
TESTS   := $(filter $B/tests/$(FOLDER:=/)%,$(TEST_SRC:%.c=$B/%))

# ---- building --------------------------------------------------------------------------------------

ifndef PLANT
all: program ## build ./wrench and libwrench.a (the default)
	@ln -f $B/wrench $B/libwrench.a . 2>/dev/null || \
	{ rm -f wrench libwrench.a; cp $B/wrench $B/libwrench.a .; }
else
all: planted
	@ln -f $B/plant-$(PLANT)/wrench . 2>/dev/null || { rm -f wrench; cp $B/plant-$(PLANT)/wrench .; }
endif

program: $B/wrench $B/libwrench.a ## build below build/ only, leaving ./wrench as it is
	@test ! -s $B/count || echo "cc … $$(wc -c <$B/count) files, $$(($$(date +%s) - $(START))) s"; rm -f $B/count

$B/wrench: $B/repl/main.o $B/all.a
	$Q$(CC) $(LINK) -o $@.new $< $B/all.a $(LIBS) && mv $@.new $@

# Row n of engine/plants.def, built in on purpose: the files that may hold one again, in front of the others.
PLANT_OBJ := $(patsubst %.c,$B/plant-$(PLANT)/%.o,$(filter $(PLANT_SRC),$(SRC)))

planted: $B/plant-$(PLANT)/wrench ## with PLANT=n: the program with bug n of engine/plants.def built in
	@rm -f $B/count

$B/plant-$(PLANT)/wrench: $(PLANT_OBJ) $B/repl/main.o $B/all.a
	$Q$(CC) $(LINK) -o $@ $(PLANT_OBJ) $B/repl/main.o $B/all.a $(LIBS)

$B/plant-$(PLANT)/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$Q$(CC_FOR) $(CPPFLAGS) -DWRENCH_PLANT=$(PLANT) $(FLAGS) $(CFLAGS) $(EXTRA) -c -o $@ $<

# One object in which only the names of wrench.h are to be seen, so that no program can clash with others.
$B/libwrench.a: $(LIB_OBJ) $B/list
	$Q$(CC) -r -nostdlib -o $B/libwrench.o $(LIB_OBJ)
	$Q$(shell $(CC) -print-prog-name=objcopy) -w --keep-global-symbol='wr_*' $B/libwrench.o
	$Qrm -f $@ && $(AR) rcs $@ $B/libwrench.o

$B/all.a: $(OBJ) $B/list
	$Qrm -f $@ && $(AR) rcs $@ $(filter-out $B/repl/main.o,$(OBJ))

# The part of the scripts' bridge that is Lua itself, as C strings: one row for each file.
PRELUDE := $(sort $(wildcard scripts/prelude/*.lua))
$B/scripts/prelude.c: $(PRELUDE) $B/flags
	@mkdir -p $(@D)
	$Q{ echo '#include "scripts/bridge.h"'; echo 'const struct prelude preludes[] = {'; \
	for f in $(PRELUDE); do echo "{ \"=(wrench $$(basename $$f .lua))\","; \
	sed 's/\\/&&/g; s/"/\\"/g; s/.*/"&\\n"/' $$f; echo '},'; done; echo '{ 0, 0 } };'; } >$@

$B/scripts/prelude.o: $B/scripts/prelude.c
	$Q$(CC) $(CPPFLAGS) $(FLAGS) $(CFLAGS) $(LUA_INCLUDE:%=-I%) -c -o $@ $<

$B/%.o: %.c $B/flags
	@mkdir -p $(@D); printf . >>$B/count
	$Q$(CC_FOR) $(CPPFLAGS) $(FLAGS) $(CFLAGS) $(EXTRA) -c -o $@ $<

CC_FOR = $(CC)
$(INTERP:%.c=$B/%.o) $(INTERP:%.c=$B/plant-$(PLANT)/%.o): CC_FOR = $(INTERP_CC)
$(INTERP:%.c=$B/%.o) $(INTERP:%.c=$B/plant-$(PLANT)/%.o): EXTRA = $(FLAGS_INTERP)
$B/scripts/%.o: EXTRA = $(LUA_INCLUDE:%=-I%)

$B/tests/%_test: tests/%_test.c tests/harness/tap.h $B/all.a $B/flags
	@mkdir -p $(@D)
	$Q$(CC) $(CPPFLAGS) $(FLAGS) $(CFLAGS) $(LINK) $(LINK_EXTRA) -o $@ $< $B/all.a $(LIBS)

# Its own malloc and mmap, which fail when they are told to.
$B/tests/engine/allocation_test: LINK_EXTRA = $(foreach f,malloc calloc realloc free strdup mmap munmap memfd_create pwrite,-Wl,--wrap=$f)

# Another disassembler's opinion, where it is installed.
ZYDIS := $(if $(CROSS),,$(wildcard /usr/include/Zydis/Zydis.h))
$B/tests/encode/x64_test: LINK_EXTRA = $(if $(ZYDIS),-DHAVE_ZYDIS -Wl$(comma)--no-as-needed -lZydis)

# Doubles of the engine's functions stand in tests/wasi/guest.h: they are linked first.
$(filter $B/tests/wasi/%_test,$(TESTS)) $B/fuzz/wasi_fuzz: LINK_EXTRA = -Wl,--allow-multiple-definition

# What objects and archives were made from: rewritten only when it changes, so that another flag
# recompiles everything and a removed source leaves the archives. Neither says how this run of make
# spells the folder, and each run writes a file of its own first: several may look at once.
$B/flags: FORCE
	@mkdir -p $B; rm -f $B/count
	@$(call write_if_new,$(CC) $(INTERP_CC) $(CPPFLAGS) $(FLAGS) $(CFLAGS) $(FLAGS_INTERP) $(LINK) $(LIBS))

$B/list: $B/flags FORCE
	@$(call write_if_new,$(OBJ:$B/%=%))

write_if_new = printf '%s\n' '$(subst ','\'',$1)' >$@.$$$$; \
	if cmp -s $@.$$$$ $@; then rm -f $@.$$$$; else mv $@.$$$$ $@; fi

-include $(OBJ:.o=.d) $(TESTS:=.d) $(PLANT_OBJ:.o=.d)

# Fuzzers run inputs made from a seed (tests/fuzz/driver.c), are libFuzzer's with SAN=…,fuzzer-no-link, or AFL++'s
# with CC=afl-clang-fast.
FUZZERS := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_MAIN := $(if $(findstring fuzzer,$(SAN))$(findstring afl-,$(CC)),-fsanitize=fuzzer,tests/fuzz/driver.c)

fuzz: $(FUZZERS) ## build the fuzzers of tests/fuzz, best with SAN=address,undefined
	@:

$B/fuzz/%: tests/fuzz/%.c tests/fuzz/driver.c $(wildcard tests/fuzz/*.h) $B/all.a $B/flags
	@mkdir -p $(@D)
	$Q$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(FLAGS)) $(CFLAGS) $(LINK) $(LINK_EXTRA) -o $@ $< $(FUZZ_MAIN) $B/all.a $(LIBS)

# ---- using -----------------------------------------------------------------------------------------

run: ## install what is missing, build, open the workbench on an example
	@tools/deps.sh --install build
	@$(MAKE) all
	@exec ./wrench --welcome examples/fac.wat

deps: ## list every package that building, testing and measuring use
	@tools/deps.sh --list

install: all ## install below $(DESTDIR)$(PREFIX), with manual page and shell completion
	@RUNNER='$(RUNNER)' tools/install.sh $B '$(DESTDIR)$(PREFIX)'

dist: ## make build/wrench-VERSION.tar.gz of the committed sources
	@mkdir -p $(BUILD); git archive --prefix=wrench-$(VERSION)/ -o $(BUILD)/wrench-$(VERSION).tar.gz HEAD
	@echo $(BUILD)/wrench-$(VERSION).tar.gz

clean: ## remove build/, ./wrench and libwrench.a
	rm -rf $(BUILD) wrench libwrench.a

# ---- testing ---------------------------------------------------------------------------------------

RUN_TESTS = B='$(abspath $B)' RUNNER='$(RUNNER)' python3 tests/harness/run.py

test: ## install what is missing, build, run the tests, end with "N passed, N failed"
	@tools/deps.sh --install test
	@$(MAKE) all tests
	@$(RUN_TESTS)

test-all: ## the same with the tests that take long
	@tools/deps.sh --install test
	@$(MAKE) all tests
	@$(RUN_TESTS) --all

test-%: ## run the tests below tests/% only
	@$(MAKE) program tests FOLDER=$*
	@$(RUN_TESTS) $*

ARM64 := FRONT=none CC=aarch64-linux-gnu-gcc

test-arm64: ## build for arm64; run encodings and, interpreted and compiled, the specification's tests in an emulator
	@if command -v aarch64-linux-gnu-gcc qemu-aarch64 >/dev/null; then \
		$(MAKE) $(ARM64) test-encode && $(MAKE) $(ARM64) test-spec && \
		SPEC_ARGS='--tier baseline' $(MAKE) $(ARM64) test-spec; \
	else echo "left out: needs aarch64-linux-gnu-gcc and qemu-aarch64 (tools/deps.sh)"; fi

tests: $(TESTS)
	@:

where: ## print the folder of this configuration
	@echo $B

bench: ## measure, as ratios in one run; ARGS=--full measures everything (docs/performance.md)
	@tools/deps.sh --install bench
	@$(MAKE) all $B/bench/parts
	@WRENCH=./wrench PARTS=$B/bench/parts python3 tests/bench/bench.py $(ARGS)

$B/bench/parts: tests/bench/parts.c $B/all.a $B/flags
	@mkdir -p $(@D)
	$Q$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(FLAGS)) $(CFLAGS) $(LINK) -o $@ $< $B/all.a $(LIBS)

pairs: $B/bench/pairs ## count pairs and triples of cells, and what fused forms save (docs/interpreter.md)
	@python3 tests/bench/pairs.py $< $(ARGS)

$B/bench/pairs: tests/bench/pairs.c $B/repl/main.o $B/all.a $B/flags
	@mkdir -p $(@D)
	$Q$(INTERP_CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(FLAGS)) $(CFLAGS) $(FLAGS_INTERP) $(LINK) -o $@ $< $B/repl/main.o \
		$B/all.a $(LIBS)

docs: all ## write the pages that come from the program: reference, first minute, output in README and tutorial
	@docs/make-docs.py

layers: ## check that includes go downwards only
	@tools/layers.sh

test-plants: program ## build every planted bug in, and let lockstep find it (docs/lockstep.md)
	+@B='$B' tests/plant/run.py $(ARGS)

check-interp: $(INTERP:%.c=$B/%.o) ## check that every handler ends in an indirect jump without a frame
	@tools/check-handlers.py $^

same-handlers: program ## check that fast handlers are the same code with and without front ends and debugger
	@$(MAKE) program FRONT=none
	@printf '#include <wrench.h>\nint main(void) { wr_engine_free(wr_engine_new(0, 0)); }\n' >$B/embed.c
	@$(CC) -Iinclude $(LINK) -Wl,--unresolved-symbols=ignore-all -o $B/embed $B/embed.c $B/libwrench.a -lm -lpthread
	@tools/same-handlers.py $B/wrench $$($(MAKE) -s where FRONT=none)/wrench $B/embed

help: ## this list
	@awk -F ' ## |:' '/^[a-z%-]+:.* ## /{printf "  make %-14s %s\n", $$1, substr($$0, index($$0, " ## ") + 4)}' Makefile
	@sed -n 's/^#   /  /p' Makefile

.DELETE_ON_ERROR:
FORCE:
.PHONY: all program planted test-plants where run deps install dist clean test test-all test-arm64 tests fuzz bench pairs docs layers check-interp same-handlers help FORCE
