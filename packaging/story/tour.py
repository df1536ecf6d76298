"""The tour: a whole sale, an evening at the gates with the network down, and a lost server, done by programs alone.

Everything goes through the interfaces people and machines use: pages in a browser, a camera's picture, lines to a
headless kiosk, the server's commands. It stops at the first thing that is not as told.
"""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from common.cbor import decode
from common.cwt import CLAIM_CTI
from common.decimal_text import from_decimal
from common.envelope import Signed, Typ, open_unverified
from kiosk.input.frames import Image
from story import buyer, kiosks, paper
from story.gate import ADMIT, REFUSE, Gate
from story.kiosks import HeadlessKiosk, Said
from story.narrator import Narrator
from story.office import Office
from story.processes import NotAsTold, wait_until
from story.stage import Stage, open_stage
from story.wire import Wire

EVENT_KEY = "iron-mile-2028"
TICKET, ITEM, VARIANT = "four_days", "tee_anniversary", "size_m"
GATE_POINT, STAND_POINT, OTHER_POINT = "gate_main", "shop_main", "gate_tram"
ARRIVE_SECONDS_MAX = 60.0
SIGKILL = 9
HEAR_ROUNDS_MAX, QUIET_ROUNDS = 60, 3


@dataclass
class Tour:
    """What the tour has in its hands as it goes on."""

    stage: Stage
    wire: Wire
    office: Office
    gate: Gate
    narrator: Narrator
    closing: ExitStack
    passes: dict[str, Image] = field(default_factory=dict)  # a page per holder
    codes: dict[str, str] = field(default_factory=dict)  # the digits on it
    headless: dict[str, HeadlessKiosk] = field(default_factory=dict)

    @property
    def kiosk_url(self) -> str:
        """The server as the kiosks reach it: over the wire that can be cut."""
        return f"http://127.0.0.1:{self.wire.port}"

    def folder(self, kiosk: str) -> Path:
        """A kiosk's own folder."""
        return self.stage.folder / "kiosks" / kiosk

    def log(self, name: str) -> Path:
        """A program's log."""
        return self.stage.folder / "logs" / f"{name}.log"


def run(folder: Path | None = None) -> Narrator:
    """Tell the whole story in a folder (a new temporary one by default). Raises NotAsTold."""
    narrator = Narrator()
    with ExitStack() as closing:
        if folder is None:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="rallygate-tour-")))
        tour = _open(folder, narrator, closing)
        for chapter in (_sale, _enrolment, _admission, _alone, _reunion, _restore):
            chapter(tour)
    return narrator


def _open(folder: Path, narrator: Narrator, closing: ExitStack) -> Tour:
    narrator.chapter("0. The stage is set: a bank, a mail server, a ticket server, all on this machine")
    stage = open_stage(folder, free=True)
    closing.callback(stage.close)
    stage.prepare()
    narrator.tell("the demo event is loaded: 4 days, 100 points, 115 items")
    stage.start()
    admin = stage.create_staff("admin")
    wire = Wire(stage.ports.server)
    closing.callback(wire.close)
    gate = Gate(folder / "kiosks" / "gate", folder / "logs" / "gate.log", folder / "pictures")
    closing.callback(gate.close)
    narrator.tell(f"bank, mail server and ticket server answer at {stage.shop_url}")
    return Tour(stage, wire, Office(stage, admin), gate, narrator, closing)


def _sale(tour: Tour) -> None:
    tour.narrator.chapter("1. A biker buys a ticket and a T-shirt on a phone")
    _buy(tour, "Jan Novák", buyer.Wishes(TICKET, ITEM, VARIANT))


def _buy(tour: Tour, holder: str, wishes: buyer.Wishes) -> None:
    mail = f"{'.'.join(re.findall(r'[a-z]+', holder.lower()))}@example.org"
    shop = f"{tour.stage.shop_url}en/{EVENT_KEY}/"
    with buyer.open_browser() as browser:
        bought = buyer.buy(browser, shop, holder, mail, wishes, tour.stage.folder / "pictures")
    tour.narrator.tell(f"{holder} paid at the bank's page and sees the pass {bought.ticket_code} on the order page")
    caught = paper.wait_for_mail(tour.stage.mails, mail)
    page = paper.pages(caught.pdf)[0]
    digits = paper.code_on(page)
    _expect(digits == bought.digits, "the order page and the PDF show the same QR")
    tour.passes[holder], tour.codes[holder] = page, digits
    tour.narrator.tell(f"the mail «{caught.subject}» came with a PDF; its QR and the order page's are the same")


