# Three commands: run, demo, test. The rest is for people who change the code.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCAN := .venv-scan
DEMO_DIR ?= demo-data

.PHONY: run demo test lint scan format lock ci screenshots
.DEFAULT_GOAL := run

run: $(VENV)/.run
	@exec $(BIN)/python manage.py serve

demo: $(VENV)/.run
	@DEMO=1 DATA_DIR="$(DEMO_DIR)" $(BIN)/python manage.py demo
	@DEMO=1 DATA_DIR="$(DEMO_DIR)" exec $(BIN)/python manage.py serve

test: $(VENV)/.test
	@$(BIN)/python -m tests $(ARGS)

# The interpreter is asked before anything is made, so that each thing that may be missing is one sentence.
$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Python is not installed: install Python 3.11 or newer, or name it with PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: install Python 3.11 or newer, or name it with PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python lacks its venv module: on Debian and Ubuntu, apt-get install python3-venv."; exit 1; }
	@test -w . || { echo "This folder cannot be written: copy it to one that is yours, or change its owner."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The folder .venv could not be made: see the lines above."; exit 1; }

# --no-deps: the locks name everything. Left to look for itself, pip takes the newest `name[extra]` that another package asks
# for, which carries no hash of ours, and stops: an installation that works today would fail at somebody else's next release.
$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what requirements.lock names. This happens once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock \
		|| { echo "The packages could not be installed: check the network and run this again."; exit 1; }
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-test.lock \
		|| { echo "The packages for the tests could not be installed: check the network and run this again."; exit 1; }
	@touch $@

# Five questions that do not wait for each other: `make -j2 -O lint` asks two at a time. The longest comes first.
LINT := lint-types lint-ruff lint-templates lint-migrations lint-deployment
.PHONY: $(LINT)
lint: $(LINT)
$(LINT): | $(VENV)/.test

lint-ruff:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types:
	$(BIN)/mypy

lint-templates:
	$(BIN)/djlint templates --lint --quiet

lint-migrations:
	DATA_DIR=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

lint-deployment:
	DATA_DIR=$$(mktemp -d) PUBLIC_URL=https://status.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

# The scanners need packages that the program must never see, so they live in an environment of their own.
$(SCAN)/.scan: requirements-scan.lock | $(VENV)/bin/python
	@$(BIN)/python -m venv $(SCAN)
	@$(SCAN)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-scan.lock \
		|| { echo "The scanners could not be installed: check the network and run this again."; exit 1; }
	@touch $@

scan: $(VENV)/.test $(SCAN)/.scan
	@$(BIN)/python -m pytest -q tests/security/test_scanners.py

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Needs uv on this machine; nobody who only runs the program does. uv.lock holds addresses and is not committed.
lock:
	uv lock
	uv export --quiet --format requirements-txt --no-emit-project --no-group test -o requirements.lock >/dev/null
	uv export --quiet --format requirements-txt --no-emit-project --all-groups -o requirements-test.lock >/dev/null
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-scan.in -o requirements-scan.lock

ci:
	.ci/run

# The pictures in docs/images, taken from a demo with the system's Chromium.
screenshots: $(VENV)/.test
	$(BIN)/python -m tests.e2e.screenshots
