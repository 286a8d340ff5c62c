# pgwatch-tui: GNU make. `make help` lists the targets.
#
# Everything is built out of the tree in $(BUILD) (build/, build/san with SAN=1, build/clang with
# CC=clang); only the program itself is put at ./pgwatch-tui.

VERSION = 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(PREFIX)/bin
SHAREDIR = $(PREFIX)/share/pgwatch-tui
MANDIR = $(PREFIX)/share/man/man1

PKG_CONFIG ?= pkg-config
PACKAGES = ncursesw libpq yaml-0.1 jansson

VARIANT = $(if $(SAN),san)$(if $(filter clang%,$(notdir $(CC))),clang)
BUILD ?= build$(if $(VARIANT),/$(VARIANT))
PROGRAM ?= $(if $(VARIANT),$(BUILD)/pgwatch-tui,pgwatch-tui)

# Small rather than quick: what is resident is what a dashboard costs; a refresh took no longer than with -O2.
OPTIMIZE = $(if $(SAN),-O1 -fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer,-Os)
, := ,
CFLAGS ?= -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wswitch-enum -Werror
STANDARD = -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE
DEFINES = -DVERSION='"$(VERSION)"'
compile_flags = $(STANDARD) $(WARNINGS) $(OPTIMIZE) $(CFLAGS) -Isrc -I. $(DEFINES) $(PACKAGE_CFLAGS) $(CPPFLAGS)
link_flags = $(OPTIMIZE) $(LDFLAGS)
# Asked once, and only when something is compiled: `make deps` must work before they are there.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $$(shell $(PKG_CONFIG) --cflags-only-I $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS = $(eval PACKAGE_LIBS := $$(shell $(PKG_CONFIG) --libs $(PACKAGES)))$(PACKAGE_LIBS)

# For a shell; the checkout may lie under a path with spaces and quotes.
quote = '$(subst ','\'',$(1))'
absolute = $(call quote,$(if $(filter /%,$(1)),$(1),$(CURDIR)/$(1)))

Q = $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n')

