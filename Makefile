# Tally: `make help` says what can be built.
#
# Every code folder becomes a static library, every main.c a program, every test_*.c a test program;
# sources are found, not listed. A target links only the libraries below it, so that a folder can be
# built and tested while another one is broken.

PROFILE ?= release
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
V       ?= 0
WERROR  ?= 1
DESTDIR ?=
prefix  ?= /usr/local

FUZZ_SECONDS       ?= 600
CAMPAIGN_SCHEDULES ?= 100000

ifeq ($(V),0)
Q   := @
say  = @printf '  %-6s %s\n' $(1) $(2)
else
Q   :=
say  = @:
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.DEFAULT_GOAL := all

# ------------------------------------------------------------------------------------ flags

CC_KIND := $(if $(findstring clang,$(notdir $(CC))),clang,gcc)
OUT     := build/$(PROFILE)$(if $(filter clang,$(CC_KIND)),-clang)

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wvla -Wcast-qual -Wwrite-strings \
            -Wundef -Wpointer-arith $(if $(filter 1,$(WERROR)),-Werror)

CPPFLAGS_BASE := -I. -isystem /usr/include/libxml2 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE
CFLAGS_BASE   := -std=c17 $(WARNINGS) -g -fno-common -ffp-contract=off -fno-strict-aliasing
HARDENING     := -fstack-protector-strong -fPIE
LINK_HARDENED := -pie -Wl,-z,relro,-z,now

# A sanitizer's own code confuses gcc's flow-based warnings; the other profiles have them.
SANITIZER_WARNINGS := $(if $(filter gcc,$(CC_KIND)),-Wno-format-truncation -Wno-maybe-uninitialized)

# A count of the ways tells functions apart by number; by default it would by the object's path, too.
COUNT_BY_NUMBER   := --param=profile-func-internal-id=1
SANITIZED         := -O1 -fno-omit-frame-pointer
OPTIMISE_release  := -O3 -D_FORTIFY_SOURCE=2
OPTIMISE_train    := $(OPTIMISE_release) -fprofile-generate $(COUNT_BY_NUMBER)
OPTIMISE_debug    := -O0
OPTIMISE_asan     := $(SANITIZED) -fsanitize=address,undefined -fno-sanitize-recover=all $(SANITIZER_WARNINGS)
OPTIMISE_ubsan    := $(SANITIZED) -fsanitize=undefined -fno-sanitize-recover=all $(SANITIZER_WARNINGS)
OPTIMISE_tsan     := $(SANITIZED) -fsanitize=thread $(SANITIZER_WARNINGS)
OPTIMISE_coverage := -O0 --coverage
OPTIMISE_fuzz     := $(SANITIZED) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPTIMISE_mutants  := -O1 -DTALLY_MUTANTS
OPTIMISE_marks    := -O1 -DTALLY_MARKS
PROFILES          := release train debug asan ubsan tsan coverage fuzz mutants marks

ifeq ($(filter $(PROFILE),$(PROFILES)),)
$(error PROFILE=$(PROFILE) is unknown; choose one of: $(PROFILES))
endif

OPTIMISE := $(OPTIMISE_$(PROFILE))
export TSAN_OPTIONS ?= suppressions=$(CURDIR)/tests/tsan.supp
COMPILE   = $(CC) $(CPPFLAGS_BASE) $(CPPFLAGS) $(CFLAGS_BASE) $(OPTIMISE) $(HARDENING) $(CFLAGS)
LINK      = $(CC) $(filter -fsanitize% --coverage -fprofile-generate,$(OPTIMISE)) $(LINK_HARDENED) $(LDFLAGS)

# The ledger's sources are optimised as one: its records are read through small functions of other
# files, called some hundred times a command. Elsewhere it would cost time to build and gain little.
# They are compiled for the ways that trades take most, which a run of a build for it, `train`, counts.
WHOLE := $(if $(filter release-gcc,$(PROFILE)-$(CC_KIND)),-flto=2 -fprofile-use $(COUNT_BY_NUMBER) \
           -fprofile-partial-training -fprofile-correction -Wno-missing-profile -Wno-coverage-mismatch)

# remember FILE,TEXT: writes the text to the file only if it is not what the file says already, so that
# a target can depend on what is not a file.
remember = $(if $(subst |$(strip $(file <$(1)))|,,|$(strip $(2))|),$(shell mkdir -p $(dir $(1)))$(file >$(1),$(2)))

