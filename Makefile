# Everything here is one command of something else: the Makefile only gives it a name.
.DEFAULT_GOAL := help
SHELL := /bin/sh
QUICK := ./mvnw -q -B -Dquick

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: ## Compile and pack the distribution, without tests
	$(QUICK) -T 1C -Dmaven.test.skip package

test: ## Run every test and nothing else
	./mvnw -B -Dquick test

golden: ## Rewrite every golden file (tables, statuses, wire files, crds/): read the diff before you commit it
	$(QUICK) -Dgolden=update -pl routetable,operator -am test

check: ## Look at what the build does not: the shell scripts and the charts
	@.ci/check

format: ## Format all sources
	./mvnw -q -B spotless:apply

crds: ## Rewrite crds/ from the types in operator.crd
	$(QUICK) -Dgolden=update -pl operator -am test -Dtest='Crd*Test' -Dsurefire.failIfNoSpecifiedTests=false
	cp crds/*.yaml charts/moorgate/crds/
	cp crds/*.yaml charts/moorgate-crds/templates/

manifests: ## Rewrite deploy/*.yaml from the chart; needs helm
	.ci/manifests deploy

images: ## Build target/images/*.tar; IMAGE='--base tar://FILE --arch arm64 …' as image/build says
	image/build $(IMAGE)

e2e: ## Run the end-to-end tests on the cluster that KUBECONFIG names; FEATURES=a,b picks some
	./mvnw -B -Dquick -pl e2e test -De2e=$(or $(FEATURES),true)

accept: ## Try moorgate serve with nginx, Node.js, wrk and Chromium; ACCEPT='--short' takes a minute
	python3 e2e/standalone/accept.py $(ACCEPT)

run-demo: ## Serve the quick start with its three backends in one process
	./moorgate serve deploy/quickstart --demo

soak: ## Run moorgate serve for half an hour of mixed traffic and changes each second; SOAK='--minutes 5'
	python3 e2e/standalone/soak.py $(SOAK)

fuzz: ## Look with Jazzer for bytes that make a reader fail; FUZZ="600 head http2" names seconds and targets
	.ci/fuzz $(FUZZ)

bench: ## Measure Moorgate beside its peers on this machine
	bench/install.sh
	python3 bench/bench.py

sessions: ## Play SESSIONS=100000 sticky sessions through a cluster's life: the first table of docs/sessions.md
	$(QUICK) -pl cli -am test -Dtest=SessionSimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dsessions=$(or $(SESSIONS),100000)
	@cat cli/target/sessions.md cli/target/sessions.txt

aot: ## Train the cache that makes starts fast, for this machine's JDK
	.mvn/train-aot

ci: ## Do what a submission must pass
	.ci/run

.PHONY: help build test golden check format crds manifests images e2e accept soak run-demo fuzz bench sessions aot ci
