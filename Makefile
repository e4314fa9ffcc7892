# The commands of tyrian. `make help` lists them; each is a script that can be read and run by itself.
.DEFAULT_GOAL := help
.PHONY: help run demo test lint bench judges lab-up lab-down

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## See it at work: build, scan the example shop and this machine, attack clones: report.html, demo.html
	@scripts/install build
	@scripts/demo

demo: ## The faulty shop attacked, hardened and attacked again, on clones: demo.html (needs root for an engine)
	@scripts/install test
	@scripts/attack-demo

test: ## Everything that must hold before a change lands (needs root for the Docker engine of the tests)
	@scripts/install test
	@scripts/check

lint: ## The fast part of it: format, lints, scripts
	@scripts/install lint
	@scripts/check lint

bench: ## Measure speed and memory: what stands in bench/
	@scripts/each bench

judges: ## Ask independent programs again and record their answers: what stands in judges/
	@scripts/each judges

lab-up: ## Start a Docker engine with the lab's images and containers; prints its socket
	@scripts/install test
	@lab/docker up
	@lab/images
	@lab/zoo up

lab-down: ## Stop it and put the machine back as it was
	@lab/docker down