SOURCES = $(wildcard src/*.c src/*/*.c ui/*.c)
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY = $(BUILD)/libpgwatch.a
LIBRARY_OBJECTS = $(filter-out $(BUILD)/src/main.o,$(OBJECTS))

UNIT_SOURCES = $(wildcard tests/unit/test_*.c)
UNIT_TESTS = $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/tests/unit/%)
TOOL_SOURCES = $(wildcard tests/tools/*.c)
TOOLS = $(TOOL_SOURCES:tests/tools/%.c=$(BUILD)/tests/tools/%)
PRELOADS = $(patsubst tests/preload/%.c,$(BUILD)/tests/preload/%.so,$(wildcard tests/preload/*.c))
FUZZ_SOURCES = $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS = $(FUZZ_SOURCES:tests/fuzz/%.c=build/fuzz/%)
TEST_FILES = $(wildcard tests/t/*.t)

C_FILES = $(SOURCES) $(wildcard src/*/*.h ui/*.h tests/*/*.c tests/*/*.h)
SHELL_FILES = $(filter-out scripts/update-docs,$(wildcard scripts/*)) $(wildcard tests/*.sh tests/compose/check-compose primary/*.sh replica-one/*.sh replica-two/*.sh) docs/screenshot .ci/run

all: $(PROGRAM)

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make            build ./pgwatch-tui (after `make deps`)
## make demo       install what is missing, build, show the dashboard on a throwaway local cluster
## make check      install what is missing, build, run every test (SAN=1: with sanitizers)
## make up         bring up the cluster of docker-compose.yml (needs Docker); make down: take it
##                 away and keep its data
## make check-compose  test docker-compose.yml on a real Docker engine (minutes)
## make check-drills   every drill ten times, and interrupted at every step (an hour and more)
## make bench      measure cost and speed beside other programs
## make lint       clang-format, clang-tidy, cppcheck, shellcheck
## make format     format the sources
## make deps       install what building, running and testing need (Debian packages)
## make install    to $(DESTDIR)$(PREFIX) (/usr/local); make uninstall removes it
## make fuzz       30 s of each fuzzer (FUZZ_SECONDS=...)
## make goldens    write the golden screens and reports anew from what the program writes now
## make docs       write the parts of README and manual page that come from the program's tables
## make screenshot make the pictures of docs/ anew from recordings of tests/recordings
## make clean      remove what was built
##                 V=1 shows commands; CC=clang, SAN=1 build in a folder of their own

$(PROGRAM): $(BUILD)/src/main.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(link_flags) -o $@ $^ $(PACKAGE_LIBS) -lpthread -lm

$(LIBRARY): $(LIBRARY_OBJECTS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What is in the sources' list and how they are compiled; changes when a file goes or a flag does.
$(BUILD)/stamp: FORCE
	$(Q)$(PKG_CONFIG) --exists $(PACKAGES) || { \
		echo "make: something to build with is missing: 'make deps' installs it" >&2; exit 1; }
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC) $(subst ','\'',$(STANDARD) $(WARNINGS) $(OPTIMIZE) $(CFLAGS) $(DEFINES) $(CPPFLAGS)) $(sort $(SOURCES))' \
		| cmp -s - $@ || printf '%s\n' '$(CC) $(subst ','\'',$(STANDARD) $(WARNINGS) $(OPTIMIZE) $(CFLAGS) $(DEFINES) $(CPPFLAGS)) $(sort $(SOURCES))' > $@

$(BUILD)/%.o: %.c $(BUILD)/stamp
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(compile_flags) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	$(Q)$(CC) $(link_flags) -o $@ $^ $(PACKAGE_LIBS) -lcmocka -lpthread -lm

# For LD_PRELOAD, into servers as well: without the sanitizers.
$(BUILD)/tests/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(STANDARD) $(WARNINGS) -O2 $(CFLAGS) -fPIC -shared -o $@ $< -ldl

$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(LIBRARY)
	$(Q)$(CC) $(link_flags) -o $@ $^ $(PACKAGE_LIBS) -lpthread -lm

# Fuzzers: clang with libFuzzer, the pure sources and what reads files alone.
FUZZ_PARTS = $(wildcard src/base/*.c src/cluster/*.c src/config/*.c) \
	$(addprefix src/record/,json_out.c field.c field_read.c fields.c fields_state.c recording.c \
		picture.c picture_state.c drill_mark_json.c) \
	$(filter-out ui/term% ui/theme%,$(wildcard ui/*.c))
build/fuzz/%: tests/fuzz/%.c $(FUZZ_PARTS)
	$(say) FUZZ $@
	$(Q)mkdir -p $(@D)
	$(Q)clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(STANDARD) \
		-Isrc -I. $(DEFINES) $(PACKAGE_CFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

FUZZ_SECONDS ?= 30
fuzz: $(FUZZERS)
	$(Q)for fuzzer in $(FUZZERS); do \
		mkdir -p build/corpus/$$(basename $$fuzzer) && \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=0 -verbosity=0 \
			-artifact_prefix=build/ build/corpus/$$(basename $$fuzzer) \
			$$(ls -d tests/fuzz/corpus/$$(basename $$fuzzer) 2>/dev/null) || exit 1; \
	done; echo "fuzz: $(words $(FUZZERS)) targets, $(FUZZ_SECONDS) s each, no finding"

deps:
	$(Q)scripts/deps run build check

demo:
	$(Q)scripts/deps run build
	$(Q)$(MAKE) --no-print-directory all
	@./pgwatch-tui demo

check:
	$(Q)scripts/deps run build check
	$(Q)$(MAKE) --no-print-directory test

tests: $(PROGRAM) $(UNIT_TESTS) $(TOOLS) $(PRELOADS)
tools: $(TOOLS)

# A part of the tests: make test T='tests/t/layers.t tests/unit/test_lsn.c'
T ?= $(UNIT_SOURCES) $(TEST_FILES)
test: tests
	$(Q)PGWATCH_TUI=$(call absolute,$(PROGRAM)) PGWATCH_BUILD=$(call absolute,$(BUILD)) scripts/run-tests $(T)

goldens: tests
	$(Q)GOLDEN_WRITE=1 PGWATCH_TUI=$(call absolute,$(PROGRAM)) PGWATCH_BUILD=$(call absolute,$(BUILD)) \
		scripts/run-tests tests/unit/test_screens.c tests/unit/test_drill_screens.c \
		tests/unit/test_drill_report.c tests/unit/test_replays.c

# Compose's own words: the project is the one that config/compose.yaml names.
COMPOSE ?= docker compose
up:
	$(COMPOSE) -p pgwatch-lab up --build -d --wait

down:
	$(COMPOSE) -p pgwatch-lab down

# A part of them: make check-compose COMPOSE_TESTS=tests/compose/failover.t
COMPOSE_TESTS ?= $(wildcard tests/compose/*.t)
check-compose:
	$(Q)scripts/deps run build check
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)PGWATCH_TUI=$(call absolute,$(PROGRAM)) PGWATCH_BUILD=$(call absolute,$(BUILD)) \
		tests/compose/check-compose $(COMPOSE_TESTS)

# Every drill ten times, and interrupted at every step by every kind of signal: an hour and more.
# A part of it: make check-drills DRILLS='primary-kill primary-freeze' DRILL_TIMES=3
DRILL_TIMES ?= 10
check-drills: tests
	$(Q)$(if $(DRILLS),DRILLS=$(call quote,$(DRILLS))) DRILL_TIMES=$(DRILL_TIMES) DRILL_INTERRUPT=all \
		PGWATCH_TUI=$(call absolute,$(PROGRAM)) PGWATCH_BUILD=$(call absolute,$(BUILD)) \
		scripts/run-tests tests/t/drill.t tests/t/drill_interrupted.t

bench: all $(TOOLS)
	$(Q)scripts/deps run build check
	$(Q)PGWATCH_BUILD=$(call absolute,$(BUILD)) tests/bench/bench

docs: tests
	$(Q)PGWATCH_BUILD=$(call absolute,$(BUILD)) scripts/update-docs

screenshot: all
	$(Q)docs/screenshot docs/dashboard.svg
	$(Q)docs/screenshot docs/drill.svg 120x36 drill-nobody-commits

lint:
	$(Q)scripts/deps lint build check
	$(say) FORMAT
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(say) SHELL
	$(Q)shellcheck $(SHELL_FILES)
	$(say) CPPCHECK
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability,performance \
		--suppress=missingIncludeSystem -Isrc -I. $(DEFINES) src ui
	$(say) TIDY
	$(Q)$(MAKE) --no-print-directory tidy

tidy:
	$(Q)printf '%s\n' $(SOURCES) | xargs -P $$(nproc) -I{} clang-tidy --quiet {} -- $(compile_flags) 2>/dev/null \
		| tee build/tidy.log; ! grep -q -E 'warning:|error:' build/tidy.log

format:
	$(Q)clang-format -i $(C_FILES)

# The program finds the node directories from where it lies itself: nothing that is compiled knows
# PREFIX, so `make install` as another user compiles nothing anew. Modes do not depend on umask.
INSTALL ?= install
NODE_DIRECTORIES = primary replica-one replica-two
installed = $(call quote,$(DESTDIR)$(1))

install: all
	$(INSTALL) -d $(call installed,$(BINDIR)) $(call installed,$(MANDIR)) \
		$(foreach directory,config $(NODE_DIRECTORIES),$(call installed,$(SHAREDIR)/$(directory)))
	$(INSTALL) -m 755 $(PROGRAM) $(call installed,$(BINDIR)/pgwatch-tui)
	$(INSTALL) -m 644 docs/pgwatch-tui.1 $(call installed,$(MANDIR)/pgwatch-tui.1)
	$(INSTALL) -m 644 docker-compose.yml .env.example $(call installed,$(SHAREDIR)/)
	$(INSTALL) -m 644 config/*.yaml config/*.json $(call installed,$(SHAREDIR)/config/)
	$(foreach directory,$(NODE_DIRECTORIES),$(INSTALL) -m 644 $(directory)/Dockerfile \
		$(directory)/*.conf $(call installed,$(SHAREDIR)/$(directory)/) && \
		$(INSTALL) -m 755 $(directory)/*.sh $(call installed,$(SHAREDIR)/$(directory)/) &&) :

uninstall:
	rm -f $(call installed,$(BINDIR)/pgwatch-tui) $(call installed,$(MANDIR)/pgwatch-tui.1)
	rm -rf $(call installed,$(SHAREDIR))

clean:
	rm -rf build pgwatch-tui

FORCE:
.PHONY: all help deps demo up down check check-compose check-drills tests tools test goldens bench docs screenshot lint tidy format fuzz install uninstall clean FORCE
.SECONDARY:

-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d) $(TOOLS:=.d)
