"""`gclint survey`: many repositories, each checked as `gclint check` checks it, on a cluster of Dask.

One repository is one task. A worker asks an engine of its own, a process without threads, and that forks a child for each
repository, so one that hangs or takes too much is ended by itself. What comes back is written down at once, repository by
repository, and put together as Parquet data sets at the end: a survey that is cut off goes on where it stopped.

Only `cluster` imports Dask, and only `datasets` and `parquet` import PyArrow: an engine needs neither.
"""
