# Needs Python 3.11 or newer and make; everything else is installed into .venv, pinned by requirements.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# One place for runs, whichever folder a command runs in.
export CNNBOOK_RUNS ?= $(CURDIR)/runs
OUTPUT := .
SPHINX := $(BIN)/jupyter-book build book --path-output "$(OUTPUT)" --config _config.yml --toc "$(CURDIR)/_toc.yml" --all -q -W -n --keep-going

.DEFAULT_GOAL := help
.PHONY: help book test test-colab lab notebooks train bench bench-training frontend screenshot requirements clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: $(READY)  ## build the book into _build/html, from the outputs that the notebooks store
	@$(SPHINX) && echo "The book is ready. Open file://$(CURDIR)/_build/html/index.html"

test: $(READY)  ## every test; CNNBOOK_CIFAR10=path says where the real CIFAR-10 is, without it digits stand in
	@$(BIN)/python tests/chromium.py --install
	KERAS_BACKEND=jax CNNBOOK_FAST=1 $(BIN)/python -m pytest -n 2 --dist loadscope -m backends tests/unit
	CNNBOOK_FAST=1 $(BIN)/python -m pytest -n 2 --dist loadscope --nbval-lax tests book --ignore tests/colab

test-colab: $(READY)  ## the chapters under the versions that Colab has (slow: makes a second environment)
	CNNBOOK_FAST=1 $(BIN)/python -m pytest tests/colab

lab: $(READY)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

notebooks: $(READY)  ## run every chapter from a clean kernel and store its outputs
	$(BIN)/python -m cnnbook.site.notebooks book/*.ipynb

train: $(READY)  ## the full training on CIFAR-10, from the command line; resumes where it was stopped
	$(BIN)/python -m cnnbook train baseline

bench: $(READY)  ## measure what the book claims to be fast
	@$(BIN)/python tests/chromium.py --install
	$(BIN)/python -m benchmarks.widget

bench-training: $(READY)  ## time to the article's accuracy, its network and the fast recipe interleaved (half an hour)
	$(BIN)/python -m benchmarks.training

frontend: $(READY)  ## rebuild cnnbook/widgets/static from frontend/ (only widget authors need this)
	$(BIN)/python frontend/build.py

screenshot: book  ## take the picture of the README
	@$(BIN)/python tests/chromium.py --install
	$(BIN)/python tests/screenshot.py book/_assets/screenshot.png

requirements: $(READY)  ## requirements.in (what and why) -> requirements.txt (exact versions)
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile requirements.in --universal --python-version 3.11 --fork-strategy fewest \
	    --custom-compile-command "make requirements" -o requirements.txt

clean:  ## remove what the other targets made, except the environment
	rm -rf _build .pytest_cache .ruff_cache

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say which with: make PYTHON=python3.12 book")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
