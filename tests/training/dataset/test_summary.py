"""The summary counts what the labels say, and why some say nothing."""

from __future__ import annotations

import numpy as np

from training.dataset.label import Event, Hidden, Why
from training.dataset.records import Dataset, record
from training.dataset.summary import HIDDEN, SHOWN, counts, lines, outages

ENDS = np.arange(1, 121) * 60.0
BOTH = Event(3600.0, 4200.0)


def made(group: str = "a", upstream: str = "u", events: tuple[Event, ...] = (BOTH,)) -> Dataset:
    rows = (ENDS, np.zeros((120, 2), np.float32), np.zeros(120, np.int8))
    hidden = [Hidden(1200.0, 1500.0), Hidden(6000.0, 6120.0, Why.UNWATCHED)]
    return Dataset(("x", "y"), (record(group, "logs", "quiet", ("v", upstream), rows, events, hidden),))


def test_every_row_is_counted_once_and_every_unknown_one_has_a_reason() -> None:
    data = made()

    for minutes, (positive, negative, unknown, *reasons) in zip((5, 15, 30), counts(data), strict=True):
        assert positive + negative + unknown == data.rows
        assert sum(reasons) == unknown
        censored = sum(end + 60 * minutes > 1200 and end < 1500 for end in ENDS)
        assert dict(zip(HIDDEN, reasons, strict=True))[Why.CENSORED] == censored


def test_an_outage_that_several_series_show_counts_once() -> None:
    one, other, elsewhere = made(), made(upstream="w"), made(group="b")
    data = Dataset(one.features, (*one, *other, *elsewhere))

    assert outages(data) == 2


def test_the_table_has_the_counts_and_a_row_for_each_horizon() -> None:
    text = list(lines(made()))

    assert text[0] == "1 series, 120 rows, 1 outage"
    assert "u from v: 120 rows, 1 outage" in text[1]
    assert [line.split()[:4] for line in text[-3:]] == [
        [str(minutes), "min", str(row[0]), str(row[1])]
        for minutes, row in zip((5, 15, 30), counts(made()), strict=True)
    ]


def test_a_long_list_of_series_is_cut() -> None:
    parts = [made(upstream=f"u{n}").records[0] for n in range(SHOWN + 3)]

    assert "  and 3 more series" in list(lines(Dataset(("x", "y"), tuple(parts))))
