"""What products ask is answered piece by piece in the basket, blocks an order while it is missing, and is put right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from common.kept_answers import KeptAnswer
from syncserver.db.engine import Database
from syncserver.db.tables_answers import basket_answers, order_answers
from syncserver.services.basket import Target
from syncserver.services.orders import OrderView
from syncserver.services.return_plan import Wanted, full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.translations import LANGUAGES, translator
from syncserver.stores import purchase_answers as store
from tests.support.asking_event import SAID, asking_event
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import LUNCH, ONE_DAY
from tests.support.shop_world import ShopWorld, make_shop_world

MEAT, GREENS = (1, "dish"), (2, "dish")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, asking_event())


def post(client: FlaskClient, path: str, form: dict[str, str | list[str]]) -> TestResponse:
    token = re.findall(r'name="form_token" value="(\w+)"', client.get("/en/trial/").text)[0]
    return client.post(path, data={"form_token": token, **form})


def fill(client: FlaskClient, said: dict[str, str]) -> dict[str, str | list[str]]:
    """The basket's form with one day's ticket answered; several options as a browser sends them."""
    page = client.get("/en/trial/basket").text
    line = re.findall(r'name="holder-(\d+)"', page)[0]
    found: dict[str, str | list[str]] = {f"a-{line}-1-{key}": answer for key, answer in said.items()}
    found[f"a-{line}-1-days"] = said["days"].split(",") if said.get("days") else []
    return found | {f"holder-{line}": "Anna Nová", "then": "checkout"}


def with_ticket(client: FlaskClient) -> None:
    post(client, "/en/trial/basket/add", {"product": "one_day", "count": "1"})


def lunches(world: ShopWorld, count: int = 2, answers: dict[tuple[int, str], str] | None = None) -> OrderView:
    """A ticket with so many lunches, ordered."""
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    target = Target(line_id=line)
    item = world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, count, target)
    given = {MEAT: "meat", GREENS: "greens"} if answers is None else answers
    world.shop.answers.answer(world.catalogue, browser, {item: given})
    return world.order(browser)


def test_an_order_needs_every_piece_answered_and_keeps_the_basket_until_then(world: ShopWorld) -> None:
    for answers in ({}, {MEAT: "meat"}, {MEAT: "meat", GREENS: "fish"}):
        with pytest.raises(CannotBuy) as refused:
            lunches(world, 2, answers)
        assert (refused.value.reason, refused.value.product) == (Reason.ANSWERS_MISSING, "Lunch")
    with world.db.read() as tx:
        assert [row.answer for row in tx.execute(select(basket_answers))] == ["meat", "meat"]
        assert tx.execute(select(order_answers)).all() == []


def test_answers_go_from_the_basket_to_the_order_piece_by_piece(world: ShopWorld) -> None:
    view = lunches(world)
    said = world.shop.answers.said(view.order.id, world.catalogue, translator("en"))
    assert [(one.label, one.answer, one.units, one.of) for one in said[2]] == [
        ("Dish", "With meat", 1, 2),
        ("Dish", "Without meat", 1, 2),
    ]
    with world.db.read() as tx:
        assert tx.execute(select(basket_answers)).all() == []


def test_taking_a_line_out_takes_its_answers_along(world: ShopWorld) -> None:
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    given = {(1, key): answer for key, answer in SAID.items()}
    world.shop.answers.answer(world.catalogue, browser, {line: given})
    assert world.shop.answers.of_basket([line])[line] == given
    world.shop.baskets.remove(world.event, browser, line)
    with world.db.read() as tx:
        assert tx.execute(select(basket_answers)).all() == []


def test_another_browser_answers_nothing_in_this_basket(world: ShopWorld) -> None:
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    world.shop.answers.answer(world.catalogue, world.browser(), {line: {(1, "club"): "Mine"}})
    assert world.shop.answers.of_basket([line]) == {}


def test_the_page_leads_on_once_all_is_answered(client: FlaskClient) -> None:
    with_ticket(client)
    assert "notice=answers_missing" in client.get("/en/trial/checkout").location
    assert post(client, "/en/trial/basket/holders", fill(client, SAID)).location == "/en/trial/checkout"
    assert client.get("/en/trial/checkout").status_code == 200


FAULTS = [  # question, answer, what is said of it, whether the order must wait for it
    ("nights", "", "Please answer this.", True),
    ("nights", "9", "Please give a whole number from 0 to 4.", True),
    ("nights", "two", "Please give a whole number from 0 to 4.", True),
    ("trailer", "", "Please answer this.", True),
    ("shirt", "", "Please choose one.", True),
    ("shirt", "xxl", "Please choose one of what is offered.", True),
    ("days", "", "Please choose at least one.", True),
    ("club", "x" * 41, "That is too long: 40 characters at most.", False),
    ("arrival", "2028-02-30", "Please give a date.", False),
    ("at", "half past", "Please give a time of day, like 14:30.", False),
    ("photos", "nobody", "Please check this e-mail address.", False),
]


def test_each_fault_stands_beside_its_field_and_what_was_typed_stays(client: FlaskClient) -> None:
    with_ticket(client)
    for key, answer, fault, is_required in FAULTS:
        page = post(client, "/en/trial/basket/holders", fill(client, SAID | {key: answer}))
        assert page.status_code == 422
        name = re.findall(r'class="fault" id="(a-\d+-1-\w+)-fault">([^<]+)<', page.text)
        assert [(one.rpartition("-")[2], said) for one, said in name] == [(key, fault)]
        assert f'aria-describedby="{name[0][0]}-fault"' in page.text
        assert 'value="Anna Nová"' in page.text
        assert "Motoklub Ořech" in page.text or key == "club"
        assert f'value="{answer}"' in page.text or key in {"trailer", "shirt", "days"}
        assert "Something is not answered yet" in page.text
        checkout = client.get("/en/trial/checkout")
        assert ("notice=answers_missing" in (checkout.location or "")) is is_required


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_asked_in_every_language(client: FlaskClient, language: str) -> None:
    with_ticket(client)
    page = client.get(f"/{language}/trial/basket").text
    own = {"cs": "Velikost trička", "en": "Size of the shirt"}.get(language, "Velikost trička")
    assert f"<legend>{own}" in page
    assert page.count("<fieldset") == 3  # yes or no, one, several


def test_an_order_that_was_posted_past_the_page_is_sent_back_to_the_questions(client: FlaskClient) -> None:
    with_ticket(client)
    form: dict[str, str | list[str]] = {
        "form_key": "k" * 20, "name": "Anna", "mail": "anna@example.org", "terms": "yes",
    }  # fmt: skip
    answer = post(client, "/en/trial/checkout", form)
    assert answer.location == "/en/trial/basket?notice=answers_missing&item=one_day"


def test_an_answer_is_changed_on_the_orders_page_until_something_was_used(
    world: ShopWorld, client: FlaskClient
) -> None:
    view = lunches(world)
    view = world.pay(view, world.start(view))
    at = f"/en/trial/order/{view.token}"
    assert "Change an answer" in client.get(at).text
    assert client.get(f"{at}/answers").text.count('type="radio"') == 4
    wrong = post(client, f"{at}/answers", {"a-2-1-dish": "greens", "a-2-2-dish": ""})
    assert (wrong.status_code, wrong.text.count('class="fault"')) == (422, 1)
    done = post(client, f"{at}/answers", {"a-2-1-dish": "greens", "a-2-2-dish": "greens", "a-2-1-allergies": "Ořechy"})
    assert "notice=answered" in done.location
    page = client.get(at).text
    assert "Dish: <b>Without meat</b>" in page
    assert "Allergies: <b>1× Ořechy</b>" in page
    assert page.count("Answer changed") == 1
    use(kiosk_of(world), view.tickets[0].ticket, LUNCH)
    assert "Change an answer" not in client.get(at).text
    post(client, f"{at}/answers", {"a-2-1-dish": "meat", "a-2-2-dish": "meat"})
    assert "Dish: <b>Without meat</b>" in client.get(at).text
    with pytest.raises(CannotBuy) as refused:
        world.shop.answers.change(view.order.id, world.catalogue, {2: {MEAT: "meat", GREENS: "meat"}})
    assert refused.value.reason is Reason.NOT_CHANGEABLE


def kept(world: ShopWorld, view: OrderView) -> tuple[KeptAnswer, ...]:
    with world.db.read() as tx:
        return store.of_ticket(tx, world.event.id, view.tickets[0].ticket)


def test_gates_are_told_of_paid_pieces_that_were_not_given_back(world: ShopWorld) -> None:
    view = lunches(world)
    assert kept(world, view) == ()
    view = world.pay(view, world.start(view))
    assert kept(world, view) == (KeptAnswer(LUNCH, 1, "dish", "meat"), KeptAnswer(LUNCH, 2, "dish", "greens"))
    wanted = ReturnRequest(view.order.id, (Wanted(2, 1),), full_price, ReturnWhy.STAFF, "r1")
    world.shop.returns.give_back(wanted)
    assert kept(world, view) == (KeptAnswer(LUNCH, 1, "dish", "meat"),)


def test_pieces_bought_later_for_the_same_ticket_are_counted_on(world: ShopWorld) -> None:
    view = lunches(world)
    view = world.pay(view, world.start(view))
    browser, ticket = world.browser(), view.tickets[0].ticket
    world.shop.orders.open(view.token, browser)
    item = world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, Target(ticket=ticket))
    world.shop.answers.answer(world.catalogue, browser, {item: {(1, "dish"): "meat", (1, "allergies"): "Mléko"}})
    later = world.order(browser)
    world.pay(later, world.start(later))
    assert kept(world, view)[2:] == (KeptAnswer(LUNCH, 3, "dish", "meat"), KeptAnswer(LUNCH, 3, "allergies", "Mléko"))


def test_no_answer_stands_in_what_the_shop_logs(
    world: ShopWorld, client: FlaskClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with_ticket(client)
    with caplog.at_level(0):
        post(client, "/en/trial/basket/holders", fill(client, SAID))
    assert "Ořech" not in caplog.text + capsys.readouterr().out
    assert world.product("one_day").no == ONE_DAY
