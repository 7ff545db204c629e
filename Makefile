# The few commands of this project; each installs what it lacks or names it. See CONTRIBUTING.md.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help demo test check bench peers accuracy plans mixtures polynomials imputation docs install format clean

help:
	@echo "make demo              learn a real table, draw new rows, judge them"
	@echo "make test              build and run all tests"
	@echo "make check             formatting, words, tests, documentation, snippets, command line"
	@echo "make bench             measure speed beside PyTorch and JAX"
	@echo "make peers             compare samplers with diffusers and k-diffusion"
	@echo "make accuracy          measure the default samplers at equal score evaluations"
	@echo "make plans             measure whether plans keep their promises"
	@echo "make mixtures          compare learners with scikit-learn on laws that are known"
	@echo "make polynomials       measure polynomials on laws whose scores are known"
	@echo "make imputation        fill hidden cells beside scikit-learn"
	@echo "make docs              build the documentation into docs-output/"
	@echo "make install PREFIX=…  install the command, its completions and its manual page"
	@echo "make format            format the Swift sources in place"
	@echo "make clean             remove everything that was built"

demo:
	@Scripts/demo

test:
	@Scripts/test

check:
	@Scripts/check

bench:
	@Scripts/bench

peers:
	@Scripts/peers

accuracy:
	@Scripts/accuracy

plans:
	@Scripts/plans

mixtures:
	@Scripts/mixtures

polynomials:
	@Scripts/polynomials

imputation:
	@Scripts/imputation

docs:
	@Scripts/docs

install:
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" Scripts/install

format:
	@Scripts/format

clean:
	rm -rf .build .build-* Benchmarks/.build Benchmarks/.venv demo-output docs-output
