"""Bad files and what is said of them."""

from __future__ import annotations

import pytest

from syncserver.services.event_file.load import PICTURE_BYTES_MAX, TEXT_BYTES_MAX
from syncserver.services.event_file.model import Loaded, Rejected
from tests.unit.syncserver.services.event_file.samples import SMALL, complaints, read, warnings_of

LATER = 'price_changes = [{ from = "2028-07-01", price = 9 }]'
ONE_CHANGE = [
    ("format = 1", "format = 2", "1: format: must be 1"),
    ('"Europe/Prague"', '"Europe/Prag"', "7: event.zone: is 'Europe/Prag'"),
    ('"Europe/Prague"', '"../../etc/passwd"', "7: event.zone: is '../../etc/passwd'"),
    ('"2028-07-06 08:00"', '"2028-03-26 02:30"', "8: event.starts: is '2028-03-26 02:30': write a moment that exists"),
    ("2028-07-09T23:00:00", "2028-07-05T23:00:00", "9: event.ends: is not after the start"),
    ("2028-07-09T23:00:00", "2029-07-05T23:00:00", "9: event.ends: makes the event longer than 60 days"),
    ('"CZK"', '"KČS"', "10: event.currency: is 'KČS'"),
    ('["en", "cs"]', '["en", "xx"]', "11: event.languages: 'xx' is not spoken here"),
    ('default_language = "en"', 'default_language = "de"', "12: event.default_language: is 'de': name one of en, cs"),
    ('country = "CZ"', 'country = "Czechia"', "18: event.organiser.country: is no ISO 3166 code"),
    ('mail = "info@example.org"', 'mail = "info"', "19: event.organiser.mail: is 'info'"),
    ("percent = 21", "percent = 121", "31: vat.standard.percent: is 121: write a percentage from 0 to 100"),
    ("size = 1000", "size = 0", "42: quotas.people.size: is 0: write a whole number from 1 to 10000000"),
    ("size = 1000", "size = true", "42: quotas.people.size: is True"),
    ('kind = "ticket"', 'kind = "tiket"', "45: products.four_days.kind: is 'tiket': write one of ticket, item"),
    ("price = 625", "prize = 625", "50: products.four_days.prize: unknown key; did you mean 'price'?"),
    ("price = 625", "price = 625.125", "50: products.four_days.price: is 625.125: write an amount from 0"),
    ("price = 625", "price = -1", "50: products.four_days.price: is -1"),
    (
        'quotas = ["people"]',
        'quotas = ["peple"]',
        "52: products.four_days.quotas: there is no 'peple' in quotas; did you",
    ),
    ('use = "in_out"', 'use = "limited"', "54: products.four_days.admission.use: is 'limited' without a limit"),
    ('use = "in_out"', 'use = "quantity"', "54: products.four_days.admission.use: is 'quantity', which is for items"),
    ('"2028-07-07"] }', '"7 July"] }', "55: products.four_days.admission.windows.0.days: holds '7 July'"),
    ('cs = "Oběd"', 'cz = "Oběd"', "60: products.lunch.name.cz: unknown key; known here: cs, en"),
    ('"A goulash."', '""', "61: products.lunch.sentence.en: is empty"),
    ('"A goulash."', f'"{"x" * 201}"', "61: products.lunch.sentence.en: is 201 characters long, at most 200 fit"),
    ('"189.50"', '"1,5"', "62: products.lunch.price: is '1,5'"),
    (
        '"@tickets"',
        '"@ticket"',
        "69: points.gate.products: there is no 'ticket' in categories; did you mean 'tickets'?",
    ),
    ("walking = 2, riding = 1", "walking = 0", "70: points.gate.lanes: opens no lane"),
    ('"11:00-22:00"', '"11:00-11:00"', "77: points.stand.hours: is '11:00-11:00': write two different times"),
    ('["lunch"]', '["four_days"]', "57: products.lunch: is served nowhere"),
    ('["@tickets"]', '["lunch"]', "65: points.gate: is a gate but serves no ticket"),
    (
        'vat = "standard"\n\n[points.gate]',
        'vat = "standard"\nlane = "riding"\n\n[points.gate]',
        "57: products.lunch: needs a",
    ),
    (
        'vat = "standard"\n\n[points.gate]',
        f'vat = "standard"\nvariants.s = {{ name = "S", {LATER} }}\n\n[points.gate]',
        "64: products.lunch.variants.s.price_changes: change a price that is not here",
    ),
    (
        'vat = "standard"\n\n[points.gate]',
        'vat = "standard"\nrequires = ["lunch"]\n\n[points.gate]',
        "64: products.lunch.req",
    ),
    (
        'vat = "standard"\n\n[points.gate]',
        'vat = "standard"\nupgrades_to = ["four_days"]\n\n[points.gate]',
        "64: products.lunch.upgrades_to: is for tickets, and this is an item: leave it out",
    ),
    (
        'vat = "standard"\n\n[points.gate]',
        'vat = "standard"\nhandout_daily = true\n\n[points.gate]',
        "64: products.lunch.handout_daily: is for tickets; an item is handed out each time it is used: leave it out",
    ),
    (
        'quotas = ["people"]',
        "handout_daily = true",
        "52: products.four_days.handout_daily: says when, and nothing says what: write a handout, or leave it out",
    ),
    (
        'quotas = ["people"]',
        'handout_daily = "yes"\nhandout = "The programme of the day"',
        "52: products.four_days.handout_daily: is 'yes': write true or false",
    ),
    (
        'quotas = ["people"]',
        'upgrades_to = ["lunch"]',
        "52: products.four_days.upgrades_to: 'lunch' is no ticket: name products with kind = \"ticket\"",
    ),
    (
        'quotas = ["people"]',
        'upgrades_to = ["@tickets"]',
        "52: products.four_days.upgrades_to: names this ticket itself: leave it out",
    ),
    (
        'quotas = ["people"]',
        'upgrades_to = ["two_days"]',
        "52: products.four_days.upgrades_to: there is no 'two_days' in products",
    ),
    ('hours = "11:00-22:00"', 'unattended = true\nconfirm = "confirm"', "78: points.stand.confirm: needs a person"),
    ("[categories.food]", "[categories.Food]", "38: categories.Food: is no key"),
    ("[points.stand]", "[point.stand]", "72: point: unknown section; known:"),
]


