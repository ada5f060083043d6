"""The rules as the catalogue knows them: one id may stand for the same problem in several services."""

from __future__ import annotations

from dataclasses import dataclass

from cli import names
from schemas.catalogue import Catalogue, RuleEntry, ServiceEntry


@dataclass(frozen=True, slots=True)
class Use:
    """One rule for one service of one provider."""

    provider: str
    service: ServiceEntry
    rule: RuleEntry

    @property
    def place(self) -> str:
        """``aws ebs``."""
        return f"{self.provider} {self.service.service}"

    @property
    def severity(self) -> str:
        """The severities that it can give, the worst first."""
        return ", ".join(self.rule.severities) or "told by each finding"

    @property
    def thresholds(self) -> str:
        """``grace=7d``, as they are without a setting."""
        return ", ".join(f"{name}={default}" for name, default in self.rule.thresholds.items()) or "none"


def uses(catalogue: Catalogue) -> list[Use]:
    """Every rule of every service, sorted by rule, then by place."""
    found = [
        Use(provider, service, rule)
        for provider, entry in catalogue.providers.items()
        for service in entry.services
        for rule in service.rules
    ]
    return sorted(found, key=lambda use: (use.rule.id, use.place))


def uses_of(catalogue: Catalogue, rule_id: str) -> list[Use]:
    """The uses of one rule. Raises ``CommandError`` with the nearest right id."""
    every = uses(catalogue)
    found = [use for use in every if use.rule.id == rule_id]
    if not found:
        raise names.unknown("rule", rule_id, {use.rule.id for use in every}, listing="sentinel rules list")
    return found
