# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Shortcuts; the work is in scripts/ and CMakePresets.json. Each one first sets up what it needs.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
export JOBS

.PHONY: help setup demo build test check fuzz test-all gpu-gate bench docs lint format clean
.DEFAULT_GOAL := help

help: ## This list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## Install what is missing: system packages by apt, Python packages in .venv
	@scripts/bootstrap.sh

build: setup ## Build everything into build/, and install the Python package in .venv
	@cmake --preset dev
	@cmake --build --preset dev --parallel $(JOBS)
	@scripts/install_python.sh

demo: setup ## Count the sample model and explain the numbers
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev --parallel $(JOBS) --target attention flopwatch
	@build/bin/attention
	@printf '\nTo keep a case and read it again:\n  %s\n  %s\n' \
	  'build/bin/attention --save build/attention.flops' 'build/bin/flopwatch report build/attention.flops'

test: setup ## Run lint and all tests: what a change must pass
	@scripts/test.sh

check: setup ## Run the tests under sanitizers, clang-tidy over what changed, short fault and fuzz runs
	@scripts/test.sh asan tsan tidy faults fuzz

fuzz: setup ## Run each program of libFuzzer for ten minutes
	@FUZZ_SECONDS=600 scripts/test.sh fuzz

test-all: ## Run both, with clang-tidy over every file, the tests that take minutes, and the newest PyTorch
	@scripts/bootstrap.sh --all
	@scripts/test.sh --all

gpu-gate: ## Test the numbers on this machine's GPU; needs no network (scripts/gpu_gate.sh --help)
	@scripts/gpu_gate.sh $(ARGS)

bench: setup ## Build and run the benchmarks
	@scripts/bench.sh

docs: ## Build the documentation site into build-docs/site, and check its links
	@scripts/docs.sh

lint: setup ## Check formatting, include rules, SPDX lines, paths, version, words and Python types
	@scripts/lint.sh

format: setup ## Format the C++ files and the Python package
	@python3 scripts/format.py
	@python3 scripts/lint_python.py --fix

clean: ## Remove the build folders; .venv stays
	@rm -rf build build-core build-alone build-asan build-tsan build-release build-tidy build-fuzz build-docs build-torch-*
