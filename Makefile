# Set-up and the commands of the README. Everything goes into .venv beside this file.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lint bench clean

demo: $(READY)
	@mkdir -p demo
	$(BIN)/vidcolor run samples/launch.mp4 -o demo/launch.color.mp4 --overwrite
	@echo "in:  samples/launch.mp4"
	@echo "out: demo/launch.color.mp4"

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks speed

clean:
	rm -rf .venv demo build *.egg-info

# An environment is made once, and again only when the dependencies change.
$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (torch is large: a minute or two)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,train,cluster,studio]"
	@touch $(READY)
