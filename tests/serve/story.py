"""A day that the dashboard can show: one healthy upstream, one getting worse, one in an outage, one silent."""

from __future__ import annotations

import math

from tests.serve.scripted import line

START = 1_800_000_000.0
SIGNALS = [["latency_p95_slope", 0.38], ["failing_share", 0.21], ["tries_mean", 0.07]]


def story() -> bytes:
    """Two hours of four series as script."""
    return b"".join(_minute(START + 60.0 * minute, minute) for minute in range(120))


def _minute(time: float, minute: int) -> bytes:
    calm = 0.02 + 0.015 * math.sin(minute / 7)
    rising = min(0.92, 0.03 + max(0, minute - 70) ** 1.6 / 600)
    out = minute >= 100
    rows = [
        line("sum.golang.org", time=time, risk=[calm / 2, calm, calm * 2], history_minutes=minute),
        line(
            "proxy.golang.org",
            time=time,
            risk=[rising * 0.6, rising, min(1.0, rising * 1.15)],
            warning=minute >= 95,
            warning_since=START + 95 * 60,
            signals=SIGNALS,
            cause="http_5xx",
            history_minutes=minute,
            **({"action": "warn"} if minute == 95 else {}),
        ),
        line(
            "athens.corp:3000",
            vantage="runners-eu",
            time=time,
            state="outage" if out else "ok",
            risk=[1.0, 1.0, 1.0] if out else [rising / 3, rising / 2, rising],
            warning=minute >= 88,
            warning_since=START + 88 * 60,
            signals=SIGNALS[1:],
            cause="proxy_hang",
            history_minutes=minute,
            **({"action": {88: "warn", 100: "outage"}[minute]} if minute in (88, 100) else {}),
        ),
    ]
    if minute < 40:
        rows.append(line("goproxy.cn", time=time, risk=[0.01, 0.02, 0.03], history_minutes=minute))
    elif minute == 40:
        rows.append(line("goproxy.cn", time=time, risk=[0, 0, 0], state="unknown", history_minutes=minute))
    return b"".join(rows)
