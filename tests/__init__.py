"""The tests stand in the rooms of the source: `src/gcheck_lint/run` is tested in `tests/run`, and so on.

Some rooms are wider than one package: `rules` (cards, knowledge and whole scripts), `clients` (the programs that
run gclint) and `house` (what the repository promises about itself). `oracle` and `differential` hold gclint against
real and against random runs. `support` is what the tests share.
"""
