from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from syncserver.pages_first import PagesFirst, lowered

SOON_S, NEVER_S = 0.01, 30.0


def start_response(_status: str, _headers: object, _trouble: object = None) -> Any:  # noqa: ANN401 - as WSGI has it
    raise AssertionError("nobody here begins an answer")


def test_work_waits_while_any_request_is_open_and_goes_on_when_the_last_has_its_answer() -> None:
    pages = PagesFirst(SOON_S)
    seen: list[bool] = []

    def inner(_environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        seen.append(pages.wait())
        return [b"page"]

    def outer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ANN401 - as WSGI has it
        pages.counting(inner)(environ, start)
        seen.append(pages.wait())  # one of two has its answer
        return [b"page"]

    assert pages.wait()
    assert list(pages.counting(outer)({}, start_response)) == [b"page"]
    assert seen == [False, False]
    assert pages.wait()


def test_a_request_that_fails_is_over_too() -> None:
    pages = PagesFirst(SOON_S)

    def broken(_environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        raise OSError("the disk went")

    with pytest.raises(OSError, match="the disk went"):
        pages.counting(broken)({}, start_response)
    assert pages.wait()


def test_what_streams_out_is_not_waited_for() -> None:
    """A snapshot that a slow tablet fetches for minutes takes hardly any of the processor."""
    pages = PagesFirst(SOON_S)
    body = pages.counting(lambda _environ, _start: iter([b"much", b"more"]))({}, start_response)
    assert pages.wait()
    assert b"".join(body) == b"muchmore"


def test_who_waits_is_told_at_once_when_the_last_answer_is_made() -> None:
    pages, is_in, may_end = PagesFirst(NEVER_S), threading.Event(), threading.Event()
    told: list[bool] = []

    def page(_environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        is_in.set()
        may_end.wait(NEVER_S)
        return []

    request = threading.Thread(target=lambda: list(pages.counting(page)({}, start_response)))
    request.start()
    is_in.wait(NEVER_S)
    work = threading.Thread(target=lambda: told.append(pages.wait()))
    work.start()
    may_end.set()
    for thread in (request, work):
        thread.join(NEVER_S)
    assert told == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux only")
def test_a_lowered_loop_has_less_weight_and_nobody_else_has() -> None:
    found: list[int] = []
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def loop(stop: threading.Event) -> None:
        assert stop.is_set()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    stop = threading.Event()
    stop.set()
    thread = threading.Thread(target=lowered(loop, 3), args=(stop,))
    thread.start()
    thread.join(NEVER_S)
    assert found == [min(19, mine + 3)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine
