# Everything a person or a machine starts here.
SHELL := /bin/bash
# What is compiled at its first use has to be kept, or each process of the product compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE
.NOTPARALLEL:
.PHONY: run test lint format shots prove bench installed installed-test peers browser

# A Python of 3.11 or later; the first one found, unless `make run PYTHON=...` names it.
PYTHON ?=
# Tests run in as many processes as there are cores, four at most; `make test WORKERS=0` runs them in one.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); [ $$n -gt 4 ] && n=4; [ $$n -gt 1 ] && echo $$n || echo 0)
ARGS ?=
RUN := .venv/bin/python

run: installed
	@exec $(RUN) manage.py up

test: installed-test browser
	@exec $(RUN) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: installed-test
	@exec bash .ci/lint

format: installed-test
	@$(RUN) -m ruff check --fix --quiet . ; $(RUN) -m ruff format --quiet .
	@find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2

shots: installed-test browser
	@exec $(RUN) tests/shots.py $(ARGS)

prove: installed-test browser
	@exec $(RUN) -m pytest tests/proofs $(ARGS)

bench: installed-test peers
	@exec $(RUN) -m benchmarks $(ARGS)

installed:
	@bash requirements/install.sh run $(PYTHON)

installed-test:
	@bash requirements/install.sh test $(PYTHON)

# What we are measured against; a benchmark says so where one of them can't be installed.
peers: installed-test
	@bash requirements/install.sh bench $(PYTHON) || echo "fwselect: going on without the peers"

browser: installed-test
	@bash tests/install_browser.sh