# Every object depends on the flags it was compiled with.
FLAGS_FILE := $(OUT)/flags
$(call remember,$(FLAGS_FILE),$(COMPILE); $(LINK); $(WHOLE))

# ---------------------------------------------------------------------------------- folders

# Each library: its folder, and the libraries that it may use (the arrows of docs/architecture.md).
FOLDERS := base crypto consensus ledger client host replica node cli netsim

DIR_base      := base
DIR_crypto    := crypto
DIR_consensus := consensus
DIR_ledger    := ledger
DIR_client    := client
DIR_host      := host
DIR_replica   := node/replica
DIR_node      := node
DIR_cli       := cli
DIR_netsim    := netsim

USES_base      :=
USES_crypto    := base
USES_consensus := crypto base
USES_ledger    := crypto base
USES_client    := consensus ledger crypto base
USES_host      := crypto base
USES_replica   := client consensus ledger crypto base
USES_node      := replica client host consensus ledger crypto base
USES_cli       := client host consensus ledger crypto base
USES_netsim    := node replica client host consensus ledger crypto base

# Debian's nng and leveldb have no pkg-config files, so all libraries are named directly.
SYSTEM_crypto := -lsodium
SYSTEM_host   := -lgnutls -lnng -lpthread
SYSTEM_node   := -lleveldb -lsqlite3 -linih -lpthread
SYSTEM_cli    := -ljansson -lxml2 -linih

# The simulator is linked twice: with signatures that cost nothing, and with the real ones, counted.
# Neither object may come out of a library, where it would take the place of crypto/sign.c unasked.
SIGN_STAND_IN := netsim/engine/sign_stand_in.c
SIGN_COUNTED  := netsim/engine/sign_counted.c

# All .c files below a folder, except programs' main.c, the two above and, for node, the replica.
find_c         = $(shell find $(1) -name '*.c' 2>/dev/null | LC_ALL=C sort)
sources_of     = $(filter-out $(DIR_$(1))/main.c $(SIGN_STAND_IN) $(SIGN_COUNTED) $(if $(filter node,$(1)),node/replica/%),$(call find_c,$(DIR_$(1))))
objects_of     = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

$(foreach f,$(FOLDERS),$(eval SOURCES_$(f) := $(call sources_of,$(f))))
PRESENT := $(foreach f,$(FOLDERS),$(if $(SOURCES_$(f)),$(f)))

library_of     = $(if $(filter $(1),$(PRESENT)),$(OUT)/lib/$(1).a)
libraries_for  = $(foreach f,$(1) $(USES_$(1)),$(call library_of,$(f)))
system_for     = $(foreach f,$(1) $(USES_$(1)),$(SYSTEM_$(f)))

# A library also depends on the list of its objects: a source may go, or move to another folder.
define library_rule
$(call remember,$(OUT)/lib/$(1).list,$(call objects_of,$(SOURCES_$(1))))
$(OUT)/lib/$(1).a: $(call objects_of,$(SOURCES_$(1))) $(OUT)/lib/$(1).list
endef
$(foreach f,$(PRESENT),$(eval $(call library_rule,$(f))))

# --------------------------------------------------------------------------------- programs

PROGRAM_MAIN_tallyd    := node
PROGRAM_MAIN_tally     := cli
PROGRAM_MAIN_tally-sim := netsim
PROGRAM_MAIN_tally-sim-ed25519 := netsim
PROGRAMS := $(foreach p,tallyd tally tally-sim tally-sim-ed25519,$(if $(wildcard $(PROGRAM_MAIN_$(p))/main.c),$(p)))

