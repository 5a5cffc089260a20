"""The differential test: random scripts run under recording stubs, and gclint has to have foreseen what they did.

`generator` writes a script from a seed (`steps` are its sentences, `idioms` the ways to say them, `options` what its user can
choose, `layout` its grammar), `stubs` stand in for the libraries and write down what the script does, `verdicts` reads the
findings off that record by the rule book, and `agreement` compares them with gclint's. `python -m tests.differential 300` prints
how far the two agree, and which idioms they part by.
"""
