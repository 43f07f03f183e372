# The commands of this project. Needs make, bash and Python 3.13 (3.12 and 3.11 do as well); nothing else.
#
#   make run      the whole API on this machine, from the template that deploys to AWS, with data in it
#   make test     every test                     make check    what CI checks besides
#   make stop     end the local stack            make token    a bearer token (SCOPE= TENANT= BRANCHES= EXPIRES_IN=)
#   make invoke FN=GetInvoice EVENT=events/…     make logs     what the functions wrote (FN= for one)
#   make package ENV=staging                     build for an environment of samconfig.toml

SHELL := /bin/bash
.DEFAULT_GOAL := help
export STARTED_AT := $(shell date +%s.%N)

API_PORT ?= 3000
AWS_PORT ?= 4566
PY := .venv/bin/python
STACK := $(PY) -m tools.local_stack --api-port $(API_PORT) --aws-port $(AWS_PORT)
# A recipe that needs the tools installs them first; bootstrap.sh says nothing when there is nothing to do.
TOOLS := @tools/bootstrap.sh &&

.PHONY: help run stop token invoke logs callbacks-replay test test-fast check fuzz generate format package clean reliability mutation coverage bench bench-check

help:
	@sed -n '1,9s/^# \?//p' Makefile

run:
	$(TOOLS) $(STACK) up

stop:
	$(TOOLS) $(STACK) down

token:
	$(TOOLS) $(STACK) token --scope "$(or $(SCOPE),billing:read billing:write)" --tenant "$(or $(TENANT),demo)" \
	  --branches "$(BRANCHES)" --expires-in "$(or $(EXPIRES_IN),3600)"

invoke:
	$(TOOLS) $(STACK) invoke "$(or $(FN),GetInvoice)" "$(or $(EVENT),events/get_invoice.ok.json)"

# What callbacks that are not settled would do now (TENANT= EVENT= STATE=); APPLY=yes lets them do it.
callbacks-replay:
	$(TOOLS) PYTHONPATH=layers/billing:. $(PY) -m tools.callbacks.replay --tenant "$(or $(TENANT),demo)" $(if $(EVENT),--event "$(EVENT)") \
	  $(if $(STATE),--state "$(STATE)") $(if $(filter yes,$(APPLY)),--apply) $(ARGS)

logs:
	$(TOOLS) $(STACK) logs $(FN)

test:
	$(TOOLS) $(PY) -m pytest $(ARGS)

# Without the tests that deploy a stack.
test-fast:
	$(TOOLS) $(PY) -m pytest --ignore=tests/stack $(ARGS)

# The evidence of docs/reliability.md, into bench/results/: minutes to an hour. A stopped run goes on where it was, and
# what is recorded for this very code is not run again.
JOBS ?= 2
reliability:
	$(TOOLS) PYTHONPATH=.:layers/billing $(PY) -m tests.simulation.evidence --jobs $(JOBS)
	@PYTHONPATH=.:layers/billing $(PY) -m tests.streams.run --processes $(JOBS)
	@PYTHONPATH=.:layers/billing $(PY) -m tests.concurrency.run --rounds 20 --threads 64
	@PYTHONPATH=.:layers/billing $(PY) -m tests.reliability_figures

mutation:
	$(TOOLS) PYTHONPATH=.:layers/billing $(PY) -m tests.mutation.run --output bench/results/mutation.json

# Branches the tests reach: at least 95 % of the domain, 90 % of everything that is deployed. Not the test that judges
# the results of this very run.
coverage:
	$(TOOLS) $(PY) -m coverage run -m pytest -q --ignore=tests/stack --ignore=tests/docs/test_reliability_figures.py $(ARGS)
	@$(PY) -m coverage json -q -o .coverage.json
	@PYTHONPATH=.:layers/billing $(PY) -m tests.coverage_figures .coverage.json

check:
	$(TOOLS) echo "ruff" && .venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@echo "mypy" && .venv/bin/mypy
	@echo "import-linter" && PYTHONPATH=layers/billing:. .venv/bin/lint-imports
	@echo "cfn-lint" && .venv/bin/cfn-lint --append-rules cfn_lint_serverless.rules --template template.yaml
	@echo "sam validate" && SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint --region ap-south-1

# Property tests from the description, the long run: on the running local stack (`make run`), or on URL= with TOKEN=,
# whose tenant is then filled with nonsense. `make test` has a short run without a stack.
fuzz:
	$(TOOLS) PYTHONPATH=layers/billing:. $(PY) -m tests.openapi.fuzz $(if $(URL),--url "$(URL)" --token "$(TOKEN)") \
	  --out bench/results/schemathesis.json $(ARGS)

# Everything that is generated: docs/openapi.json and its copies, docs/errors.md, the request collection.
generate:
	$(TOOLS) PYTHONPATH=layers/billing:. $(PY) -m tools.openapi

format:
	$(TOOLS) .venv/bin/ruff check --fix . ; .venv/bin/ruff format .

# LAYER_RUNTIME and LAYER_ARCHITECTURE must be what the environment's parameters say (the defaults are).
ENV ?= staging
package:
	$(TOOLS) PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0 sam build --config-env $(ENV)

# Speed, cost and size side by side with the reference handler (docs/performance.md). PARTS= for some of it.
bench:
	$(TOOLS) PYTHONPATH=.:layers/billing $(PY) -m bench $(PARTS)

# Cold starts and calls against bench/limits.json; names what grew.
bench-check:
	$(TOOLS) PYTHONPATH=.:layers/billing $(PY) -m bench.check

clean:
	rm -rf .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The summary against a recount of the invoices; STACK_NAME= for one on AWS (docs/summary-and-lists.md).
SUMMARY := PYTHONPATH=layers/billing $(PY) -m tools.operations.summary
.PHONY: verify-summary rebuild-summary replay-parked
verify-summary:
	$(TOOLS) $(SUMMARY) verify --stack "$(STACK_NAME)"

rebuild-summary:
	$(TOOLS) $(SUMMARY) rebuild --stack "$(STACK_NAME)"

replay-parked:
	$(TOOLS) $(SUMMARY) replay-parked --stack "$(STACK_NAME)"
