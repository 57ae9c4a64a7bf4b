# Thin targets over the `suite` command; every target sets up the environment it needs.
PYTHON ?= python3
VENV := .venv
SUITE := $(VENV)/bin/suite
ON = $(if $(WORKERS),--workers '$(WORKERS)') $(if $(CLUSTER),--cluster '$(CLUSTER)') $(foreach need,$(NEEDS),--needs '$(need)')
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup list study gather compare learning-curve validation-curve diagnose next rerun course reproduce ui export data describe bench validate test test-long faults lint

help:  ## these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..."; exit 2; }
	@echo "Setting up $(VENV) (once, some minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

setup: $(READY)  ## create the environment

list: $(READY)  ## the studies, their trainings and estimated time
	@$(SUITE) list

study: $(READY)  ## run a study: NAME=optimizers [SET="epochs=20 dataset=cifar10"] [WORKERS=n] [DRY_RUN=1] [SHARD=3/100] [CLUSTER=auto|HOST:PORT [NEEDS="cpus=1 memory=2"]]
	@$(SUITE) study '$(NAME)' $(foreach pair,$(SET),--set '$(pair)') $(ON) $(if $(DRY_RUN),--dry-run) $(if $(SHARD),--shard '$(SHARD)')

gather: $(READY)  ## conclude a study from its shards: NAME=optimizers FROM="folder ..." [SET="..."] [WORKERS=n] [CLUSTER=...]
	@$(SUITE) gather '$(NAME)' $(foreach each,$(FROM),--from '$(each)') $(foreach pair,$(SET),--set '$(pair)') $(ON)

compare: $(READY)  ## a question without a file: WHAT="optimizer=adam,sgd,lion" [SET="..."] [WORKERS=n] [CLUSTER=...] [DRY_RUN=1]
	@$(SUITE) compare $(foreach each,$(WHAT),'$(each)') $(foreach pair,$(SET),--set '$(pair)') $(ON) $(if $(DRY_RUN),--dry-run)

course: $(READY)  ## every study in the order of docs/concepts.md, and one site of their pages: [SIZE=small] [ONLY="xor depth"] [WORKERS=n] [CLUSTER=...]
	@$(SUITE) course $(if $(SIZE),--size '$(SIZE)') $(foreach each,$(ONLY),--only '$(each)') $(ON)

reproduce: $(READY)  ## published tables beside ours: [NAME="lecun_1998 xiao_2017"] [MINUTES=10] [WORKERS=n] [CLUSTER=...]
	@$(SUITE) reproduce $(foreach each,$(NAME),'$(each)') $(if $(MINUTES),--minutes '$(MINUTES)') $(ON)

learning-curve: $(READY)  ## loss over training examples: CONFIG="lenet5 dataset=mnist" [WORKERS=n] [CLUSTER=...] [DRY_RUN=1]
	@$(SUITE) learning-curve $(CONFIG) $(ON) $(if $(DRY_RUN),--dry-run)

validation-curve: $(READY)  ## loss over a hyperparameter: WHAT=width [CONFIG="dataset=iris"] [WORKERS=n] [CLUSTER=...] [DRY_RUN=1]
	@$(SUITE) validation-curve '$(WHAT)' $(CONFIG) $(ON) $(if $(DRY_RUN),--dry-run)

diagnose: $(READY)  ## what limits a training, by experiment: CONFIG="dataset=digits width=2", NAME=study [SET="..."] or RUN=id
	@$(SUITE) diagnose $(CONFIG) $(if $(NAME),--study '$(NAME)') $(foreach pair,$(SET),--set '$(pair)') $(if $(RUN),--run '$(RUN)')

next: $(READY)  ## run the cheapest next step of a diagnosis: CONFIG, NAME or RUN as for diagnose
	@$(SUITE) next $(CONFIG) $(if $(NAME),--study '$(NAME)') $(foreach pair,$(SET),--set '$(pair)') $(if $(RUN),--run '$(RUN)')

rerun: $(READY)  ## repeat one training that the tracker has: does it give the same numbers? RUN=id
	@$(SUITE) rerun '$(RUN)'

ui: $(READY)  ## the MLflow UI: [PORT=5000]
	@$(SUITE) ui $(if $(PORT),--port '$(PORT)')

export: $(READY)  ## the winner as a SavedModel: NAME=optimizers [SET="..."] [OUT=folder] [CALIBRATE=1]
	@$(SUITE) export '$(NAME)' $(foreach pair,$(SET),--set '$(pair)') $(if $(OUT),--out '$(OUT)') $(if $(CALIBRATE),--calibrate)

data: $(READY)  ## get and describe a data set: [NAME=fashion_mnist] [TARGET=column] [BASELINE=1]
	@$(SUITE) data $(if $(NAME),'$(NAME)') $(if $(TARGET),--target '$(TARGET)') $(if $(BASELINE),--baseline)

describe: $(READY)  ## the layers of a model on its data: CONFIG="lenet5 dataset=mnist"
	@$(SUITE) describe $(CONFIG)

bench: $(READY)  ## measure the engine: [FULL=1] [ROWS=LeNet-5], or what trials cost: SCALE="10 100 1000", or workers: SIMULATE="10 1000"
	@$(SUITE) bench $(if $(FULL),--full) $(if $(ROWS),--rows '$(ROWS)') $(foreach count,$(SCALE),--scale '$(count)') $(foreach count,$(SIMULATE),--simulate '$(count)')

validate: $(READY)  ## whether the suite's verdicts are right, on problems whose answer is known: [FULL=1] [PROBLEMS=2]
	@$(SUITE) validate $(if $(FULL),--full) $(if $(PROBLEMS),--problems '$(PROBLEMS)')

test: $(READY)  ## the tests
	@$(VENV)/bin/python -m pytest -n 3 --dist=loadfile --no-loadscope-reorder

test-long: $(READY)  ## every study at tiny size, to its page and export, and every command of docs/commands.md
	@$(VENV)/bin/python -m pytest -m long -n 2 --dist=load

faults: $(READY)  ## kills, full disks, lost servers and damaged files, and a table of what they cost: [KILLS=200]
	@SUITE_KILLS='$(or $(KILLS),200)' $(VENV)/bin/python -m pytest -m fault -n auto --maxprocesses=4

lint: $(READY)  ## ruff and mypy
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy
