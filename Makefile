# The suite's commands. `make help` lists them; `make reproduce-table1` is the main job, `make test` checks everything.

PROFILE  ?= quick
# Empty: all four of Table 1 that are there, CIFAR-10 of the ablations.
DATASETS ?=
SEEDS    ?= 0 1 2
AUGMENT  ?= basic
DATA     ?= data
RESULTS_GIVEN := $(filter-out undefined,$(origin RESULTS))
RESULTS  ?= results/local
TABLES   ?= paper-tables
JOBS     ?= 1
TORCH    ?= 0
INPUTS   ?= 1000000
SEED     ?= 1
# Of plan: table1, ablations or both; the time that there is, such as 8h.
TARGETS  ?= table1
BUDGET   ?=
# After every n-th epoch; every n-th that is kept (0: none), beside the one before the last.
CHECKPOINT_EVERY ?= 1
KEEP_EVERY       ?= 0
KILLS    ?= 200
# Of bench-peer: "WRN-d-k ...", by default four of them; JSON is a file for every single time.
NETWORKS ?=
ROUNDS   ?= 5
JSON     ?=
# NO_EXTRA=1 leaves out SVHN's extra images (data, reproduce-*, plan). Of data: MIRROR is a URL below which the files lie.
NO_EXTRA ?= 0
MIRROR   ?=
# More options of the runs, as `--help` of an experiment lists them.
OPTIONS  ?=
# WATCH=1 makes report go on: again whenever run files have changed.
WATCH    ?= 0
# ALL=1 makes clean-checkpoints remove those of unfinished runs too.
ALL      ?= 0

# Where swift builds, and a oneDNN to use in place of the system's where the folder exists (make setup-onednn).
SCRATCH := .build
ONEDNN  := .onednn

# One set of flags everywhere: another set would rebuild everything (tests need -enable-testing).
FLAGS = -c release -Xswiftc -enable-testing --scratch-path $(SCRATCH) $(ONEDNN_FLAGS)
BIN   = $(SCRATCH)/release
ifneq ($(wildcard $(ONEDNN)/lib/libdnnl.so),)
# The library by its path, at run time too, and not by its name: search paths of other packages would find the system's first.
ONEDNN_FLAGS = -Xcc "-I$(abspath $(ONEDNN))/include" -Xlinker "$(abspath $(ONEDNN))/lib/libdnnl.so" \
  -Xlinker -rpath -Xlinker "$(abspath $(ONEDNN))/lib" \
  -Xswiftc -Xfrontend -Xswiftc -disable-autolink-library -Xswiftc -Xfrontend -Xswiftc dnnl
endif
# Overrides of the profile: BATCH_SIZE=64 is --batch-size 64; what is empty stays as the profile has it.
OVERRIDES = DEPTH WIDTH BATCH_SIZE PRE_EPOCHS POST_EPOCHS LEARNING_RATE POST_LEARNING_RATE RHO TRAIN_LIMIT TEST_LIMIT
# What reproduce-*, plan and status have in common.
RUNS = --profile "$(PROFILE)" $(if $(DATASETS),--datasets "$(DATASETS)") --seeds "$(SEEDS)" --augment "$(AUGMENT)" \
  --data "$(DATA)" --results "$(RESULTS)" --jobs "$(JOBS)" --checkpoint-every "$(CHECKPOINT_EVERY)" \
  --keep-every "$(KEEP_EVERY)" $(if $(filter 1,$(NO_EXTRA)),--no-extra) $(OPTIONS) \
  $(foreach name,$(OVERRIDES),$(if $($(name)),--$(shell echo $(name) | tr A-Z_ a-z-) "$($(name))"))
# Where a report takes its runs from: RESULTS where it is given, holds any or is watched, the published ones otherwise.
REPORT_FROM = $(if $(or $(RESULTS_GIVEN),$(filter 1,$(WATCH))),$(RESULTS),$(shell find "$(RESULTS)/" -name 'seed*.h5' ! -name '*.ckpt.h5' 2>/dev/null | grep -q . && echo "$(RESULTS)" || echo results/published))

.DEFAULT_GOAL := help
.PHONY: setup setup-onednn data data-cifar10 data-cifar100 data-svhn data-fashion-mnist build test unit-tests test-onednn lint format bench bench-peer fuzz reproduce-table1 reproduce-ablations plan status report smoke torture interop clean clean-checkpoints help

setup: ## install the Debian packages that are missing, check for Swift 6.1
	@ONEDNN="$(ONEDNN)" Tools/setup.sh

setup-onednn: ## oneDNN 2.6 from PyPI into .onednn, which builds then use: 3.x lacks the fastest kernels
	@Tools/setup-onednn.sh 2.6.0 "$(ONEDNN)"

data: ## DATA NO_EXTRA MIRROR: fetch, verify and unpack all four data sets into DATA (1.9 GB)
	@DATA="$(DATA)" NO_EXTRA="$(NO_EXTRA)" MIRROR="$(MIRROR)" Tools/data.sh all

