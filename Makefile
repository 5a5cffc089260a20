# The proof tier: `make oracle` runs the examples of all rules on real versions of transformers and writes docs/evidence.md.
# `make oracle VERSIONS=5.23.0` runs one column; `make oracle-check` compares the newest one with what is recorded.
PYTHON ?= .venv-dev/bin/python

.PHONY: site jupyterlab oracle oracle-check benchmarks benchmark-check repositories large differential fuzz fuzz-atheris
oracle:
	$(PYTHON) -m tests.oracle $(if $(VERSIONS),--versions $(VERSIONS))

oracle-check:
	$(PYTHON) -m tests.oracle --versions newest --check

# Every row of docs/performance.md, and whether one has become 15 % worse: `make benchmarks TREE=…/transformers LISTING=…/repos.tsv`.
# What is not named is left out; TOOLS is a folder with python, ruff and fixit.
MEASURED = $(PYTHON) -m benchmarks $(if $(TOOLS),--tools $(TOOLS)) $(if $(TREE),--tree $(TREE)) $(if $(LISTING),--listing $(LISTING))
benchmarks:
	$(MEASURED) --store

benchmark-check:
	$(MEASURED) --check

# How far whole repositories are followed, and the cost, into docs/performance.md: `make repositories LISTING=…/repos.tsv`,
# where the repositories lie beside the listing. Nothing of them is executed.
repositories:
	$(PYTHON) -m benchmarks.repositories $(LISTING) --write

# After a change that is meant to change what following a script takes: counts it anew for the large ones.
large:
	$(PYTHON) -m tests.story.large_scripts --write

# Random scripts, run under stand-ins of the libraries and compared with what gclint says of them: `make differential COUNT=1000`.
differential:
	$(PYTHON) -m tests.differential $(or $(COUNT),10000) --processes 2

# Random input of all kinds, checked against the guarantees of docs/security.md: `make fuzz COUNT=1000000 SEED=1`.
fuzz:
	$(PYTHON) -m tests.robustness.campaign $(or $(COUNT),100000) --seed $(or $(SEED),0)

# The same for the parsers alone, led by coverage (`pip install atheris`): `make fuzz-atheris KIND=settings SECONDS=600`.
fuzz-atheris:
	$(PYTHON) -m tests.robustness.campaign.coverage $(or $(KIND),settings) -max_total_time=$(or $(SECONDS),60) -max_len=4096

# The site, into build/website/site: strict, so a link that leads nowhere ends it. `pip install ".[site]"` brings what it needs.
site:
	$(PYTHON) tools/website/build.py

# The page about JupyterLab, tried in the real one, which is installed into build/jupyterlab (and takes a minute for it).
jupyterlab:
	test -x build/jupyterlab/bin/jupyter || { python3 -m venv build/jupyterlab && build/jupyterlab/bin/pip install --quiet "jupyterlab>=4.6" "jupyterlab-lsp>=5.3"; }
	GCLINT_JUPYTER=$(CURDIR)/build/jupyterlab/bin/jupyter $(PYTHON) -m pytest tests/clients/test_jupyterlab.py
