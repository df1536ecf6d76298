"""The office: reads what the server knows, by the server's own commands."""

from __future__ import annotations

import json
from dataclasses import dataclass

from story.stage import Stage


@dataclass(frozen=True, slots=True)
class Use:
    """One line of the server's list of what gates and stands did."""

    when: str
    point: str
    product: str
    device: str
    ticket: str
    has_order: bool


class Office:
    """Asks the server of one stage; works whether it runs or not."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def uses(self) -> list[Use]:
        """Who was admitted, and what was handed out: newest first."""
        rows = [json.loads(line) for line in self._stage.manage("uses").splitlines()]
        names = ("when", "point", "product", "device", "ticket", "has_order")
        return [Use(**{name: row[name] for name in names}) for row in rows]

    def tickets_without_order(self) -> set[str]:
        """Ticket ids, as hex, that were used though no order here made them."""
        return {use.ticket for use in self.uses() if not use.has_order}

    def devices(self) -> set[str]:
        """Names of the devices the server knows."""
        return {line.split("  ")[2].strip() for line in self._stage.manage("devices").splitlines()}
