"""Whether a scanner reads the codes here, so that nobody misses a camera."""

from __future__ import annotations

import pytest

from kiosk.input.events import InputEvent, Scanned, Source
from kiosk.input.serial_port import ScannerState
from kiosk.ui.heard import Heard

THERE, PULLED_OUT = ScannerState("/dev/ttyACM0", is_open=True), ScannerState("/dev/ttyACM0", is_open=False)


@pytest.mark.parametrize(
    ("event", "serial", "has_scanner"),
    [
        (Scanned("8", Source.WEDGE, 0.0), None, True),
        (Scanned("8", Source.WEDGE, 0.0), PULLED_OUT, True),
        (Scanned("8", Source.SERIAL, 0.0), THERE, True),
        (Scanned("8", Source.SERIAL, 0.0), PULLED_OUT, False),
        (Scanned("8", Source.SERIAL, 0.0), None, False),
        (Scanned("8", Source.CAMERA, 0.0), THERE, False),
        (Scanned("8", Source.TYPED, 0.0), THERE, False),
    ],
)
def test_a_scanner_is_there_once_it_has_read_and_until_it_is_pulled_out(
    event: InputEvent, serial: ScannerState | None, has_scanner: bool
) -> None:
    heard = Heard()
    assert not heard.has_scanner(serial)
    heard.hear(event)
    assert heard.has_scanner(serial) is has_scanner
