"""What every answer of the whole server has in common, whoever asks and however odd the request is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from shop_web import rates
from syncserver.app import create_app
from syncserver.logs import set_up_logs
from tests.support.admin_world import Office

PAGES = (
    "/",
    "/en/trial/",
    "/en/trial/basket",
    "/en/trial/account",
    "/en/trial/order/nobody",
    "/en/nothing",
    "/admin/login",
    "/shop-static/shop.css",
    "/shop-static/shop.js",
    "/shop-static/icon.svg",
    "/health",
    "/api/nothing",
)


@pytest.mark.parametrize("page", PAGES)
def test_no_other_site_may_read_an_answer(office: Office, page: str) -> None:
    answer = office.app.test_client().get(page, headers={"Origin": "https://evil.test"})
    answer.close()
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("page", PAGES)
def test_an_answer_says_what_it_is_and_in_which_letters(office: Office, page: str) -> None:
    answer = office.app.test_client().get(page)
    answer.close()
    kind = answer.headers["Content-Type"]
    assert kind in {"application/json", "application/problem+json"} or "charset=utf-8" in kind


@pytest.mark.parametrize("page", PAGES)
def test_a_trace_is_no_request(office: Office, page: str) -> None:
    answer = office.app.test_client().open(page, method="TRACE", headers={"Cookie": "rallygate_shop=secret"})
    assert answer.status_code in {404, 405}
    assert b"secret" not in answer.data


@pytest.mark.parametrize(
    "path", ["/.git/HEAD", "/.git/config", "/shop-static/", "/shop-static/../visit.py", "/pictures/"]
)
def test_no_folder_and_no_source_is_served(office: Office, path: str) -> None:
    answer = office.app.test_client().get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert b"shop.css" not in answer.data.partition(b"</head>")[2]


@pytest.mark.parametrize(
    ("trusted", "stopped"),
    [
        pytest.param(0, True, id="without a proxy nobody says where they come from"),
        pytest.param(1, True, id="with one, what came before its own word is not believed"),
    ],
)
def test_whoever_names_other_addresses_is_counted_all_the_same(office: Office, trusted: int, *, stopped: bool) -> None:
    app = create_app(replace(office.services.config, trusted_proxies=trusted), office.services, testing=True)
    client = app.test_client()
    at = f"/en/trial/order/nobody{trusted}"
    proxy = ", 192.0.2.200" if trusted else ""
    codes = [
        client.get(at, headers={"X-Forwarded-For": f"198.51.100.{number}{proxy}"}).status_code
        for number in range(rates.LINKS.newcomers_max + 1)
    ]
    assert (codes[-1] == 429) is stopped


def test_behind_a_proxy_its_word_counts(office: Office) -> None:
    app = create_app(replace(office.services.config, trusted_proxies=1), office.services, testing=True)
    codes = {
        app.test_client().get("/en/trial/order/x", headers={"X-Forwarded-For": f"2001:db8:{number:x}::1"}).status_code
        for number in range(rates.LINKS.newcomers_max + 5)
    }
    assert codes == {404}


def test_a_line_of_the_log_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        set_up_logs("info")
        structlog.get_logger("test").info("said", what='a\n{"event": "forged"}\r\u2028\x1b[31m')
    finally:
        structlog.configure(**before)
    [line] = [one for one in capsys.readouterr().err.split("\n") if one]
    assert json.loads(line)["event"] == "said"
    assert re.search(r"[\x00-\x1f\u2028]", line) is None


STATIC = sorted((Path(__file__).resolve().parents[3] / "shop_web" / "static").glob("*.js"))
UNSAFE = (
    r"\.innerHTML\s*\+?=(?!=)|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTMLUnsafe"
    r"|localStorage|sessionStorage|indexedDB|document\.cookie|postMessage|__proto__"
)


@pytest.mark.parametrize("script", STATIC, ids=lambda path: path.name)
def test_a_script_writes_no_markup_keeps_nothing_and_listens_to_no_other_window(script: Path) -> None:
    assert STATIC
    assert re.search(UNSAFE, script.read_text(encoding="utf-8")) is None
