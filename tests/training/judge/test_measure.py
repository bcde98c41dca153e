"""One method on one world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tests.training.judge.histories import history
from training.dataset.records import Dataset, Record
from training.judge.measure import by_logs, compare_rows, figures, judge, lead_over, rows_of
from training.judge.methods import AlwaysNo, Calibrated, Climatology, Learner, Rule, burn_rate
from training.judge.resampling import area_draws, draws, interval, ratio_draws

BINS = 400


def world() -> list[Record]:
    return [history(f"s{i}", BINS, [(200 + i, 230 + i)] if i % 2 else [], seed=i) for i in range(8)]


def seer(records: list[Record], lead: int = 12, wrong: float = 0.0) -> list[np.ndarray]:
    """Risks that rise ``lead`` bins before every outage, and on a share of the other bins."""
    rng, risks = np.random.default_rng(1), []
    for record in records:
        risk = np.where(rng.random(BINS) < wrong, 0.9, 0.01)
        for event in record.events:
            begin = int((event.start - record.ends[0]) / 60) + 1
            risk[begin - lead : begin] = 0.9
        risks.append(risk)
    return risks


def test_a_seer_catches_everything_without_a_false_warning() -> None:
    """With the lead that it has: a warning is said at the end of its bin."""
    records = world()
    found = figures(judge(records, seer(records), 0.5), 0.01)

    assert (found["recall_5m"], found["precision"], found["false_per_natural_week"]) == (1.0, 1.0, 0.0)
    assert found["median_lead_min"] == 11
    assert found["recall_by_lead"]["15"] == 0.0


def test_a_false_warning_counts_against_raw_and_natural_weeks() -> None:
    records = world()
    risks = seer(records)
    risks[0][100] = 0.9

    found = figures(judge(records, risks, 0.5), 0.01)

    assert found["false_per_natural_week"] == pytest.approx(1 / (8 * 5 / 7))
    assert found["false_per_upstream_week"] == pytest.approx(1 / (8 * 399 / 1440 / 7))


def test_rows_inside_outages_and_of_young_series_are_not_scored() -> None:
    """Nothing begins inside an outage, and a young series gets the base rate."""
    rows = rows_of([history("a", BINS, [(200, 230)])], [np.zeros(BINS)])

    assert len(rows.label) <= BINS - 20 - 30
    assert rows.label.sum() == pytest.approx(15, abs=1)


def test_hard_cuts_and_degrading_outages_are_told_apart() -> None:
    """Nobody is praised or blamed for what cannot be forecast."""
    records = [history("a", BINS, [(200, 230)], hard=True), history("b", BINS, [(200, 230)])]
    found = figures(judge(records, seer(records), 0.5), 0.01)

    assert (found["outages_hard"], found["outages_degrading"]) == (1, 1)
    assert found["hard_seen_within_2_bins"] == 1.0


def test_hard_cuts_that_no_log_told_of_are_counted_apart() -> None:
    """A proxy that serves corrupt files with status 200 shows nothing; nobody can see that in its log."""
    seen, hidden = (history(name, BINS, [(200, 230)], hard=True) for name in "ab")
    seen = replace(seen, events=tuple(replace(each, told=each.start + 60) for each in seen.events))
    hidden = replace(hidden, state=np.zeros(BINS, np.int8))
    found = figures(judge([seen, hidden], seer([seen, hidden]), 0.5), 0.01)

    assert (found["hard_seen_within_2_bins"], found["outages_hard_told"]) == (0.5, 1)
    assert found["hard_told_seen_within_2_bins"] == 1.0


def test_rows_before_an_outage_that_had_shown_no_sign_are_counted() -> None:
    """Of fifteen rows that are positive, the sign shows five minutes before the outage."""
    (record,) = (history("a", BINS, [(200, 230)]),)
    late = replace(record, events=tuple(replace(each, shown=each.start - 300) for each in record.events))

    share = figures(judge([late], seer([late]), 0.5), 0.01)["positives_with_a_sign"]

    assert figures(judge([record], seer([record]), 0.5), 0.01)["positives_with_a_sign"] == 1.0
    assert share == pytest.approx(6 / 15, abs=0.07)


def test_the_same_seed_gives_the_same_intervals() -> None:
    """Reports can be compared; another seed draws other histories."""
    records = world()
    risks = seer(records, wrong=0.001)

    one, same, other = (figures(judge(records, risks, 0.5, seed), 0.01) for seed in (4, 4, 5))

    assert str(one) == str(same)
    assert one["pr_auc_ci95"] != other["pr_auc_ci95"]


def test_a_draw_is_the_area_over_copied_histories() -> None:
    """Oracle: copy the rows of every history that was drawn and let scikit-learn score them."""
    rng = np.random.default_rng(0)
    history_of, label, risk = np.repeat(np.arange(6), 50), (rng.random(300) < 0.2) * 1.0, rng.random(300).round(1)
    drawn = draws(6, seed=1, times=5)

    found = area_draws(drawn, label, risk, history_of)

    for counts, area in zip(drawn, found, strict=True):
        rows = np.concatenate([np.flatnonzero(history_of == k) for k in range(6) for _ in range(counts[k])])
        assert area == pytest.approx(average_precision_score(label[rows], risk[rows]))


def test_an_interval_of_a_ratio_holds_the_ratio() -> None:
    low, high = interval(ratio_draws(draws(50, 0), [1.0, 0.0] * 25, [1.0] * 50))

    assert 0.3 < low < 0.5 < high < 0.7


def test_the_better_of_two_is_better_in_the_paired_interval() -> None:
    records = world()
    good = judge(records, seer(records), 0.5)
    bad = judge(records, seer(records, lead=3, wrong=0.05), 0.5)

    found = compare_rows(good, bad)

    assert found["pr_auc_ci95"][0] > 0 > found["brier_ci95"][1]
    assert compare_rows(good, good)["pr_auc_ci95"] == [0.0, 0.0]


def test_lead_over_another_is_the_gap_between_first_warnings() -> None:
    records = world()
    early, late = (judge(records, seer(records, lead=lead), 0.5).histories for lead in (15, 6))

    found = lead_over(early, late)

    assert (found["median_min"], found["earlier_share"], found["both"]) == (9.0, 1.0, 4)
    assert lead_over(late, early)["earlier_share"] == 0.0


def test_a_kind_has_its_own_recall() -> None:
    records = [history("a", BINS, [(200, 230)], kind="hang"), history("b", BINS, [(200, 230)], kind="cut")]
    risks = seer(records)
    risks[1][:] = 0.0

    found = figures(judge(records, risks, 0.5), 0.01)["by_kind"]

    assert {kind: each["recall_5m"] for kind, each in found.items()} == {"hang": 1.0, "cut": 0.0}


def test_climatology_and_learners_say_the_base_rate_in_the_mean() -> None:
    from sklearn.linear_model import LogisticRegression

    data = Dataset(("a", "b"), tuple(world()))
    base = np.nanmean(np.concatenate([record.labels[:, 1] for record in data]))
    for method in (Climatology(), Learner("logistic", LogisticRegression())):
        method.fit(data)
        risks = method.risks(data.records)

        assert [len(risk) for risk in risks] == [BINS] * 8
        assert np.mean(np.concatenate(risks)) == pytest.approx(base, rel=0.2)


def test_a_rule_becomes_a_probability_on_validation() -> None:
    """A score of 0.9 that comes true one time in five then says about one in five."""
    records = [history(f"s{i}", BINS, [(200, 230)]) for i in range(12)]
    data = Dataset(("a", "b"), tuple(replace(each, inputs=np.full((BINS, 2), 0.9, np.float32)) for each in records))
    method = Calibrated(Rule("flat", lambda columns: columns["a"]))

    method.fit(data)
    method.calibrate(data)

    base = np.nanmean(np.concatenate([record.labels[:, 1] for record in data]))
    assert method.risks(data.records)[0] == pytest.approx(base, rel=0.1)


@pytest.mark.parametrize(("share", "fires"), [(0.001, False), (0.02, True)])
def test_the_burn_rate_alert_fires_at_its_limit(share: float, fires: bool) -> None:
    columns = {f"fail_{minutes}": np.log([share]) for minutes in (5, 15, 60)}

    assert (burn_rate(columns)[0] >= 0.5) is np.bool_(fires)


def test_always_no_says_no() -> None:
    assert not np.any(AlwaysNo().risks(world()))


def test_which_logs_were_kept_is_judged_apart() -> None:
    """A false warning counts against the logs that gave it; the parts are judged as they would be alone."""
    records = [replace(each, logs=("jobs", "proxy") if place < 4 else ("proxy",)) for place, each in enumerate(world())]
    risks = seer(records)
    risks[0][100] = 0.9
    found = by_logs(records, risks, 0.5, 0.01)
    alone = figures(judge(records[4:], risks[4:], 0.5), 0.01)

    assert list(found) == ["jobs and proxy", "proxy"]
    assert (found["jobs and proxy"]["false_per_natural_week"] > 0, found["proxy"]["false_per_natural_week"]) == (
        True,
        0,
    )
    assert all(found["proxy"][name] == alone[name] for name in ("recall_5m", "pr_auc", "brier_skill", "histories"))
