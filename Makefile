# Two of these are all that a newcomer needs: make run, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/'

run: ## Build, start the sample service, land one export of every kind, stop
	@.ci/need rust compiler ffmpeg
	@cargo build --quiet --package landfall-cli
	@target/debug/landfall try --to exports

test: ## All tests
	@.ci/need rust compiler nextest keychain ffmpeg
	cargo build --package landfall-cli
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall cargo nextest run --workspace

check: ## What must be clean before a commit lands
	@.ci/need rust compiler machete deny
	@.ci/check

bench: ## Measure against curl: a table, and JSON in target/bench.json
	@.ci/need rust compiler peers
	cargo build --release --package landfall-cli --package landfall-tests --bins
	LANDFALL_BIN=$(CURDIR)/target/release/landfall target/release/bench

soak: ## The tests that gain from running long: a thousand kills, millions of hostile inputs
	@.ci/need rust compiler nextest
	cargo build --package landfall-cli
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall LANDFALL_KILLS=1000 PROPTEST_CASES=50000 \
		cargo nextest run --workspace --profile soak -E 'test(/^(job|verify)::tests|^package::tests::random|^transfer::(name|plan|head)|^monitor::scan|^hostile::|^outside::|kills::batch/)'
