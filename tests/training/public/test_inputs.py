"""Inputs of public histories: each against an obvious oracle, and none of them sees the future."""

import numpy as np
import pytest

from predictor.errors import InputError
from training.public import clock, recurrence, telemetry
from training.public.inputs import build
from training.public.neighbours import group_of, others
from training.public.task import Arrays, from_arrays, labels, load


def cut_after(arrays: Arrays, last: int) -> Arrays:
    """The same history as it stood at ``last``."""
    kept = dict(arrays)
    for i in range(len(arrays["ids"])):
        rows = np.asarray(arrays[f"t{i}"]) <= last
        kept[f"t{i}"], kept[f"X{i}"] = arrays[f"t{i}"][rows], arrays[f"X{i}"][rows]
    return kept


@pytest.mark.parametrize("name", ["clockwork", "chance"])
def test_inputs_do_not_change_when_the_future_is_cut_off(name: str, request: pytest.FixtureRequest) -> None:
    """Rows up to a cut in the test part are the same with and without what came later."""
    arrays = request.getfixturevalue(name)
    task, cut = from_arrays(arrays), int(7.3 * 86400)

    whole, short = build(task, task.split), build(from_arrays(cut_after(arrays, cut)), task.split)

    rows = short.values.shape[1]
    assert rows < whole.values.shape[1]
    np.testing.assert_allclose(short.values, whole.values[:, :rows], atol=1e-6)


def test_labels_are_what_could_be_known(clockwork: Arrays) -> None:
    """Against a loop: 1 if an onset lies in (t, t + h], NaN while busy and where the horizon is not over."""
    task = from_arrays(clockwork)
    found = labels(task, task.split)[0]
    mine = task.incidents[task.incidents[:, 0] == 0]

    for row in range(0, len(found), 7):
        t = int(task.seconds[row])
        busy = any(on <= t < end for _, on, end in mine)
        for k, span in enumerate(task.horizons):
            unknown = busy or t + span >= task.split[0]
            expected = np.nan if unknown else float(any(t < on <= t + span for _, on, _ in mine))
            assert np.array_equal(found[row, k], expected, equal_nan=True)


def test_decayed_sums_and_times_since_equal_a_loop() -> None:
    """Vectorised recurrence against one row at a time."""
    events = np.random.default_rng(0).random((2, 60)) < 0.1
    sums, since = recurrence.decayed(events, 5.0), recurrence.rows_since(events, 50.0)

    for row in range(60):
        ages = [row - at for at in range(row + 1) if events[1, at]]
        assert sums[1, row] == pytest.approx(sum(0.5 ** (age / 5) for age in ages))
        assert since[1, row] == (min(ages) if ages else 50)


@pytest.mark.parametrize("past_only", [True, False])
def test_a_profile_never_counts_its_own_period(past_only: bool) -> None:
    """Against a loop over the periods: earlier ones alone, or all but the row's own."""
    rng = np.random.default_rng(1)
    starts, known = rng.random((1, 50)) < 0.3, rng.random((1, 50)) < 0.8

    hits, seen = clock.profile(starts, known, 12, past_only=past_only)

    for row in range(50):
        same = [at for at in range(row % 12, 50, 12) if (at < row if past_only else at != row)]
        assert hits[0, row] == sum(known[0, at] and starts[0, at] for at in same)
        assert seen[0, row] == sum(known[0, at] for at in same)


@pytest.mark.parametrize(
    ("step", "horizon", "days", "names"),
    [
        (60, 900, 5, ["hour", "day"]),
        (300, 900, 20, ["hour", "day", "week"]),
        (3600, 3600, 5, ["day"]),
        (420, 840, 9, []),
    ],
)
def test_periods_fit_the_grid_and_were_seen_twice(step: int, horizon: int, days: int, names: list[str]) -> None:
    """A period that the step does not divide, or that was seen once, is left out."""
    assert list(clock.periods(step, horizon, days * 86400)) == names


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("GotHub gothub.r4fo.com", "r4fo.com"),
        ("https://a.b.example.co.uk/x", "example.co.uk"),
        ("machine-1-6", "machine-1"),
        ("db7", "db"),
        ("", ""),
    ],
)
def test_mates_are_found_by_name(name: str, group: str) -> None:
    """Host names give the registrable domain, machine names lose their number."""
    assert group_of(name) == group


def test_others_leave_the_series_itself_out() -> None:
    """Sums over the rest of the fleet and over the mates alone."""
    fleet, mates = others(np.array([[1.0], [2.0], [4.0]]), ["a", "b", "a"])

    assert fleet[:, 0].tolist() == [6, 5, 3]
    assert mates[:, 0].tolist() == [4, 0, 1]


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_rolling_maximum_equals_a_loop(width: int) -> None:
    """The largest of the last ``width`` values."""
    values = np.random.default_rng(2).normal(size=(2, 40))

    found = telemetry.rolling_max(values, width)

    assert all(found[1, row] == values[1, max(0, row - width + 1) : row + 1].max() for row in range(40))


def test_unusual_minutes_that_return_are_seen_coming(clockwork: Arrays) -> None:
    """After the labels end, the rise of earlier days at this phase is high before the daily jump and low elsewhere."""
    task = from_arrays(clockwork)
    view = build(task, task.split)
    rise = view.values[0, :, view.names.index("surprise_days")]
    before = np.array([8 * 86400 + 10_000 - 600]) // task.step

    assert rise[before] > np.quantile(rise[task.seconds > task.split[0]], 0.98)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"step": np.array(0)}, "step"),
        ({"ids": np.array([], dtype="<U1")}, "ids"),
        ({"ids": np.array(["a"] * 99)}, "ids"),
        ({f"t{i}": np.zeros(0) for i in range(9)}, "t0"),
        ({"X1": np.zeros((3, 2), np.float32)}, "X1"),
        ({"t0": np.arange(5)[::-1], "X0": np.zeros((5, 2), np.float32)}, "X0"),
    ],
)
def test_a_contradictory_history_is_refused(clockwork: Arrays, change: Arrays, field: str) -> None:
    """The error names the field."""
    with pytest.raises(InputError) as caught:
        from_arrays(clockwork | change)

    assert caught.value.field == field


def test_a_file_that_is_no_history_is_refused(tmp_path) -> None:
    """Absent, not an npz, or without a field: InputError with the file's name."""
    (tmp_path / "input.npz").write_bytes(b"PK torn")
    np.savez(tmp_path / "less.npz", ids=np.array(["a"]))

    for path in (tmp_path / "none.npz", tmp_path, tmp_path / "less.npz"):
        with pytest.raises(InputError, match="npz"):
            load(path)


def test_missing_rows_keep_the_last_state(make_history) -> None:
    """A gap in an observed history repeats the state and has no label."""
    arrays = make_history([np.array([90_000]), np.array([50_000])], 4, observed=True)
    gap = (arrays["t0"] > 90_300) & (arrays["t0"] < 95_000)
    arrays["t0"], arrays["X0"] = arrays["t0"][~gap], arrays["X0"][~gap]

    task = from_arrays(arrays)

    at = slice(91_000 // task.step, 94_000 // task.step)
    assert task.down()[0, at].all()
    assert np.isnan(labels(task, task.split)[0, at]).all()
