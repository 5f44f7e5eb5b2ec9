# Everything a person runs. `make help` lists it; docs/reference/configuration.md lists the settings.

DATA_DIR ?= ./data
export DATA_DIR

.DEFAULT_GOAL := help
.PHONY: help up down logs install build test nightly check fix bench bench-growth bench-large deps clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Settings: DATA_DIR=./data HOST=127.0.0.1 PORT=8080, for example: make up PORT=9000"

# make itself ends with the status of a signal that reaches it; the platform, and make down, end with 0.
up: build ## Run the whole platform in the foreground; Ctrl-C or make down stops it
	@exec node --max-semi-space-size=32 platform/dist/main.js

down: ## Stop the platform that make up started on the same DATA_DIR
	@node scripts/down.mjs

logs: ## Follow the log; SERVICE=flights shows one service
	@SERVICE='$(SERVICE)' exec node scripts/logs.mjs

install: ## Install the npm packages when they differ from package-lock.json
	@node scripts/install.mjs

build: install ## Bundle platform and console when their sources changed
	@node scripts/build.mjs

test: ## Run every test that this machine can run
	@node scripts/test.mjs

nightly: ## Run the long forms, for hours: every crash point, byte and kill, many seeds; NIGHTLY=crashes runs one
	@node scripts/nightly.mjs

check: install ## Format, lint, types, import directions, dead code, house rules
	@node scripts/check.mjs

fix: install ## Format, and repair what the linter can
	@node_modules/.bin/biome check --write .

bench: install ## Measure, side by side with limits and peers; BENCH=sqlite runs one
	@node scripts/bench.mjs

bench-growth: install ## Measure how cost grows with the log, on both engines (an hour)
	@node scripts/bench.mjs growth

bench-large: install ## Measure what needs a log of 10,000,000 events (hours)
	@GROWTH=10000,100000,1000000,10000000 node scripts/bench.mjs large growth

deps: ## Install the programs that some tests need (Debian and Ubuntu, as root)
	@sh scripts/deps.sh

clean: ## Remove what was installed and built; keeps DATA_DIR
	rm -rf node_modules platform/dist console/dist .stamps coverage
