# The commands of the project. They need make and Python 3.11 or newer, called python3 (or: make PYTHON=python3.12 …).
PYTHON ?= python3
PY := .venv/bin/python
MANAGE := $(PY) manage.py
PORT ?= 8000
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := uv pip compile --quiet --no-header --universal --generate-hashes --no-emit-index-url pyproject.toml
export DJANGO_SETTINGS_MODULE := healthapp.settings

.PHONY: help setup setup-dev frontend migrate demo serve test lint bench lock clean

help:  ## what can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

setup: .venv/.runtime frontend  ## the environment in .venv, from the lock file

.venv/.runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "healthapp needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@echo "Installing into .venv (about a minute) …"
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements.lock
	@touch $@

setup-dev: setup .venv/.dev  ## and the tools for tests, lint and benchmarks

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing the development tools …"
	@$(PIP) -r requirements-dev.lock
	@touch $@

frontend: .venv/.runtime  ## the chart script, once per version
	@$(PY) -m dashboards.frontend

migrate: setup
	@$(MANAGE) migrate --verbosity 0

demo: migrate  ## the demo company with two years of history, then the app
	@$(MANAGE) load_demo
	@$(MANAGE) serve --port $(PORT)

serve: migrate  ## web, worker and beat together
	@$(MANAGE) serve --port $(PORT)

test: setup-dev  ## all tests; with DATABASE_URL set, on PostgreSQL (make test ARGS="tests/scoring -x")
	$(PY) -m pytest -n auto --dist worksteal $(ARGS)

lint: setup-dev  ## format, rules, types, templates, migrations, settings
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(PY) -m djlint --quiet --lint templates
	$(MANAGE) makemigrations --check --dry-run
	PRODUCTION=yes ALLOWED_HOSTS=health.example SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_hex(32))') \
		$(MANAGE) check --deploy --fail-level WARNING

bench: setup-dev  ## benchmarks; one of them with ONLY=name, the large ones too with BENCH_LARGE=yes
	$(PY) -m bench $(ONLY)

lock:  ## make the lock files again (needs uv)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## remove the environment; var/ with the data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
