"""`refund` and `refund-event` on a server as an organiser runs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from common.clock import ManualClock
from syncserver.app import create_app, make_services
from syncserver.cli import main
from syncserver.config import config_from
from syncserver.services.orders import OrderState, OrderView
from syncserver.stores import events as event_store
from tests.support.admin_world import Office
from tests.support.busy_office import sell, shop_of
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.shop_world import NOW_MS, ShopWorld
from tests.support.small_event import TOML
from tests.support.upgrade_event import change

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command; exit code, standard output, standard error."""
    monkeypatch.setenv("RALLYGATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RALLYGATE_PUBLIC_URL", "http://127.0.0.1:8080")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> ShopWorld:
    (tmp_path / "trial.toml").write_text(TOML)
    assert run("init")[0] == 0
    assert run("import-event", str(tmp_path / "trial.toml"))[0] == 0
    config = config_from(os.environ)
    services = make_services(config, ManualClock(NOW_MS))
    with services.db.read() as tx:
        (event,) = event_store.all_events(tx)
    return shop_of(Office(services, event, create_app(config, services, testing=True)))


def now(shop: ShopWorld, view: OrderView) -> OrderView:
    shop.clock.set_wall(2 * NOW_MS)  # what the command wrote is due at the hour of this machine's own clock
    shop.worker.run_all()
    return shop.shop.orders.view(view.order.id)


def test_a_line_and_then_the_rest_of_an_order_go_back(run: Run, shop: ShopWorld) -> None:
    view = sell(shop, 3)
    code = view.order.code
    dry = run("refund", code.lower(), "--line", "2", "--dry-run")
    assert dry == (0, f"{code} line 2: 1 of 1, CZK\u00a0625\ntogether CZK\u00a0625\nnothing was changed\n", "")
    assert now(shop, view).refunded_minor == 0
    assert run("refund", code, "--line", "2")[0] == 0
    view = now(shop, view)
    assert (view.state, view.paid_minor) == (OrderState.FULFILLED, 2 * 62_500)
    told = run("refund", f"#{code}")[1]
    assert "together CZK\u00a01,250" in told
    view = now(shop, view)
    assert (view.state, view.paid_minor) == (OrderState.REFUNDED, 0)
    assert run("refund", code)[0] == 1


def test_a_ticket_that_became_another_one_goes_back_with_the_difference_and_never_the_difference_alone(
    run: Run, shop: ShopWorld
) -> None:
    with shop.db.write() as tx:
        tx.execute(
            text("INSERT INTO product_upgrades (event_id, product_no, upgrade_no, position) VALUES (1, 2, 1, 0)")
        )
    browser, view = shop.paid("one_day")
    made = change(shop, browser, view)
    status, _, told = run("refund", made.order.code)
    assert (status, told.count("give back the ticket by its own order")) == (1, 1)
    lines = f"{view.order.code} line 1: 1 of 1, CZK\u00a0375\n{made.order.code} line 1: 1 of 1, CZK\u00a0250\n"
    assert run("refund", view.order.code)[1].startswith(f"{lines}together CZK\u00a0625\n")
    assert [now(shop, one).paid_minor for one in (view, made)] == [0, 0]
    assert run("reconcile", "--books-only")[0] == 0


def test_reconcile_compares_the_books_and_its_exit_code_says_whether_they_agree(run: Run, shop: ShopWorld) -> None:
    view = sell(shop)
    shop.clock.set_wall(2 * NOW_MS)
    assert run("reconcile", "--books-only") == (0, "books of trial: no differences\n", "")
    with shop.db.write() as tx:
        tx.execute(text("UPDATE orders SET total_minor = 1"))
    code, told, _ = run("reconcile", "--books-only")
    assert code == 1
    assert f"differs: orders  {view.order.code}  should be 1, is 62500" in told


def test_every_mistake_is_one_line_that_says_what_to_do(run: Run, shop: ShopWorld) -> None:
    code = sell(shop).order.code
    for arguments, said in (
        (("refund", "NOSUCH"), "trial has no order of this code"),
        (("refund", "ü"), "trial has no order of this code"),
        (("refund", code, "--line", "x"), "write the line's number"),
        (("refund", code, "--line", "1=0"), "write the line's number"),
        (("refund", code, "--line", "9"), "is not there any more"),
        (("refund-event",), "look at --dry-run first"),
        (("refund-event", "--yes", "--per-second", "0"), "--per-second"),
    ):
        status, _, told = run(*arguments)
        assert status == 1, arguments
        assert told.count("\n") == 1
        assert said in told, arguments


def test_a_cancelled_event_gives_everything_back_that_was_not_used(run: Run, shop: ShopWorld) -> None:
    sold = [sell(shop, count) for count in (1, 2, 3)]
    _, unpaid, _ = shop.buy()
    use(kiosk_of(shop), sold[0].tickets[0].ticket)
    dry = run("refund-event", "--dry-run")[1]
    assert dry == (
        "2 orders would go back, CZK\u00a03,125\n1 unpaid orders would be given up\n1 orders keep what was used\n"
    )
    assert run("refund-event", "--yes", "--per-second", "1000")[1] == (
        "2 orders went back, CZK\u00a03,125\n1 unpaid orders were given up\n1 orders keep what was used\n"
    )
    assert [now(shop, view).paid_minor for view in sold] == [62_500, 0, 0]
    assert now(shop, unpaid).order.closed_why == "closed"
    assert shop.taken() == {"people": 1}
    again = run("refund-event", "--yes", "--per-second", "1000")[1]
    assert again.startswith("0 orders went back, CZK\u00a00\n0 unpaid")
    mails = [str(mail["Subject"]) for mail in shop.letterbox.mails]
    assert sum(subject.startswith("Given back") for subject in mails) == 2
