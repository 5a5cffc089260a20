"""What the tests share: where things are, sample scripts, fake rules, markers, and how gclint and other programs are run."""
