# The commands of the project. `make setup` makes the environment that all others use.
PY := .venv/bin/python
export DJANGO_SETTINGS_MODULE := healthapp.settings

.PHONY: setup setup-dev frontend demo serve test lint bench lock clean

setup: .venv/.runtime frontend

.venv/.runtime: requirements.lock
	python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

setup-dev: setup .venv/.dev

.venv/.dev: requirements-dev.lock .venv/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@