@pytest.mark.parametrize(
    ("old", "new", "told"), ONE_CHANGE, ids=[told.split(":")[1].strip() for *_, told in ONE_CHANGE]
)
def test_one_mistake_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert SMALL.count(old) >= 1
    found = complaints(SMALL.replace(old, new, 1))
    assert any(line.startswith(f"small.toml:{told}") for line in found), found


def test_the_unchanged_sample_is_good() -> None:
    assert complaints(SMALL) == []


def test_all_mistakes_are_told_at_once_in_the_order_of_lines() -> None:
    text = SMALL.replace("size = 1000", "size = 0").replace('"CZK"', '"???"').replace('"11:00-22:00"', '"late"')
    assert [line.split(":")[1] for line in complaints(text)] == ["10", "42", "77"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.toml", "format = 1\nformat = 1\n", "a.toml:2: not TOML: Cannot overwrite a value; mend the line"),
        ("a.toml", "format = ", "a.toml:1: not TOML: Invalid value; mend the line"),
        ("a.toml", b"format = 1\n\xff", "a.toml:2: not UTF-8: save the file as UTF-8 text"),
        ("a.toml", "x = " + "[" * 3000, "a.toml: nested more than 12 levels deep: flatten it"),
        ("a.toml", "format = 1\nx = " + "[" * 20 + "]" * 20, "a.toml:2: nested more than 12 levels deep: flatten it"),
        ("a.toml", "format = 1\nx = " + "9" * 5000, "a.toml:2: not TOML: "),
        ("a.yaml", "format: 1\nformat: 1\n", "a.yaml:2: 'format' stands here twice: remove one"),
        ("a.yaml", "a: &x 1\nb: *x\n", "a.yaml:2: aliases (*name) are not taken: write it out"),
        ("a.yaml", "a: [\n", "a.yaml:2: not YAML: "),
        ("a.yaml", "- a\n", "a.yaml:1: holds no table: start with `format: 1`"),
        ("a.json", "{}", "a.json: the name must end in one of .toml, .yaml, .yml: rename the file"),
        ("a.toml", "", "a.toml:1: format: must be 1: write format = 1, or use a newer version"),
        ("a.toml", "format = 1", "a.toml:1: event: is missing: add the table [event]"),
        ("a.toml", "#" * (TEXT_BYTES_MAX + 1), f"a.toml: more than {TEXT_BYTES_MAX} bytes in all: split the event"),
    ],
)
def test_a_file_that_is_no_event_file_is_told_so(name: str, text: str | bytes, told: str) -> None:
    result = read({name: text}, name)
    assert isinstance(result, Rejected)
    assert str(result.problems[0]).startswith(told), result.problems[0]


def test_an_absent_file_is_told_so() -> None:
    assert read({}, "gone.toml") == read({}, "gone.toml")
    [line] = complaints("", "small.toml")[:1]
    assert "format" in line
    result = read({}, "gone.toml")
    assert isinstance(result, Rejected)
    assert "cannot read 'gone.toml'" in str(result.problems[0])


# --- several files --------------------------------------------------------------------------------


def test_a_problem_in_an_included_file_names_that_file() -> None:
    text = SMALL.replace("include = []", 'include = ["more.toml"]')
    assert complaints(text, more_toml="[quotas.extra]\nsize = -1\n") == [
        "more.toml:2: quotas.extra.size: is -1: write a whole number from 1 to 10000000"
    ]


