# `make` lists the targets. Each sets up .venv first if it is missing or older than the lock.
PYTHON ?= python3
BIN := .venv/bin
HARNESS := $(BIN)/python -m harness
INSTALLED := .venv/installed

# Given on the command line only: a shell may have a NAME of its own (WSL's has). Recipes read
# them as the shell's variables, so that spaces and quotes in them do no harm.
NAME :=
DATA :=
TARGET :=
A :=
B :=
TO :=
LOG :=
MLFLOW :=
EXPERIMENT :=
NET :=
LOSS :=
KNOBS :=
ITEM :=
export ITEM NAME DATA TARGET A B TO LOG NET LOSS KNOBS MLFLOW EXPERIMENT

.DEFAULT_GOAL := help
.PHONY: help study plan report lr lecture preflight compare init forget ui judge schema test test-all check format bench exam clean

help:  ## list the targets
	@echo "Is my model overfitting or underfitting, which setting causes it, what cures it?"
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/p' Makefile | expand -t 18
	@echo
	@echo "Begin with: make study NAME=first"

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "setting up .venv (once, a minute or two)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $(INSTALLED)

study: $(INSTALLED)  ## run a study, or go on with it: NAME=first
	@$(HARNESS) study "$$NAME"

plan: $(INSTALLED)  ## what a study would run, and about how long: NAME=digits
	@$(HARNESS) plan "$$NAME"

report: $(INSTALLED)  ## export a study's report: NAME=digits [TO=html,md,csv]
	@$(HARNESS) report "$$NAME" --to "$${TO:-html}"

lr: $(INSTALLED)  ## which learning rates are worth searching: NAME=digits
	@$(HARNESS) lr "$$NAME"

lecture: $(INSTALLED)  ## try out the lecture on deep learning, with a handout: [ITEM=6]
	@$(HARNESS) lecture $${ITEM:+"$$ITEM"}

preflight: $(INSTALLED)  ## faults of a network before it trains: NET=my_nets.py:build DATA=churn.csv TARGET=churned [KNOBS="units = 32"], or NAME=study
	@$(HARNESS) preflight "$$NAME" --net "$$NET" --data "$$DATA" --target "$$TARGET" \
		--loss "$$LOSS" --knobs "$$KNOBS"

compare: $(INSTALLED)  ## two studies on one page: A=first B=regularize [TO=html,md,csv]
	@$(HARNESS) compare "$$A" "$$B" --to "$${TO:-html}"

init: $(INSTALLED)  ## a study for your own table: DATA=churn.csv TARGET=churned [NAME=mine]
	@$(HARNESS) init "$$DATA" --target "$$TARGET" --name "$$NAME"

forget: $(INSTALLED)  ## remove a study's runs, after a question: NAME=digits
	@$(HARNESS) forget "$$NAME"

ui: $(INSTALLED)  ## browse every run in MLflow: [NAME=digits]
	@$(HARNESS) ui $${NAME:+"$$NAME"}

judge: $(INSTALLED)  ## what anyone's training log says: LOG=metrics.csv [MLFLOW=uri EXPERIMENT=name]
	@$(HARNESS) judge $${MLFLOW:+--mlflow "$$MLFLOW" "$$EXPERIMENT"} $${LOG:+"$$LOG"}

schema: $(INSTALLED)  ## renew the schema by which editors check study files
	@$(HARNESS) schema > studies/.study.schema.json

test: $(INSTALLED)  ## the tests, under 10 minutes on 2 cores
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long"

test-all: $(INSTALLED)  ## every test
	@$(BIN)/python -m pytest

check: $(INSTALLED)  ## format, lint, types, and that imports go downward only
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/basedpyright --level error

format: $(INSTALLED)  ## mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(INSTALLED)  ## how fast, against an ordinary script
	@$(BIN)/python -m tests.bench

exam: $(INSTALLED)  ## how often the judge is right, beside the rules that others use
	@$(BIN)/python -m tests.exam

clean:  ## remove .venv, caches and reports; mlruns/ stays
	@rm -rf .venv reports build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find harness tests studies -name __pycache__ -type d -prune -exec rm -rf {} +
