# Needs make and a Python that check_python.py accepts; all else is installed into .venv, pinned by requirements.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TORCH := .venv-torch/.ready
PIP := pip install -q --disable-pip-version-check
# pip installs into the environments below, whatever it is told to do elsewhere.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_ROOT
# One place for runs, whichever folder a command runs in.
export CNNBOOK_RUNS ?= $(CURDIR)/runs
OUTPUT := .
# Jupyter Book's own word for it, on standard output, does not open where the path has a space or a #.
SAY_WHERE := import pathlib, sys; print("The book is ready. Open", pathlib.Path(sys.argv[1]).absolute().as_uri())
SPHINX := $(BIN)/jupyter-book build book --path-output "$(OUTPUT)" --config _config.yml --toc "$(CURDIR)/_toc.yml" --all -q -W -n --keep-going

.DEFAULT_GOAL := help
.PHONY: help book pdf class test test-browsers test-torch test-colab test-kaggle lab notebooks train bench bench-training bench-backends frontend play format screenshot requirements clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: $(READY)  ## build the book into _build/html, from the outputs that the notebooks store
	@$(SPHINX) > /dev/null
	@$(BIN)/python -c '$(SAY_WHERE)' "$(OUTPUT)/_build/html/index.html"

pdf: book  ## the whole book in one PDF for paper, _build/book.pdf: widgets as pictures, answers after each chapter
	@$(BIN)/python -m cnnbook.site.chromium
	@$(BIN)/python -m cnnbook.site.pdf "$(OUTPUT)/_build/html" "$(OUTPUT)/_build/book.pdf"

class: book  ## a folder for a class without a network, _build/class, and a zip of it; FOR="windows-3.12 macos-3.13" or none
	@$(BIN)/python -m cnnbook.site.classroom $(FOR:%=--for %) "$(OUTPUT)/_build/html" "$(OUTPUT)/_build/class"

test: $(READY)  ## every test; CNNBOOK_CIFAR10=path says where the real CIFAR-10 is, without it digits stand in
	@$(BIN)/python -m cnnbook.site.chromium
	KERAS_BACKEND=jax CNNBOOK_FAST=1 $(BIN)/python -m pytest -n 2 --dist loadscope -m backends tests/unit
	CNNBOOK_FAST=1 $(BIN)/python -m pytest -n 2 --dist loadscope --nbval-lax tests book --ignore tests/colab

test-browsers: $(READY)  ## the widgets and the pages in Firefox and in WebKit, too
	@$(BIN)/python tests/engines.py
	CNNBOOK_FAST=1 $(BIN)/python -m pytest -n 2 -m engines --engines firefox,webkit tests/test_engines.py tests/widgets tests/pages

test-torch: $(TORCH)  ## the tests of what runs on every back end, on PyTorch alone (slow: makes an environment)
	KERAS_BACKEND= CNNBOOK_FAST=1 .venv-torch/bin/python -m pytest -n 2 --dist loadscope -m backends tests/unit

test-colab: $(READY)  ## the chapters under the versions that Colab has (slow: makes an environment)
	CNNBOOK_FAST=1 $(BIN)/python -m pytest tests/colab -k "not kaggle"

test-kaggle: $(READY)  ## the chapters under the versions that Kaggle has (slow: makes an environment)
	CNNBOOK_FAST=1 $(BIN)/python -m pytest tests/colab -k kaggle

lab: $(READY)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

notebooks: $(READY)  ## run every chapter, or those of CHAPTER=02, from a clean kernel and store its outputs
	@$(BIN)/python -m cnnbook.site.chromium
	$(BIN)/python -m cnnbook.site.notebooks $(or $(sort $(wildcard book/$(CHAPTER)*.ipynb)),$(error No chapter in book/ starts with $(CHAPTER)))

train: $(READY)  ## the full training on CIFAR-10, from the command line; resumes where it was stopped
	$(BIN)/python -m cnnbook train baseline

bench: $(READY)  ## measure what the book claims to be fast
	@$(BIN)/python -m cnnbook.site.chromium
	$(BIN)/python -m benchmarks.widget
	$(BIN)/python -m benchmarks.network

bench-training: $(READY)  ## time to the article's accuracy, in minutes (WITH="--tries --seeds --means": all, in hours, but what is stored)
	$(BIN)/python -m benchmarks.training $(WITH)

bench-backends: $(READY)  ## images a second of TensorFlow, with oneDNN and without, and of JAX
	$(BIN)/python -m benchmarks.backends

frontend: $(READY)  ## rebuild cnnbook/widgets/static from frontend/ (only widget authors need this)
	$(BIN)/python frontend/build.py

play: $(READY)  ## a page with every widget, which follows their source while you change it
	@$(BIN)/python frontend/play.py

format: $(READY)  ## bring Python and TypeScript into the form that `make test` asks for
	$(BIN)/ruff check -q --fix --exit-zero .
	$(BIN)/ruff format -q .
	$(BIN)/python frontend/build.py --format

screenshot: book  ## take the picture of the README
	@$(BIN)/python -m cnnbook.site.chromium
	$(BIN)/python tests/screenshot.py book/_assets/screenshot.png

requirements: $(READY)  ## requirements.in (what and why) -> requirements.txt (exact versions)
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile requirements.in --universal --python-version 3.11 --fork-strategy fewest \
	    --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" -o requirements.txt

clean:  ## remove what the other targets made, except the environment
	rm -rf _build .pytest_cache .ruff_cache

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) check_python.py
	$(PYTHON) -m venv .venv
	$(BIN)/$(PIP) -r requirements.txt
	$(BIN)/$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# PyTorch in the place of TensorFlow and JAX; the rest in the same versions. Its files differ from machine to
# machine, so there are no hashes.
$(TORCH): requirements.txt pyproject.toml
	@$(PYTHON) check_python.py
	$(PYTHON) -m venv .venv-torch
	sed '/--hash/d; s/ *\\$$//; /^tensorflow==/d; /^jax/d' requirements.txt > .venv-torch/requirements.txt
	.venv-torch/bin/$(PIP) -r .venv-torch/requirements.txt torch==2.13.0
	.venv-torch/bin/$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
