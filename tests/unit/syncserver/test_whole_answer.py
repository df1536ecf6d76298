"""What the web server is given: a page in one piece, a file or what is made on the way as it comes; closed once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, send_file
from flask.typing import ResponseReturnValue
from werkzeug.test import EnvironBuilder

from syncserver.whole_answer import WholeAnswer


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = Flask("pages", static_folder=None)
    app.response_class = WholeAnswer
    app.testing = True
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100_000)

    def made() -> Iterator[str]:
        yield "a"
        yield "b"

    app.add_url_rule("/text", "text", lambda: "žluť")
    app.add_url_rule("/answer", "answer", lambda: Response([b"a", b"b"], 201, {"X-Own": "1"}))
    app.add_url_rule("/nothing", "nothing", lambda: ("", 204))
    app.add_url_rule("/file", "file", lambda: send_file(file))
    app.add_url_rule("/made", "made", lambda: Response(made()))
    return app


def asked(app: Flask, path: str, method: str = "GET") -> Any:  # noqa: ANN401 - WSGI's own types differ by server
    return app.wsgi_app(EnvironBuilder(path, method=method).get_environ(), lambda *_: lambda _: None)


def test_a_page_is_a_list(app: Flask) -> None:
    assert asked(app, "/text") == ["žluť".encode()]
    assert asked(app, "/answer") == [b"a", b"b"]
    assert asked(app, "/nothing") == []
    assert asked(app, "/text", "HEAD") == []


def test_a_file_and_what_is_made_on_the_way_are_not(app: Flask) -> None:
    for path, body in {"/file": b"x" * 100_000, "/made": b"ab"}.items():
        answer = asked(app, path)
        assert not isinstance(answer, list)
        assert b"".join(answer) == body
        answer.close()


def test_what_is_to_be_done_at_the_end_is_done_once(app: Flask) -> None:
    done: list[str] = []

    def noted() -> ResponseReturnValue:
        answer = Response("page")
        answer.call_on_close(lambda: done.append("closed"))
        return answer

    app.add_url_rule("/noted", "noted", noted)
    assert asked(app, "/noted") == [b"page"]
    assert done == ["closed"]


def test_headers_say_how_long_it_is(app: Flask) -> None:
    got = app.test_client().get("/answer")
    assert (got.status_code, got.headers["Content-Length"], got.headers["X-Own"], got.data) == (201, "2", "1", b"ab")
