"""datasets: every dataset has two rows."""

from __future__ import annotations


class Dataset(list):
    """Rows that can be mapped, shuffled and split without anything happening."""

    column_names = ("text",)

    def map(self, function, **_):
        return self

    def shuffle(self, seed=None):
        return self

    def train_test_split(self, test_size=0.1, **_):
        return {"train": self, "test": self}


def load_dataset(path, *_, split=None, **__):
    rows = Dataset([{"input_ids": [1]}, {"input_ids": [2]}])
    return rows if split else {"train": rows, "test": rows}
