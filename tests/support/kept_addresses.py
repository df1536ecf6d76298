"""What builds an application's addresses, compiled once in a process: of making an application that is nearly all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def keep_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on two rules that read alike share the function that puts their address together."""
    compile_anew, kept = Rule._compile_builder, dict[Any, Builder]()

    def compiled(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:  # they are built in, by the rule's own converters
            return compile_anew(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compile_anew(rule, append_unknown)
        return kept[key]

    monkeypatch.setattr(Rule, "_compile_builder", compiled)