define program_rule
$(OUT)/bin/$(1): $(OUT)/obj/$(PROGRAM_MAIN_$(1))/main.o $(call libraries_for,$(PROGRAM_MAIN_$(1)))
$(OUT)/bin/$(1): SYSTEM := $(call system_for,$(PROGRAM_MAIN_$(1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))
BINARIES := $(PROGRAMS:%=$(OUT)/bin/%)
$(OUT)/bin/tally-sim: $(call objects_of,$(SIGN_STAND_IN))
$(OUT)/bin/tally-sim-ed25519: $(call objects_of,$(SIGN_COUNTED))
$(OUT)/bin/tally-sim-ed25519: LDFLAGS += -Wl,--wrap=sign_create,--wrap=sign_verify,--wrap=sign_verify_many

# ------------------------------------------------------------------------------------ tests

# tests/unit/<folder>/ links that folder's library and those it uses. The other shelves do the same
# if a folder name follows (tests/spec/ledger/...), else they link the replica and all below it.
# Helpers are libraries too: tests/support/*.c for all tests, tests/support/<folder>/ for those that
# link the folder, and what is not a test_*.c on a shelf for that shelf.
SHELVES      := unit spec golden determinism simulation explorer
TEST_SOURCES := $(foreach s,$(SHELVES),$(filter %.c,$(foreach f,$(call find_c,tests/$(s)),$(if $(filter test_%,$(notdir $(f))),$(f))))) \
                $(filter tests/tidy/test_%,$(call find_c,tests/tidy))
TESTS        := $(patsubst tests/%.c,$(OUT)/test/%,$(TEST_SOURCES))

path_word     = $(word $(2),$(subst /, ,$(1)))
folder_for    = $(if $(filter tests/tidy/% tests/explorer/%,$(1)),base,$(or $(if $(filter tests/unit/node/replica/%,$(1)),replica),$(filter $(FOLDERS),$(call path_word,$(1),3)),replica))
shelf_helpers = $(filter-out tests/$(1)/test_% %/main.c,$(foreach f,$(call find_c,tests/$(1)),$(if $(filter test_%,$(notdir $(f))),,$(f))))

SOURCES_support := $(wildcard tests/support/*.c)
$(foreach f,$(FOLDERS),$(eval SOURCES_support-$(f) := $(call find_c,tests/support/$(f))))
$(foreach s,$(SHELVES) tidy,$(eval SOURCES_shelf-$(s) := $(call shelf_helpers,$(s))))
HELPERS := $(foreach h,support $(FOLDERS:%=support-%) $(SHELVES:%=shelf-%) shelf-tidy,$(if $(SOURCES_$(h)),$(h)))
$(foreach h,$(HELPERS),$(eval $(call library_rule,$(h))))

helper_of   = $(if $(filter $(1),$(HELPERS)),$(OUT)/lib/$(1).a)
# The cluster of the simulation shelf also serves the specification and golden tests.
shelves_for = $(1) $(if $(filter spec golden,$(1)),simulation)
helpers_for = $(foreach s,$(call shelves_for,$(call path_word,$(1),2)),$(call helper_of,shelf-$(s))) \
              $(foreach f,$(2) $(USES_$(2)),$(call helper_of,support-$(f))) $(call helper_of,support)

# The simulator's disks and its checker also serve the tests of what lies below it.
simulated_for = $(if $(filter consensus host node replica,$(1)),$(call library_of,netsim))
# Tests of the simulator have signatures that cost nothing, unless their name says otherwise; so have
# those that run many schedules of the consensus alone.
STAND_IN_TESTS := tests/simulation/consensus/test_schedules.c tests/golden/consensus/test_traces.c \
                  tests/spec/consensus/test_points_network.c
stand_in_for  = $(if $(filter netsim $(STAND_IN_TESTS),$(2) $(1)),$(if $(filter %_ed25519.c,$(1)),,$(call objects_of,$(SIGN_STAND_IN))))

define test_rule
$(patsubst tests/%.c,$(OUT)/test/%,$(1)): $(call objects_of,$(1)) $(call stand_in_for,$(1),$(2)) $(call helpers_for,$(1),$(2)) $(call libraries_for,$(2)) $(call simulated_for,$(2))
$(patsubst tests/%.c,$(OUT)/test/%,$(1)): SYSTEM := -lcmocka -lsodium $(call system_for,$(2))
endef
$(foreach t,$(TEST_SOURCES),$(eval $(call test_rule,$(t),$(call folder_for,$(t)))))

# Fuzz targets: one LLVMFuzzerTestOneInput each. Under the fuzz profile libFuzzer drives them; under
# every other one tests/fuzz/main/runner.c replays the corpus and mutates it a little.
FUZZ_SOURCES := $(foreach f,$(call find_c,tests/fuzz),$(if $(filter fuzz_%,$(notdir $(f))),$(f)))
FUZZERS      := $(patsubst tests/%.c,$(OUT)/test/%,$(FUZZ_SOURCES))
FUZZ_MAIN    := $(if $(filter fuzz,$(PROFILE)),,$(OUT)/obj/tests/fuzz/main/runner.o)

define fuzz_rule
$(patsubst tests/%.c,$(OUT)/test/%,$(1)): $(call objects_of,$(1)) $(FUZZ_MAIN) $(call libraries_for,$(2)) $(call simulated_for,$(2)) $(foreach f,$(2) $(USES_$(2)),$(call helper_of,support-$(f)))
$(patsubst tests/%.c,$(OUT)/test/%,$(1)): SYSTEM := $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) $(call system_for,$(2))
endef
$(foreach t,$(FUZZ_SOURCES),$(eval $(call fuzz_rule,$(t),$(call folder_for,$(t)))))

# Benchmarks: bench/<folder>_<what>.c, one program each, linked with that folder and all below it.
# bench/support/ is a library for all of them.
BENCH_SOURCES := $(filter-out bench/support/%,$(call find_c,bench))
BENCHMARKS    := $(patsubst %.c,$(OUT)/%,$(filter-out bench/gate/%,$(BENCH_SOURCES)))
SOURCES_bench-support := $(call find_c,bench/support)
$(eval $(call library_rule,bench-support))

define bench_rule
$(patsubst %.c,$(OUT)/%,$(1)): $(call objects_of,$(1)) $(OUT)/lib/bench-support.a $(call libraries_for,$(2))
$(patsubst %.c,$(OUT)/%,$(1)): SYSTEM := $(call system_for,$(2))
endef
$(foreach b,$(BENCH_SOURCES),$(eval $(call bench_rule,$(b),$(firstword $(subst _, ,$(notdir $(b)))))))
# This one draws its market in floating point.
$(OUT)/bench/ledger_optimise: SYSTEM += -lm
# These count signatures.
$(OUT)/bench/consensus_empty $(OUT)/bench/gate/replica_paths: LDFLAGS += -Wl,--wrap=sign_create,--wrap=sign_verify,--wrap=sign_verify_many
# These start real validators.
$(OUT)/bench/netsim_end_to_end $(OUT)/bench/netsim_yardstick: | $(OUT)/bin/tallyd

# A wall clock that a test moves, for the processes that it starts.
CLOCK_SHIFT := $(OUT)/lib/clock_shift.so
$(CLOCK_SHIFT): tests/support/clock_shift/clock_shift.c $(FLAGS_FILE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $<
$(OUT)/test/simulation/node/test_settlement_day_real: | $(CLOCK_SHIFT) $(OUT)/bin/tallyd $(OUT)/bin/tally-sim

# ------------------------------------------------------------------------------------ rules

$(OUT)/obj/%.o: %.c $(FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# The ledger's library holds a single object then. The ways are counted where there is no count yet,
# and stand beside the objects: what has changed since is compiled as without, until `make clean`.
ifneq ($(WHOLE),)
COUNTED := $(OUT)/counted
$(COUNTED): $(FLAGS_FILE)
	$(Q)$(MAKE) --no-print-directory PROFILE=train build/train/bench/ledger_accounts
	$(call say,RUN,build/train/bench/ledger_accounts)
	$(Q)find build/train -name '*.gcda' -delete
	$(Q)build/train/bench/ledger_accounts 10000 100000 >/dev/null
	$(Q)mkdir -p $(OUT)/obj
	$(Q)cd build/train && find obj/ledger -name '*.gcda' -exec cp --parents -t ../release {} +
	$(Q)touch $@

$(call objects_of,$(SOURCES_ledger)): | $(COUNTED)
$(call objects_of,$(SOURCES_ledger)): OPTIMISE += $(WHOLE)
$(OUT)/lib/ledger.a:
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(WHOLE) -r -flinker-output=nolto-rel -nostdlib -o $(@:.a=.o) $(filter %.o,$^)
	$(Q)rm -f $@.new && $(AR) rcs $@.new $(@:.a=.o) && mv -f $@.new $@
endif

$(OUT)/lib/%.a:
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@.new && $(AR) rcs $@.new $(filter %.o,$^) && mv -f $@.new $@

$(OUT)/bin/% $(OUT)/test/% $(OUT)/bench/%: $(FLAGS_FILE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    -Wl,--as-needed $(SYSTEM)

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------------------------- targets

.PHONY: all help programs libraries tests fuzzers check test bench bench-peers bench-gate bench-gate-accept demo gallery deps fuzz asan ubsan tsan \
        sanitize-demo coverage tidy format format-check lint campaign fuzz-sim marks model explorer-deep mutants golden-rewrite \
        install clean

## all: the programs and libraries (default); PROFILE=release|debug|asan|ubsan|tsan|coverage|fuzz
all: programs libraries

## programs: tallyd, tally and tally-sim, in build/<profile>/bin/
programs: $(BINARIES)

## libraries: one static library per code folder, in build/<profile>/lib/
libraries: $(foreach f,$(PRESENT),$(OUT)/lib/$(f).a)

## tests: build all test programs, run none
tests: $(TESTS)

## fuzzers: build all fuzz targets, run none
fuzzers: $(FUZZERS)

## check: build and run test programs by name: make check T=test_merkle (default: all), A=arguments
T ?=
A ?=
CHECKED := $(if $(T),$(foreach t,$(T),$(filter %/$(t),$(TESTS) $(FUZZERS))),$(TESTS))
check: $(CHECKED)
	@$(if $(CHECKED),,echo "no test is called '$(T)'" >&2; exit 1)
	@set -e; for t in $(CHECKED); do echo "== $$t"; $$t $(A); done

## test: everything that decides whether the tree is good, with a summary at the end
test: deps
	@tests/run-all

## demo: build the release and run the guided demonstration on a local network
demo: deps
	@$(MAKE) --no-print-directory -j2 PROFILE=release all
	@BIN=$(CURDIR)/build/release/bin examples/demo/run.sh

## gallery: run the scenarios of netsim/gallery and show them: build/gallery/index.html; A=arguments
gallery: $(OUT)/bin/tally-sim
	@$(OUT)/bin/tally-sim gallery $(A)

## deps: install the Debian 12 packages that are missing (as root or with sudo)
deps:
	@tests/install-deps

## bench: one table of all figures, in ten minutes; B=ledger_apply for one in full, A=arguments
B ?=
# What `make bench` gives the programs whose own defaults take long; in the order of the table.
SHORT_ledger_apply    := 10000 100000
SHORT_ledger_open     := 10000 100000
SHORT_ledger_optimise := 4000 2
SHORT_netsim_yardstick := --seconds 3
# netsim_end_to_end tries one load in a form of its own: only by name.
TABLE := $(filter-out %/netsim_end_to_end,$(BENCHMARKS))
bench: $(if $(B),$(OUT)/bench/$(B),$(TABLE))
	@bash -c '. bench/support/rows.sh; rows_head'
ifneq ($(B),)
	@$< $(A)
else
	@set -e; $(foreach b,$(TABLE),$(b) $(SHORT_$(notdir $(b)));) bench/peers/postgresql
endif

## bench-peers: the same work on PostgreSQL 15, side by side, if it is installed
bench-peers:
	@bash -c '. bench/support/rows.sh; rows_head'
	@bench/peers/postgresql $(A)

## bench-gate: count instructions on the hot paths against bench/gate.txt; bench-gate-accept: rewrite it
GATE_PROGRAM := $(OUT)/bench/gate/replica_paths
bench-gate: $(GATE_PROGRAM)
	@tests/install-deps valgrind
	@bench/gate/run $(GATE_PROGRAM) $(CC)
bench-gate-accept: $(GATE_PROGRAM)
	@tests/install-deps valgrind
	@bench/gate/run $(GATE_PROGRAM) $(CC) accept

## fuzz: run each fuzz target under libFuzzer for FUZZ_SECONDS=600; T=fuzz_name for one
fuzz: deps
	@$(MAKE) --no-print-directory -j2 PROFILE=fuzz CC=clang-14 fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run-campaign build/fuzz-clang/test/fuzz $(T)

## asan, ubsan, tsan: build the tests under a sanitizer and run them
asan ubsan tsan: deps
	@$(MAKE) --no-print-directory -j2 PROFILE=$@ tests fuzzers
	@$(MAKE) --no-print-directory PROFILE=$@ run

# Runs what `tests` and `fuzzers` built; the list-... targets print the names for tests/run-all.
.PHONY: run unit-tests threaded-tests list-tests list-unit-tests list-threaded-tests list-fuzzers
UNIT_TESTS     := $(filter $(OUT)/test/unit/%,$(TESTS))
THREADED_TESTS := $(filter $(OUT)/test/unit/host/% $(OUT)/test/unit/node/%,$(TESTS))
run: tests fuzzers
	@rm -rf $(OUT)/test-logs
	@tests/run-programs $(OUT)/test-logs $(TESTS) $(FUZZERS)
unit-tests: $(UNIT_TESTS)
threaded-tests: $(THREADED_TESTS)
list-tests:
	@printf '%s\n' $(TESTS)
list-unit-tests:
	@printf '%s\n' $(UNIT_TESTS)
list-threaded-tests:
	@printf '%s\n' $(THREADED_TESTS)
list-fuzzers:
	@printf '%s\n' $(FUZZERS)

## sanitize-demo: the demonstration with programs under the thread, then the address sanitizer
sanitize-demo: deps
	@$(MAKE) --no-print-directory -j2 PROFILE=tsan programs
	@tests/sanitized-demo build/tsan/bin
	@$(MAKE) --no-print-directory -j2 PROFILE=asan programs
	@tests/sanitized-demo build/asan/bin

## coverage: run the tests with line counters; needs gcovr for the report
coverage: deps
	@$(MAKE) --no-print-directory -j2 PROFILE=coverage tests
	@$(MAKE) --no-print-directory PROFILE=coverage run
	gcovr --root . --exclude tests/ build/coverage/obj

## campaign: a long simulation, CAMPAIGN_SCHEDULES=100000 random schedules of faults and lies
SCHEDULERS := $(filter %/test_schedules,$(TESTS))
campaign: $(SCHEDULERS)
	@set -e; for t in $(SCHEDULERS); do $$t --mix campaign --schedules $(CAMPAIGN_SCHEDULES) --jobs 2; done

## fuzz-sim: whole validators under random faults for MINUTES=60, from FUZZ_SEED=1 on
MINUTES   ?= 60
FUZZ_SEED ?= 1
fuzz-sim: $(OUT)/bin/tally-sim
	@$< fuzz --seed $(FUZZ_SEED) --minutes $(MINUTES) --jobs 2 --failures 20

## marks: do MARK_SCHEDULES=6000 random schedules reach every rule of the protocol? Four minutes
MARK_SCHEDULES ?= 6000
marks:
	@$(MAKE) --no-print-directory -j2 PROFILE=marks build/marks/bin/tally-sim
	@build/marks/bin/tally-sim fuzz --schedules $(MARK_SCHEDULES) --jobs 2 --marks

## model: the ledger against the plain model of its rules over MODEL_SEEDS=500: two million commands
MODEL_SEEDS ?= 500
model: $(OUT)/test/unit/ledger/test_model
	@$< 1001 $$((1000 + $(MODEL_SEEDS) / 2)) & first=$$!; \
	 $< $$((1001 + $(MODEL_SEEDS) / 2)) $$((1000 + $(MODEL_SEEDS))); second=$$?; wait $$first && exit $$second

## explorer-deep: every order of votes over three views, about a minute and 1.5 GB
explorer-deep: $(OUT)/test/explorer/test_explorer
	@$< --deep

## mutants: take out one rule of consensus, ledger or node at a time and see which test notices
mutants: deps
	@tests/mutants/run

## golden-rewrite: write the golden traces anew; review the difference before committing it
golden-rewrite: $(filter $(OUT)/test/golden/%,$(TESTS))
	@set -e; for t in $^; do case $$t in */test/*) $$t --rewrite ;; esac; done

## tidy: check include arrows, banned names, lengths, comments, dead files and links
tidy: $(OUT)/test/tidy/test_tree
	@$<

## lint: clang-tidy over the code folders; LINT_FOLDERS="base crypto" for some
LINT_FOLDERS ?= $(PRESENT)
LINTED       := $(foreach f,$(LINT_FOLDERS),$(SOURCES_$(f)))
lint: deps
	@printf '%s\n' $(LINTED) | \
	    xargs -P2 -n6 sh -c 'clang-tidy-14 --quiet "$$@" -- $(CPPFLAGS_BASE) -std=c17 2>/dev/null' lint

## format: lay out every C file with clang-format; format-check: only look
FORMATTED = $(shell find base crypto consensus ledger client host node cli netsim tests bench examples -name '*.[ch]' 2>/dev/null)
format:
	@clang-format-14 -i $(FORMATTED)
format-check:
	@clang-format-14 --dry-run --Werror $(FORMATTED)

## install: copy the programs below $(DESTDIR)$(prefix)
install: $(BINARIES)
	install -d $(DESTDIR)$(prefix)/bin
	install -m 755 $(BINARIES) $(DESTDIR)$(prefix)/bin

## clean: remove build/
clean:
	rm -rf build

## help: this text
help:
	@echo "Usage: make [target] [PROFILE=release] [CC=gcc] [V=1] [WERROR=0]"
	@echo
	@sed -n 's/^## \([^:]*\): \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r n t; do printf '  %-18s %s\n' "$$n" "$$t"; done
