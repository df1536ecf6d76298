"""`sign-out-buyers`: for one buyer who asks, and for all when cookies may have been stolen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncserver.app import make_services
from syncserver.cli import main
from syncserver.config import config_from
from syncserver.services.buyers import Way
from syncserver.services.shop import Shop
from syncserver.stores import buyers as store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command; exit code, standard output, standard error."""
    monkeypatch.setenv("RALLYGATE_DATA", str(tmp_path / "data"))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    assert call("init")[0] == 0
    return call


def signed_in(shop: Shop, mail: str) -> str:
    """The cookie of a browser that is."""
    with shop.buyers._db.write() as tx:
        row = store.find_or_make(tx, mail.encode() * 3, mail, 1)
        return shop.buyers.sign_in(tx, row, shop.visitors.new(), Way.LINK, 1).visitor.token


def test_one_account_or_all_are_signed_out(run: Run) -> None:
    services = make_services(config_from(os.environ))
    shop = services.shop
    anna, phone, ben = (signed_in(shop, mail) for mail in ("anna@example.org", "anna@example.org", "ben@example.org"))
    assert run("sign-out-buyers", "--mail", "Anna@Example.org")[:2] == (0, "signed out: 2\n")
    assert [shop.visitors.of_cookie(one).buyer is not None for one in (anna, phone, ben)] == [False, False, True]
    assert run("sign-out-buyers", "--mail", "nobody@example.org")[:2] == (0, "signed out: 0\n")
    assert run("sign-out-buyers", "--all")[:2] == (0, "signed out: 1\n")
    assert shop.visitors.of_cookie(ben).buyer is None
    code, _, told = run("sign-out-buyers", "--mail", "anna")
    assert (code != 0, "no address like" in told) == (True, True)
    services.db.close()