def test_a_key_that_stands_in_two_files_names_the_first_place() -> None:
    text = SMALL.replace("include = []", 'include = ["more.toml"]')
    assert complaints(text, more_toml="[quotas.people]\nsize = 1\n") == [
        "more.toml:1: quotas.people: stands already in small.toml:41: rename or remove one"
    ]


@pytest.mark.parametrize("name", ["../secret.toml", "/etc/passwd", "a/../b.toml", ""])
def test_nothing_outside_the_folder_is_included(name: str) -> None:
    [line] = complaints(SMALL.replace("include = []", f'include = ["{name}"]'))
    assert "is no file beside this one" in line


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "cannot read 'a.webp'"),
        (b"not a picture", "'a.webp' is no image/webp"),
        (b"RIFF0000WEBP" + bytes(PICTURE_BYTES_MAX), f"'a.webp' is larger than {PICTURE_BYTES_MAX} bytes"),
    ],
)
def test_a_picture_that_cannot_be_used_is_told(data: bytes | None, told: str) -> None:
    text = SMALL.replace("price = 625", 'price = 625\npicture = "a.webp"')
    result = read({"small.toml": text} | ({"a.webp": data} if data else {}))
    assert isinstance(result, Rejected)
    [problem] = result.problems
    assert (problem.line, problem.path) == (51, "products.four_days.picture")
    assert problem.text.startswith(told)


def test_a_good_picture_comes_with_its_type() -> None:
    text = SMALL.replace("price = 625", 'price = 625\npicture = "a.webp"')
    result = read({"small.toml": text, "a.webp": b"RIFF0000WEBP"})
    assert isinstance(result, Loaded)
    assert [(picture.path, picture.media_type) for picture in result.pictures] == [("a.webp", "image/webp")]


# --- warnings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (', cs = "Oběd"', "", "60: products.lunch.name: not translated into cs"),
        ('name = "Kitchen"', 'name = "Gate 1"', "72: points.stand: is called 'Gate 1' in en, as 'gate' is"),
        ("[points.gate]", '[categories.empty]\nname = "x"\n[points.gate]', "65: categories.empty: is used by nothing"),
        ('kind = "ticket"', 'kind = "ticket"\naudience = "child"', "44: products.four_days: is for child but costs"),
    ],
)
def test_what_deserves_a_look_is_warned_of_and_does_not_stop(old: str, new: str, told: str) -> None:
    found = warnings_of(SMALL.replace(old, new, 1))
    assert any(line.startswith(f"small.toml:{told}") for line in found), found


# --- offers ---------------------------------------------------------------------------------------

OFFER = """
[offers.friends]
name = "Friends"
percent = 10
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("percent = 10", "", "offers.friends: gives nothing: add opens, percent, amount or reserve"),
        ("percent = 10", "percent = 10\namount = 5", "offers.friends.amount: stands beside a percentage"),
        ("percent = 10", "percent = 101", "offers.friends.percent: is 101: write a percentage"),
        ("percent = 10", 'percent = 10\ncode = "no"', "offers.friends.code: is 'no': use 4 to 32 of A to Z"),
        ("percent = 10", 'percent = 10\ncheaper = ["no_such"]', "offers.friends.cheaper: there is no 'no_such'"),
        ("percent = 10", 'cheaper = ["lunch"]\nopens = ["lunch"]', "offers.friends.cheaper: says what is cheaper, but"),
        ("percent = 10", "percent = 10\nuses = 0", "offers.friends.uses: is 0: write a whole number"),
        ("percent = 10", 'reserve = [{ quota = "people", size = 0 }]', "offers.friends.reserve.0.size: is 0"),
        ("percent = 10", 'reserve = [{ quota = "no_such", size = 1 }]', "offers.friends.reserve.0.quota: there is no"),
        ("percent = 10", 'reserve = [{ quota = "people", size = 1000000 }]', "quotas.people: has "),
        (
            OFFER,
            OFFER + 'code = "LOVE10"\n[offers.more]\nname = "More"\npercent = 5\ncode = "1OVE-1O"\n',
            "offers.more.code: reads like the code of 'friends'",
        ),
    ],
)
def test_an_offer_that_cannot_be_is_told_at_its_line(old: str, new: str, told: str) -> None:
    found = complaints(SMALL + OFFER.replace(old, new))
    assert any(f": {told}" in line for line in found), found


def test_a_secret_product_nobody_can_buy_and_an_open_one_that_is_opened_deserve_a_look() -> None:
    secret = SMALL.replace("price = 625", "price = 625\nsecret = true")
    assert any("is secret and no offer opens it" in line for line in warnings_of(secret))
    opened = secret + OFFER + 'opens = ["four_days"]\n'
    assert not any("secret" in line for line in warnings_of(opened))
    assert any(
        "opens 'lunch', which everyone can buy" in line for line in warnings_of(SMALL + OFFER + 'opens = ["lunch"]')
    )
