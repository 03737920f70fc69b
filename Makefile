# Two commands are enough: `make run` and `make test`. Both make their own environment in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Most tests wait for something: two processes for each core keep all of them busy. tests/system,
# which takes long, comes before tests/unit, so that no core is left with it at the end.
# A test in real time may fail where the machine was away for a moment: such a one runs again, and
# the summary says so.
PROCESSES = $(shell expr 2 '*' $$(nproc))
TEST_OPTIONS = --numprocesses=$(PROCESSES) --maxprocesses=8 --dist=loadfile --no-loadscope-reorder --reruns=2

# Tests start programs by the hundred: what is compiled once is kept, whatever the surroundings say.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test coverage check format bench peers compare-spotters soak fuzz install uninstall clean help

run: $(VENV)/.run  ## the daemon on a simulated board, with a live view (Ctrl-C ends it)
	@$(BIN)/emgd run --watch

test: check  ## all checks and all tests
	@$(BIN)/python -m pytest $(TEST_OPTIONS)

coverage: $(VENV)/.dev  ## what no test reaches
	@$(BIN)/python -m pytest $(TEST_OPTIONS) --cov --cov-report=term

check: $(VENV)/.dev  ## format, lint, types, floors of the house
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev  ## put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev  ## ratios of things measured side by side in one run
	@$(BIN)/python -m tests.bench

peers: $(VENV)/.dev  ## our side of docs/comparison.md, on the work and the faults of other programs
	@$(BIN)/python -m tests.peers

compare-spotters: $(VENV)/.spotters  ## spotters side by side: ours, the paper's, NeuroKit2's, BioSPPy's
	@$(BIN)/python -m tests.spotters

soak: $(VENV)/.dev  ## hours of board time at full speed, with faults: make soak HOURS=24
	@$(BIN)/python -m tests.soak $(HOURS)

fuzz: $(VENV)/.dev  ## ten million inputs for all that takes bytes from outside
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@$(BIN)/python -m tests.fuzz

install:  ## as a service of this PC (as root): /opt/emgd, units, udev rules, /etc/emgd/emgd.toml
	@PYTHON=$(PYTHON) systemd/install.sh install

uninstall:  ## take the service away again; settings and recordings stay
	@systemd/install.sh uninstall

clean:  ## take the environment and all caches away
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

# Debian splits venv from python3: where ensurepip is missing, the pip that is there fills the room.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "emgd needs Python 3.11 or later; " + sys.executable + " is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 run")'
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	    rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && \
	    $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "installing emgd into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@echo "compiling its kernels (once)"
	@$(BIN)/python -c "import emgd.app"
	@touch $@

# No test is to wait for what has to be compiled. pip would do the modules on one core: here all do.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "installing emgd and its development tools into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[dev]'
	@$(BIN)/python -m compileall -q -j 0 -x /tests/ $(VENV)/lib >/dev/null || true
	@$(BIN)/python -c "import emgd.app, emgd.align.kernels"
	@touch $(VENV)/.run $@

$(VENV)/.spotters: $(VENV)/.dev
	@echo "installing the libraries to compare with into $(VENV) (once, 150 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[spotters]'
	@touch $@
