"""What an installation's configuration says about its history: names, outage definitions, and what stands before what.

The dataset must see what the service sees: the same aliases and field names while logs are read, the same
definition of an outage while they are labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from predictor.assembly import rule_of
from predictor.config import Config
from predictor.outage import DEFAULT_RULE, Rule

BIN_S = 60


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation as the dataset needs to know it; the defaults are those of no configuration at all."""

    rule: Rule = DEFAULT_RULE
    rules: Mapping[str, Rule] = field(default_factory=dict)  # upstream -> its own definition
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)  # upstream -> the upstreams behind it
    aliases: Mapping[str, str] = field(default_factory=dict)  # address or host as logged -> upstream
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # format -> our column -> field name

    @classmethod
    def of(cls, config: Config) -> Installation:
        """The installation that a configuration describes."""
        rules = {name: rule_of(section) for name, section in config.outage_of.items()}
        return cls(rule_of(config.outage), rules, config.depends, config.aliases, config.formats)

    def about(self, source: str) -> dict[str, Any]:
        """What is stored with the labels: where they come from and the definitions in force."""
        rules = {name: asdict(rule) for name, rule in self.rules.items()}
        return {"source": source, "bin_s": BIN_S, "rule": asdict(self.rule), "rules": rules}


PLAIN = Installation()