data-cifar10: ## CIFAR-10 alone (170 MB)
data-cifar100: ## CIFAR-100 alone (169 MB)
data-svhn: ## SVHN alone (1.6 GB; with NO_EXTRA=1 0.2 GB)
data-fashion-mnist: ## Fashion-MNIST alone (31 MB; nothing where its Debian package is installed)
data-cifar10 data-cifar100 data-svhn data-fashion-mnist:
	@DATA="$(DATA)" NO_EXTRA="$(NO_EXTRA)" MIRROR="$(MIRROR)" Tools/data.sh $(@:data-%=%)

build: setup ## build all executables in release
	swift build $(FLAGS) >&2

test: build lint unit-tests ## build, lint, unit tests, every executable in the smoke profile
	Tools/smoke.sh $(BIN)

# The second time as on a processor without AVX-512: other kernels, another memory format.
unit-tests: setup ## the unit tests alone
	swift build $(FLAGS) --build-tests
	swift test $(FLAGS) --skip-build
	ONEDNN_MAX_CPU_ISA=AVX2 swift test $(FLAGS) --skip-build --filter 'OneDNNTests|ExecutorTests|GoldenTests'

test-onednn: setup ## unit tests and a run over oneDNN 3.2 and 2.6.0 from PyPI, and all unit tests without AVX-512
	Tools/test-onednn.sh

lint: ## check the format of all Swift sources
	swift format lint --strict --recursive Sources Experiments Tests Package.swift

format: ## format all Swift sources in place
	swift format --in-place --recursive Sources Experiments Tests Package.swift

bench: build ## milliseconds per training step beside the floor of the kernels
	$(BIN)/bench

bench-peer: build ## NETWORKS ROUNDS JSON: our steps and PyTorch's in turns, ratios and peak memory (five rounds: 25 minutes)
	@NETWORKS="$(NETWORKS)" ROUNDS="$(ROUNDS)" JSON="$(JSON)" Tools/bench-peer.sh $(BIN)

# A folder of its own for the build: the sanitizer's flags would rebuild everything. The reader's own bounds end it;
# `timeout` is for a fault in them.
fuzz: SCRATCH := .build-fuzz
fuzz: setup ## INPUTS SEED: mutated files for every reader, with address sanitizer; ends by itself (a million: half an hour)
	swift build $(FLAGS) --sanitize=address --product fuzz >&2
	ASAN_OPTIONS=detect_leaks=0:max_allocation_size_mb=1024:quarantine_size_mb=16:abort_on_error=1 SWIFT_BACKTRACE=enable=no \
	  timeout -k 60 4h $(BIN)/fuzz --inputs "$(INPUTS)" --seed "$(SEED)" --memory 512

reproduce-table1: build ## the runs of Table 1, then the table; variables as of plan, and TABLES CHECKPOINT_EVERY KEEP_EVERY
	@$(BIN)/reproduce table1 $(RUNS) --tables "$(TABLES)"

reproduce-ablations: build ## the runs of both ablations, then their tables; the same variables
	@$(BIN)/reproduce ablations $(RUNS) --tables "$(TABLES)"

plan: build ## PROFILE DATASETS SEEDS AUGMENT DATA RESULTS JOBS NO_EXTRA OPTIONS, overrides (DEPTH ...); TARGETS BUDGET: what they would take
	@$(BIN)/reproduce plan --targets "$(TARGETS)" $(if $(BUDGET),--budget "$(BUDGET)") $(RUNS)

status: build ## the variables of plan, and TARGETS: which runs are done, running, failed, begun and missing
	@$(BIN)/reproduce status --targets "$(TARGETS)" $(RUNS)

report: build ## RESULTS TABLES WATCH: tables and figures from run files alone; WATCH=1: again whenever these change
	@echo "report from $(REPORT_FROM)" >&2
	@$(BIN)/report --results "$(REPORT_FROM)" --output "$(TABLES)" $(if $(filter 1,$(WATCH)),--watch)

smoke: build ## every executable in the smoke profile, into a temporary folder
	Tools/smoke.sh $(BIN)

interop: build ## TORCH: files in h5dump, h5py, netCDF4, xarray; TORCH=1: checkpoints evaluated in PyTorch
	@TORCH="$(TORCH)" Tools/interop.sh $(BIN)

torture: build ## KILLS: kill small runs at random moments, compare every file with undisturbed runs'
	Tools/torture.sh $(BIN) "$(KILLS)"

clean: ## remove what was built; runs and tables stay
	rm -rf .build .build-fuzz .build-onednn-*

clean-checkpoints: ## RESULTS ALL: show and remove the checkpoints of runs that have ended; run files stay
	@ALL="$(ALL)" Tools/clean-checkpoints.sh "$(RESULTS)"

help: ## list the commands
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 28