def _enrolment(tour: Tour) -> None:
    tour.narrator.chapter("2. Kiosks join with one-time codes and take the snapshot")
    tour.stage.manage("build-snapshot")
    _join(tour, "gate", GATE_POINT)
    made = tour.stage.manage("backup").strip().splitlines()
    tour.narrator.tell(f"a backup is made now; it will be needed ({made[-1]})")
    for name, point in (("stand", STAND_POINT), ("other", OTHER_POINT)):
        _join(tour, name, point)
        tour.headless[name] = _headless(tour, name)
    lost = _issue_one(tour)
    tour.codes["lost"] = lost.digits
    tour.stage.manage("block", lost.code, "--why", "reported stolen")
    tour.narrator.tell(f"support blocks the pass {lost.code}, reported stolen")
    _let_hear(tour.headless["other"])
    said = tour.headless["other"].ask(tour.codes["lost"])
    _expect(said["reason"] == "blocked", f"the other gate refuses the stolen pass: {said}")
    tour.narrator.tell("the other gate has heard of it and refuses: blocked")


def _join(tour: Tour, name: str, point: str) -> None:
    invitation = kiosks.invite(tour.stage, name, point)
    kiosks.enrol(tour.folder(name), tour.kiosk_url, invitation, name)
    tour.narrator.tell(f"kiosk «{name}» joined and stands at {point}")


def _headless(tour: Tour, name: str, *, doomed: bool = False) -> HeadlessKiosk:
    kiosk = HeadlessKiosk(tour.folder(name), tour.log(name), doomed=doomed)
    tour.closing.callback(kiosk.close)
    return kiosk


@dataclass(frozen=True, slots=True)
class _Issued:
    digits: str
    code: str


def _issue_one(tour: Tour) -> _Issued:
    out = tour.stage.folder / "issued.txt"
    tour.stage.manage("issue-passes", "--count", "1", "--product", TICKET, "--batch", "stolen", "--out", str(out))
    digits, code, _ticket = out.read_text().split()
    return _Issued(digits, code)


def _let_hear(kiosk: HeadlessKiosk) -> None:
    """Wait until a kiosk is connected and has heard nothing new for three seconds.

    Asking by a scan instead would be a scan: before it has heard, a gate rightly lets a pass in.
    """
    learnt, quiet = -1, 0
    for _ in range(HEAR_ROUNDS_MAX):
        is_connected = kiosk.ask({"do": "exchange"})["connected"]
        heard = int(kiosk.ask({"do": "status"})["sync"]["learnt"])
        quiet = quiet + 1 if is_connected and heard == learnt else 0
        if quiet == QUIET_ROUNDS:
            return
        learnt = heard
        time.sleep(1)
    raise NotAsTold(f"{kiosk.name} did not come to rest within {HEAR_ROUNDS_MAX} exchanges")


def _admission(tour: Tour) -> None:
    tour.narrator.chapter("3. The printed page is held before the gate's camera")
    tour.gate.start()
    took_s = tour.gate.hold(tour.passes["Jan Novák"], ADMIT, "gate-admit")
    tour.narrator.admitted()
    tour.narrator.tell(f"the screen turned to ADMIT {took_s * 1000:.0f} ms after the page appeared")
    tour.gate.clear()


def _alone(tour: Tour) -> None:
    tour.narrator.chapter("4. The network goes down, then the server")
    tour.wire.cut()
    tour.narrator.tell("the kiosks' cable is cut; the shop, elsewhere, goes on selling")
    _buy(tour, "Eva Malá", buyer.Wishes(TICKET))
    tour.stage.stop_server()
    tour.narrator.tell("the server is stopped")
    took_s = tour.gate.hold(tour.passes["Eva Malá"], ADMIT, "gate-admit-new")
    tour.narrator.tell(f"the pass sold a minute ago, which no kiosk has heard of, is admitted ({took_s * 1000:.0f} ms)")
    tour.gate.clear()
    tour.gate.hold(tour.passes["Jan Novák"], REFUSE, "gate-refuse")
    tour.narrator.tell("the first pass, shown again, is refused; the screen says when and where it was used")
    tour.gate.clear()
    _hand_out_once(tour)


