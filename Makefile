# The proof tier: `make oracle` runs the examples of all cards on real versions of transformers and writes docs/evidence.md.
# `make oracle VERSIONS=5.23.0` runs one column; `make oracle-check` compares the newest one with what is recorded.
PYTHON ?= .venv-dev/bin/python

.PHONY: oracle oracle-check
oracle:
	$(PYTHON) -m tests.oracle $(if $(VERSIONS),--versions $(VERSIONS))

oracle-check:
	$(PYTHON) -m tests.oracle --versions newest --check
