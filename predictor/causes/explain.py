"""What a log says about fetching: the findings, the one that matters, and whether it is an outage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.excerpt import diagnose


@dataclass(frozen=True, slots=True)
class Explanation:
    """Findings in order of appearance; ``primary`` is the index of the one that broke the build, None for none."""

    outage: bool
    primary: int | None
    findings: Sequence[Diagnosis]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values; unknown texts are ``None``, evidence lines are 1-based."""
        return {
            "outage": self.outage,
            "primary": self.primary,
            "findings": [finding_json(finding) for finding in self.findings],
        }


def finding_json(finding: Diagnosis) -> dict[str, Any]:
    """One finding as JSON-ready values."""
    return {
        "cause": finding.cause,
        "outcome": finding.outcome,
        "host": finding.host or None,
        "phase": finding.phase,
        "module": finding.module or None,
        "version": finding.version or None,
        "class": finding.klass,
        "remedy": finding.remedy,
        "confidence": finding.confidence,
        "evidence": {"line": finding.line + 1, "text": finding.text},
        "why": finding.why,
    }


def explain(data: bytes) -> Explanation:
    """Explain a log with CI wrappers off, given as any bytes. Never raises.

    ``predictor.pasted.explain_log`` takes wrappers and compression off first.
    """
    return judged(diagnose(data.decode("utf-8", "replace")))


def judged(findings: Sequence[Diagnosis]) -> Explanation:
    """The findings with the one that broke the build picked out: the first of those that weigh most."""
    if not findings:
        return Explanation(outage=False, primary=None, findings=())
    primary = max(range(len(findings)), key=lambda index: (weight(findings[index]), -index))
    return Explanation(findings[primary].outage, primary, tuple(findings))


def weight(finding: Diagnosis) -> tuple[int, int, int]:
    """How much a finding speaks for having broken the build.

    Known before unknown, infrastructure first, and a broken setting before the errors of the user that it may bring.
    """
    setting = finding.cause == "config_goproxy" and finding.klass == "config"
    return (0 if finding.cause == "none" else 1, 1 if finding.outage else 0, 1 if setting else 0)
