PYTHON ?= python
TEST ?= $(PYTHON) -m pytest

.PHONY: check format test pythons bench soak mutants lock

check:  ## everything that must be clean before a commit
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy --platform linux
	$(PYTHON) -m mypy --platform darwin
	lint-imports
	$(TEST)

format:  ## put the code in order
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:  ## the test suite alone
	$(TEST)

pythons:  ## the README's two commands on every Python that is found
	set -e; for python in $$(.ci/pythons); do .ci/readme "$$python"; done

soak:  ## the long campaigns: thousands of kills, torn journals, mangled files
	$(PYTHON) -m tests.soak

mutants:  ## mistakes put into the code, a sample for each room, and whether a test notices
	$(PYTHON) -m tests.mutants

bench:  ## speed, as ratios against other ways to do the job
	$(PYTHON) -m benchmarks

lock:  ## pin every dependency again (needs uv)
	uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-emit-index-url pyproject.toml -o requirements.lock
