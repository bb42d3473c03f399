# Two of these are all that a newcomer needs: make run, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run run-cluster app try page package test check bench bench-window pictures soak

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/'

run: ## Build, start the sample export service, open the window on it; without a display in the terminal
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(MAKE) --no-print-directory app; else \
		echo "There is no display to open a window on, so this is the terminal's way."; $(MAKE) --no-print-directory try; fi

app: page ## Open the window on the sample service, in a home of its own (target/home)
	@.ci/need rust compiler webkit ffmpeg
	@echo "Building the app; the first time takes some minutes."
	@cargo build --package landfall-desktop
	@target/debug/landfall-desktop --sample --home target/home

try: ## Start the sample service, land one export of every kind, stop; no window
	@.ci/need rust compiler ffmpeg
	@echo "Building the program; the first time takes some minutes."
	@cargo build --package landfall-cli
	@target/debug/landfall try --to exports

run-cluster: ## Start the service as on several machines (Redis, S3, two APIs behind nginx, three workers), land one of every kind, stop
	@.ci/need rust compiler ffmpeg redis proxy
	@echo "Building the program; the first time takes some minutes."
	@cargo build --package landfall-cli --package landfall-tests --bin landfall --bin s3
	@tests/cluster/run target/debug/landfall target/debug/s3 exports

page: ## Build the window's page into ui/dist
	@.ci/need node
	@cd ui && { [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund; } && npm run --silent build

package: page ## Make a Debian package of both programs
	@.ci/need rust compiler webkit packaging
	cargo build --release --package landfall-cli
	cargo build --release --package landfall-desktop --features tauri/custom-protocol
	@cargo deb --quiet --no-build --package landfall-desktop
	@ls target/debian/*.deb

test: page ## All tests
	@.ci/need rust compiler nextest keychain ffmpeg webkit window redis bullmq certificates proxy
	npm --prefix ui test
	cargo build --workspace --all-targets
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall LANDFALL_DESKTOP_BIN=$(CURDIR)/target/debug/landfall-desktop \
		cargo nextest run --workspace

check: page ## What must be clean before a commit lands
	@.ci/need rust compiler machete deny webkit
	@.ci/check

bench: ## Measure against curl: a table, and JSON in target/bench.json
	@.ci/need rust compiler peers redis
	cargo build --release --package landfall-cli --package landfall-tests --bins
	LANDFALL_BIN=$(CURDIR)/target/release/landfall target/release/bench

bench-window: page ## Measure the window: start, scrolling, the tray
	@.ci/need rust compiler webkit window
	cargo build --package landfall-cli
	cargo build --release --package landfall-desktop --features tauri/custom-protocol
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall LANDFALL_DESKTOP_BIN=$(CURDIR)/target/release/landfall-desktop \
		cargo bench --package landfall-tests --bench window

pictures: page ## Take the README's pictures anew, in the real window
	@.ci/need rust compiler webkit window ffmpeg
	cargo build --package landfall-cli --package landfall-desktop
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall LANDFALL_DESKTOP_BIN=$(CURDIR)/target/debug/landfall-desktop \
		cargo bench --profile dev --package landfall-tests --bench pictures
	@for one in active landed failed dark; do cp target/pictures/readme-$$one.png ui/pictures/$$one.png; done

soak: ## The tests that gain from running long: a thousand kills, millions of hostile inputs
	@.ci/need rust compiler nextest
	cargo build --package landfall-cli
	LANDFALL_BIN=$(CURDIR)/target/debug/landfall LANDFALL_KILLS=1000 PROPTEST_CASES=50000 \
		cargo nextest run --workspace --profile soak -E 'test(/^(job|verify)::tests|^package::tests::random|^transfer::(name|plan|head)|^monitor::scan|^hostile::|^outside::|kills::batch/)'