def _hand_out_once(tour: Tour) -> None:
    digits = tour.codes["Jan Novák"]
    tour.headless["stand"].close()
    doomed = _headless(tour, "stand", doomed=True)
    signal = doomed.scan_and_die(digits)
    _expect(signal == SIGKILL, f"the stand's kiosk is killed (it ended by signal {signal})")
    tour.narrator.tell("at the stand the T-shirt is booked, and the kiosk is killed before it can show it")
    stand = tour.headless["stand"] = _headless(tour, "stand")
    first = stand.next_answer()
    _expect(first["from_before"] is True and first["outcome"] == "admit", f"it starts by showing that entry: {first}")
    tour.narrator.tell(f"started again, it first shows what was booked: {first['product_names']['en']}, hand it out")
    again = stand.ask(digits)
    _expect(again["outcome"] == "refuse", f"the T-shirt is handed out once: {again}")
    where = again["first_use"]["point"]["en"]
    tour.narrator.tell(f"shown again, it is refused ({again['reason']}): handed out before at {where}")


def _reunion(tour: Tour) -> None:
    tour.narrator.chapter("5. The server comes back, and the cable is mended")
    tour.stage.start_server()
    tour.wire.mend()
    _wait_for_admissions(tour)
    other = tour.headless["other"]
    _let_hear(other)
    _expect(_both_known(tour, other), "the other gate refuses both passes: they are inside")
    said = other.ask(tour.codes["Eva Malá"])
    where = said["first_use"]["point"]["en"]
    tour.narrator.tell(f"the other gate has heard of it: Eva's pass there is refused, she came in at {where}")


def _wait_for_admissions(tour: Tour) -> None:
    """Both admissions and the T-shirt on the admin's page, each once."""
    wait_until("the entries arrive", lambda: len(tour.office.uses()) >= 3, ARRIVE_SECONDS_MAX, 0.5)
    uses = tour.office.uses()
    places = sorted(use.point for use in uses)
    _expect(len(uses) == 3, f"each entry arrived once: {uses}")
    _expect(len(set(places)) == 2, f"two at the gate, one at the stand: {places}")
    for use in uses:
        tour.narrator.tell(f"the admin's page shows: {use.when}  {use.point}  {use.product}  {use.holder}")


def _both_known(tour: Tour, kiosk: HeadlessKiosk) -> bool:
    said: list[Said] = [kiosk.ask(tour.codes[holder]) for holder in ("Jan Novák", "Eva Malá")]
    return all(one["reason"] == "already_inside" for one in said)


def _restore(tour: Tour) -> None:
    tour.narrator.chapter("6. The server's disk is lost: it is put back to the old backup")
    tour.stage.stop_server()
    tour.stage.manage("restore", "--yes")
    tour.stage.start_server()
    tour.narrator.tell("restored: the backup knows neither Eva's order, nor two kiosks, nor the block, nor any entry")
    _wait_for_admissions(tour)
    _wait_for_flags(tour)
    _let_hear(tour.headless["other"])
    said = tour.headless["other"].ask(tour.codes["lost"])
    _expect(said["reason"] == "blocked", f"the block still holds: {said}")
    tour.narrator.tell("the kiosks gave everything back by themselves; the stolen pass is still blocked")
    listed = tour.stage.manage("reconcile")
    _expect("625" in listed, f"reconcile lists Eva's payment, whose order is gone:\n{listed}")
    tour.narrator.tell("reconcile lists the payment whose order is gone:")
    for line in listed.strip().splitlines()[-3:]:
        tour.narrator.tell(f"    {line}")


def _wait_for_flags(tour: Tour) -> None:
    ticket, devices = _ticket_id(tour, "Eva Malá"), {"stand", "other"}
    wait_until(
        "the ticket without an order is flagged",
        lambda: ticket in tour.office.tickets_without_order(),
        ARRIVE_SECONDS_MAX,
        0.5,
    )
    tour.narrator.tell("Eva's pass proved itself and is flagged: its order is not on this server")
    wait_until(
        "the devices the backup did not know are flagged",
        lambda: devices <= tour.office.devices_flagged(),
        ARRIVE_SECONDS_MAX,
        0.5,
    )
    tour.narrator.tell(
        "the two kiosks the backup did not know proved themselves; they are flagged: known again after a restore"
    )


def _ticket_id(tour: Tour, holder: str) -> str:
    """The ticket id in a pass, as hex: everyone may know it, so it is there to be read without any key."""
    raw = from_decimal(tour.codes[holder])
    signed = open_unverified(raw, Typ.PASS) if isinstance(raw, bytes) else None
    claims = decode(signed.payload, len(signed.payload)) if isinstance(signed, Signed) else None
    ticket = claims.get(CLAIM_CTI) if isinstance(claims, dict) else None
    if not isinstance(ticket, bytes):
        raise NotAsTold(f"{holder}'s code is no pass")
    return ticket.hex()


def _expect(holds: bool, told: str) -> None:  # noqa: FBT001 - reads as a claim
    if not holds:
        raise NotAsTold(told)
