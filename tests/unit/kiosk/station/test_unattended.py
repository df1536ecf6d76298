"""Where nobody stands a code that was typed opens nothing: whoever read it over a shoulder could come in with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from common.decision import Outcome, Reason, Request, Verdict
from common.ticket_code import format_code
from kiosk.input.events import Scanned, Source
from kiosk.root import Options, open_kiosk
from kiosk.shown import Shown
from tests.support.kiosk_world import (
    GATE,
    NOW_MS,
    Contents,
    Event,
    build_snapshot,
    catalogue,
    clock_at_noon,
    enrol,
    put_snapshot,
)


@pytest.mark.parametrize(
    ("unattended", "source", "outcome", "reason"),
    [
        (True, Source.TYPED, Outcome.REFUSE, Reason.MALFORMED),
        (True, Source.CAMERA, Outcome.ADMIT, Reason.OK),
        (True, Source.SERIAL, Outcome.ADMIT, Reason.OK),
        (False, Source.TYPED, Outcome.ADMIT, Reason.OK),
    ],
)
def test_a_typed_code_opens_no_gate_at_which_nobody_stands(
    tmp_path: Path, unattended: bool, source: Source, outcome: Outcome, reason: Reason
) -> None:
    event, known = Event(), catalogue()
    sold = event.make_ticket()
    gate = known.points[0]
    known = replace(known, points=(replace(gate, rules=replace(gate.rules, unattended=unattended)), *known.points[1:]))
    folder = enrol(event, tmp_path, GATE)
    contents = Contents((event.issue(sold),), build_ms=NOW_MS, catalogue=known)
    put_snapshot(folder, event, build_snapshot(event, contents, folder.path))
    kiosk = open_kiosk(folder, Options(clock_at_noon()))
    answer = kiosk.station.scan(Scanned(format_code(sold.code), source, 0.0), Request())
    kiosk.close()
    assert isinstance(answer, Shown)
    assert isinstance(answer.verdict, Verdict)
    assert (answer.verdict.outcome, answer.verdict.reason) == (outcome, reason)
