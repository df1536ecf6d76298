"""A buyer's journeys in Debian's Chromium: phone and desktop, each in another language, with scripts and without."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.shop_browser import look_again, press
from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES, small_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), small_event(**ALL_LANGUAGES), late_s=1.0) as running:
        yield running


def put_into_basket(page: Page, site: Site, language: str) -> None:
    """A ticket for Řehoř, and a lunch on it."""
    page.goto(site.event_url.format(language=language))
    press(page.locator("article.ticket").first.locator("button"))
    page.goto(site.event_url.format(language=language) + "item/lunch")
    press(page.locator("form.stack button"))
    page.goto(site.event_url.format(language=language) + "basket")
    page.locator("input[name^=holder]").first.fill("Řehoř Žluťoučký")
    press(page.locator(".total button[name=then]"))


def check_out(page: Page, mail: str) -> None:
    """Name, mail, terms, pay."""
    page.locator("input[name=mail]").fill(mail)
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))


def mail_to(site: Site, address: str) -> EmailMessage:
    """The mail, once it has arrived."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in site.mails.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if address in str(message["To"]):
                return message
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address} in 30 s")


def code_in_pdf(message: EmailMessage) -> str:
    """The digits of the QR code on the attached page."""
    (pdf,) = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    document = pypdfium2.PdfDocument(pdf.get_content())
    try:
        found = zxingcpp.read_barcode(document[0].render(scale=2).to_pil())
    finally:
        document.close()
    assert found is not None
    return found.text


@pytest.mark.parametrize(
    ("language", "size", "scripts", "paid"),
    [
        ("cs", PHONE, True, "Zaplaceno"),
        ("de", DESKTOP, True, "Bezahlt"),
        ("fr", PHONE, False, "C'est payé"),
    ],
    ids=["cs phone", "de desktop", "fr phone without scripts"],
)
def test_a_ticket_and_an_item_are_bought_and_the_mail_carries_the_same_code(
    site: Site, browser: Browser, language: str, size: ViewportSize, scripts: bool, paid: str
) -> None:
    address = f"buyer-{language}-{size['width']}-{scripts}@example.org"
    context = browser.new_context(viewport=size, java_script_enabled=scripts)
    page, hosts, complaints = context.new_page(), set(), []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    put_into_basket(page, site, language)
    check_out(page, address)
    press(page.locator("button[value=pay]"))
    expect(page.locator("h1").first).to_contain_text(paid)
    expect(page.locator("html")).to_have_attribute("lang", language)
    if scripts:
        page.wait_for_selector(".pass figure img", timeout=30_000)
    else:
        look_again(page, ".pass figure img")
    picture = page.locator(".pass figure img").first.screenshot()
    on_page = zxingcpp.read_barcode(Image.open(io.BytesIO(picture)))
    assert on_page is not None
    expect(page.locator(".pass")).to_contain_text("Řehoř Žluťoučký")
    message = mail_to(site, address)
    assert code_in_pdf(message) == on_page.text
    assert hosts == {site.url.split("/")[2], site.bank_url.split("/")[2]}, "no foreign request"
    assert complaints == [], "the content security policy fits the pages"
    assert "Message-ID" in message
    context.close()


def test_a_declined_payment_keeps_the_places_and_can_be_tried_again(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    put_into_basket(page, site, "it")
    check_out(page, "again@example.org")
    press(page.locator("button[value=decline]"))
    expect(page.locator(".banner h1")).to_contain_text("Non ancora pagato", timeout=30_000)
    press(page.locator("button.pay"))
    press(page.locator("button[value=late]"))
    expect(page.locator(".banner h1")).to_contain_text("In attesa della banca")
    expect(page.locator(".banner.good h1")).to_contain_text("Pagato", timeout=30_000)
    context.close()


def test_the_page_is_no_wider_than_the_phone(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.event_url.format(language="de"))
    press(page.locator("article.ticket").first.locator("button"))  # the number beside the basket takes room too
    for language in ("de", "pl"):  # the longest words
        for path in ("", "item/lunch", "basket", "terms"):
            page.goto(site.event_url.format(language=language) + path)
            for width in (320, 390, 430):
                page.set_viewport_size(ViewportSize(width=width, height=700))
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, path, width)
    context.close()


def test_changing_the_language_keeps_the_basket(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(site.event_url.format(language="en"))
    press(page.locator("article.ticket").first.locator("button"))
    page.locator(".languages a[lang=pl]").click()
    expect(page.locator(".basket-link .count")).to_have_text("1")
    expect(page.locator("h1")).to_have_text("Koszyk")
    context.close()


def test_the_page_warns_before_the_reservation_ends_and_gives_more_time(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.clock.install()
    page.goto(site.event_url.format(language="en"))
    press(page.locator("article.ticket").first.locator("button"))
    warning = page.locator(".timer [role=status]")
    expect(warning).to_have_text("")
    press(page.locator(".timer button"))
    expect(page.locator(".notice.done")).to_contain_text("more than ten minutes")
    page.clock.fast_forward("13:30")
    site.clock.forward(minutes=13.5)
    expect(warning).to_contain_text("Less than two minutes left")
    press(page.locator(".timer button"))
    expect(page.locator(".notice.done")).to_contain_text("ten minutes more")
    expect(page.locator(".timer [role=status]")).to_have_text("")
    page.clock.fast_forward("30:00")
    expect(page.locator(".timer [role=status]")).to_contain_text("The reservation is over")
