"""Groups of features that people would name as one signal, for explanations: what is deleted together."""

from __future__ import annotations

from collections.abc import Sequence

#: words -> beginnings of the feature names that carry the signal
SIGNALS: dict[str, tuple[str, ...]] = {
    "failing fetches": ("fail_", "break_"),
    "5xx answers": ("5xx_",),
    "rate limiting (429)": ("429_",),
    "refused credentials": ("auth_",),
    "connection failures": ("conn_",),
    "connections cut short": ("cut_", "empty_", "size_"),
    "fetches that hang": ("hang_", "hung_"),
    "checksum database": ("sumdb_",),
    "version control hosts": ("vcs_",),
    "wrong content": ("integrity_",),
    "disk errors": ("disk_",),
    "proxy error log": ("signs_",),
    "stale answers": ("stale_",),
    "cache misses": ("miss_",),
    "clients giving up": ("gave_up_",),
    "retries": ("retried_",),
    "missing modules": ("missing_15", "user_error_"),
    "more trouble than usual": ("surprise_",),
    "messages never seen before": ("novelty_",),
    "failing builds": ("job_fail_", "jobs_"),
    "slow builds": ("job_slow_",),
    "load": ("load_", "volume_", "asked_"),
    "latency": ("lat50_", "lat90_", "lat99_", "lat_"),
    "trouble in the last hour": ("since_trouble", "trouble_"),
    "recurring outages": ("outages_1h", "outages_6h", "outages_1d", "outages_7d", "since_outage", "outage_share_"),
    "the hour of day": ("outages_this_hour", "day_", "half_day_", "week_"),
    "neighbours in trouble": ("same_", "fleet_", "behind_", "neighbours"),
    "gaps in the log": ("observed_", "missing_now", "state_unknown"),
    "the state itself": ("in_outage",),
    "length of history": ("age",),
    "size of the builds": ("build_size",),
}


#: signals that say under which circumstances, and not what is wrong: never named as a reason
CIRCUMSTANCES = frozenset(
    {"the state itself", "length of history", "gaps in the log", "the hour of day", "size of the builds"}
)


def columns(features: Sequence[str]) -> dict[str, list[int]]:
    """Signal -> positions of its features; a feature that no signal claims is a signal of its own name."""
    found: dict[str, list[int]] = {}
    for position, feature in enumerate(features):
        names = (name for name, starts in SIGNALS.items() if feature.startswith(starts))
        found.setdefault(next(names, feature), []).append(position)
    return found
