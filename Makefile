# VentriSynth: everything that is run from a clone. `make` alone lists the targets.

PYTHON ?= python3
ARGS   ?=

BIN    := .venv/bin
ROOM   := resources/setup
PACKAGING := resources/packaging
# The stamp of a finished set-up: while it is newer than what it was made from, `make` goes straight to work.
READY  := .venv/.ready

# How Qt and VTK draw without a display and without a graphics card.
OFFSCREEN := QT_QPA_PLATFORM=offscreen VTK_DEFAULT_OPENGL_WINDOW=vtkEGLRenderWindow \
             LIBGL_ALWAYS_SOFTWARE=1 QT_SCALE_FACTOR=1

# What main.py does without opening a window.
WINDOWLESS := generate series morph segment measure compare report export-dicom packs evaluate train \
              --self-test -h --help --version

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench package clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

setup: $(READY) ## make .venv from requirements.lock, with the system libraries it needs

run: $(READY) ## open the application; ARGS="..." is passed to it
ifeq ($(filter $(WINDOWLESS),$(firstword $(ARGS))),)
	@$(ROOM)/display.sh
	@$(ROOM)/system-packages.sh || true
endif
	@$(BIN)/python main.py $(ARGS)

test: $(READY) ## run the tests; ARGS="..." is passed to pytest
	@$(OFFSCREEN) $(BIN)/python -m pytest $(ARGS)

lint: $(READY) ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY) ## print times and memory of the engine and the window
	$(BIN)/python -m engine.evaluation.bench
	$(OFFSCREEN) $(BIN)/python -m gui.bench

package: $(READY) ## build dist/VentriSynth, a folder that runs without Python; VentriSynth --self-test tries it
	$(BIN)/pyinstaller --noconfirm --log-level WARN --distpath dist --workpath build $(PACKAGING)/ventrisynth.spec

clean: ## remove caches and build products; .venv stays
	rm -rf build dist *.egg-info .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find main.py engine gui resources tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock $(ROOM)/setup.sh $(ROOM)/system-packages.sh
	@$(ROOM)/setup.sh $(PYTHON) && touch $@
