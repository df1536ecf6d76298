"""The part for Windows, as far as another system can try it: layouts, meanings, and the order of its calls.

What the system itself does with these calls was not seen.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from kiosk.machine import windows
from kiosk.machine.windows import LineState, LineTimeouts, PowerState, PowerTold, WindowsLine, read_power


def test_structures_are_as_long_as_the_headers_say() -> None:
    sizes = [ctypes.sizeof(one) for one in (LineState, LineTimeouts, PowerState)]
    assert sizes == [28, 20, 12]
    assert (LineState.byte_size.offset, LineState.stop_bits.offset) == (18, 20)


@pytest.mark.parametrize(
    ("on_mains", "flags", "percent", "told"),
    [
        (0, 1, 80, PowerTold(80, is_charging=False)),
        (1, 9, 80, PowerTold(80, is_charging=True)),
        (1, 1, 100, PowerTold(100, is_charging=True)),
        (1, 1, 80, PowerTold(80, is_charging=False)),
        (1, 128, 255, PowerTold(None, is_charging=False)),
        (1, 128, 0, PowerTold(None, is_charging=False)),
        (255, 255, 255, PowerTold(None, is_charging=False)),
        (0, 255, 40, PowerTold(40, is_charging=False)),
    ],
)
def test_what_the_battery_s_numbers_mean(on_mains: int, flags: int, percent: int, told: PowerTold) -> None:
    assert read_power(PowerState(on_mains=on_mains, flags=flags, percent=percent)) == told


def test_ports_are_in_the_order_people_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_registered", lambda: ["COM10", "COM3", "odd", "COM1"])
    assert windows.com_ports() == ("COM1", "COM3", "COM10", "odd")


def test_elsewhere_windows_is_not_asked() -> None:
    with pytest.raises(OSError, match="library of Windows"):
        windows.power_status()
    assert windows.com_ports() == ()
    assert windows.words_of_command("  ") == ()


class Call:
    """A function of a library; ctypes lets its result's type be set."""

    def __init__(self, name: str, said: list[tuple[str, Any]], result: int) -> None:
        self.name, self.said, self.result, self.restype = name, said, result, None

    def __call__(self, *words: Any) -> int:  # noqa: ANN401 - whatever a library takes
        if self.name == "ReadFile":
            words[1].value, words[3]._obj.value = b"4711", 4
        if self.name == "WriteFile":
            words[3]._obj.value = 3
        structure = words[1]._obj if len(words) > 1 and hasattr(words[1], "_obj") else None
        told = {field[0]: getattr(structure, field[0]) for field in structure._fields_} if structure else words[0].value
        self.said.append((self.name, told))
        return self.result


class Kernel:
    """kernel32, which does all it is asked but what it refuses."""

    def __init__(self, *refused: str) -> None:
        self.said: list[tuple[str, Any]] = []
        self._refused, self._calls = refused, dict[str, Call]()

    def __getattr__(self, name: str) -> Call:
        return self._calls.setdefault(name, Call(name, self.said, 0 if name in self._refused else 77))


def opened(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> WindowsLine:
    monkeypatch.setattr(windows, "_kernel", lambda: kernel)
    return WindowsLine("COM12", 115200, writable=True)


def test_a_line_is_opened_by_its_full_name_with_eight_bits_and_no_flow_control(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel()
    line = opened(monkeypatch, kernel)
    line.close()
    assert kernel.said[0] == ("CreateFileW", r"\\.\COM12")
    name, state = kernel.said[2]
    assert (name, state["length"], state["baud"], state["byte_size"]) == ("SetCommState", 28, 115200, 8)
    assert (state["flags"], state["parity"], state["stop_bits"]) == (0x1011, 0, 0)
    assert kernel.said[-1] == ("CloseHandle", 77)


def test_a_line_waits_as_long_as_it_is_told_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel()
    line = opened(monkeypatch, kernel)
    assert line.read(0.02) == b"4711"
    assert kernel.said[-2][1] == LineTimeoutsSaid(0xFFFFFFFF, 0xFFFFFFFF, 20, 0, 0)
    assert line.write(b"OPEN", 0.0) == 3
    assert kernel.said[-2][1] == LineTimeoutsSaid(0xFFFFFFFF, 0xFFFFFFFF, 1, 0, 1), "0 would be for ever"
    line.drop_input()
    assert kernel.said[-1][0] == "PurgeComm"


def LineTimeoutsSaid(*milliseconds: int) -> dict[str, int]:  # noqa: N802 - reads as the structure
    return {field[0]: value for field, value in zip(LineTimeouts._fields_, milliseconds, strict=True)}


def test_what_is_no_serial_line_is_let_go_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel("SetCommState")
    with pytest.raises(OSError, match="COM12"):
        opened(monkeypatch, kernel)
    assert kernel.said[-1] == ("CloseHandle", 77)


def test_a_line_that_is_gone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    line = opened(monkeypatch, Kernel("ReadFile"))
    with pytest.raises(OSError, match="COM12"):
        line.read(0.02)
