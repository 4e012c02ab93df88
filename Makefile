# The commands of the README. Meson builds; this file installs what is missing
# first, so that one command works on a fresh machine.
#
#   make run     build, start with a demo company on SQLite, print the address
#   make test    everything: every suite on both engines, end to end, kill tests
#   make check   the quick part of it, under two minutes once built
#   make build   the program alone: build/src/main/otklik
#   make bench   measure    make kill   200 rounds of kill -9    make fuzz   every fuzz target for FUZZ_SECONDS
#   make faults  full disks, dead databases, frozen processes    make soak  a mixed load for MINUTES
#   make lint    format, static analysis        make fresh  both commands on a bare Debian 12
#
# OTKLIK_DATA names a folder of third-party test data; tests that need it are
# skipped where it is absent.

SHELL := /bin/bash
BUILD ?= build
NINJA := ninja -C $(BUILD)
FUZZ_SECONDS ?= 60
MINUTES ?= 20
export OTKLIK_DATA ?= $(wildcard ../shared/data)

.PHONY: run build test check bench kill faults soak fuzz lint fresh ui setup setup-test clean install

run: build
	@tools/run_demo.sh $(BUILD)/src/main/otklik

build: ui $(BUILD)/build.ninja
	@$(NINJA) -j $$(nproc)

$(BUILD)/build.ninja: | setup
	@test -f $@ || meson setup $(BUILD) --buildtype=release -Db_ndebug=false >/dev/null

setup:
	@tools/setup.sh build

setup-test:
	@tools/setup.sh build test

ui: setup
	@tools/build_ui.sh

check: setup build
	@tests/run.sh quick $(BUILD)

test: setup-test build
	@tests/run.sh all $(BUILD)

bench: build
	@tools/setup.sh build test bench
	@bench/run.sh $(BUILD) "$(BENCH)"

kill: setup-test build
	@tests/run.sh kill $(BUILD)

faults: setup-test build
	@tests/run.sh faults $(BUILD)

soak: setup-test build
	@tests/run.sh soak $(BUILD) $(MINUTES)

fuzz: setup-test
	@tests/run.sh fuzz $(BUILD) $(FUZZ_SECONDS)

lint: setup-test build
	@tests/run.sh lint $(BUILD)

fresh:
	@tests/fresh/fresh.sh

install: build
	@meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-* ui/dist
