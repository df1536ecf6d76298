"""What an event file says, as frozen values: the only form in which it leaves this package.

Keys are stable names chosen by the organiser; numbers, ids and rows are the import's business.
Instants are `_ms` (UTC since 1970), times of day `_minute` (0 to 1440, in the event's zone), money is `_minor` in the
event's currency. Rules, kinds and windows of use are those of `common.rules`, so that nothing is translated later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from common.rules import ConfirmMode, LaneKind, OfflinePolicy, PointKind, ProductKind, UsageRule, Window

LANGUAGES = ("cs", "en", "de", "fr", "it", "pl")


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in several languages, in the order of the event's languages."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, language: str) -> str | None:
        """The text in exactly this language, or None."""
        return dict(self.pairs).get(language)

    def best(self, language: str, fallback: str) -> str:
        """The text in this language, else in the fallback one, else in whichever comes first."""
        known = dict(self.pairs)
        return known.get(language) or known.get(fallback) or next(iter(known.values()), "")


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant until another, the end excluded; None is open."""

    from_ms: int | None
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Admission:
    """How often, how soon and when a product may be used.

    `windows` hold for every use; `first_windows` only for the first one ("arrive before noon"), `later_windows` only
    for those after it ("once inside, come back until midnight"). Of one list any window admits; an empty one is always.
    """

    usage: UsageRule
    windows: tuple[Window, ...]
    first_windows: tuple[Window, ...]
    later_windows: tuple[Window, ...]
    min_gap_minutes: int | None
    first_use_minutes: int | None  # only within so many minutes of the first use
    per_area: bool  # counts in each area by itself


# --- questions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskText:
    """Free text."""

    max_chars: int


@dataclass(frozen=True, slots=True)
class AskNumber:
    """A whole number within limits, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class AskYesNo:
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers offered."""

    key: str
    name: Texts


@dataclass(frozen=True, slots=True)
class AskChoice:
    """One of the options, or several of them."""

    options: tuple[Option, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class AskDate:
    """A calendar date."""


@dataclass(frozen=True, slots=True)
class AskTime:
    """A time of day."""


@dataclass(frozen=True, slots=True)
class AskMail:
    """A mail address."""


Ask = AskText | AskNumber | AskYesNo | AskChoice | AskDate | AskTime | AskMail


class AskedAt(StrEnum):
    """When a question is put."""

    PURCHASE = "purchase"
    REDEMPTION = "redemption"


@dataclass(frozen=True, slots=True)
class Question:
    """Something the buyer or the person at the point must answer."""

    key: str
    text: Texts
    ask: Ask
    required: bool
    asked_at: AskedAt
    label: Texts | None = None  # what its answer is called, where that is shorter


# --- products -----------------------------------------------------------------------------------


class Audience(StrEnum):
    """For whom a ticket is; all but `anyone` are the free categories and accreditations."""

    ANYONE = "anyone"
    CHILD = "child"
    SENIOR = "senior"
    WHEELCHAIR = "wheelchair"
    ACCREDITATION = "accreditation"


class Attention(StrEnum):
    """What the hostess is told to look at beside the verdict."""

    CHECK_AGE = "check_age"
    CHECK_CARD = "check_card"
    CHECK_DISABILITY_CARD = "check_disability_card"
    CHECK_PRESS_CARD = "check_press_card"
    CHECK_IDENTITY = "check_identity"
    CHECK_LICENCE = "check_licence"
    CHECK_PLATE = "check_plate"
    CHECK_HELMET = "check_helmet"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From this instant on the product, or the variant, costs this much."""

    from_ms: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may be bought at most; None is no limit."""

    per_ticket: int | None
    per_person: int | None
    per_order: int | None


@dataclass(frozen=True, slots=True)
class RefundRule:
    """Until when a buyer may give back, what share returns (basis points of the price), less a fee."""

    until_ms: int | None
    share_bp: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A size, colour or departure of a product."""

    key: str
    name: Texts
    price_minor: int | None  # None: the product's price
    quotas: tuple[str, ...]  # beside the product's own
    price_changes: tuple[PriceChange, ...] = ()  # of its own price: by time, rising


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold: a ticket or an item. `quotas`: all of them must have room."""

    key: str
    kind: ProductKind
    name: Texts
    sentence: Texts
    description: Texts | None
    category: str
    audience: Audience
    price_minor: int
    price_changes: tuple[PriceChange, ...]  # by time, rising
    vat: str
    variants: tuple[Variant, ...]
    quotas: tuple[str, ...]
    sale: Span
    limits: Limits
    requires: tuple[str, ...]  # ticket keys, one of which the holder must have; empty: anyone may buy
    upgrades_to: tuple[str, ...]  # of a ticket: other tickets that it can become for the difference
    picture: str | None  # path beside the event file
    admission: Admission
    pieces: int  # how many a bought one is redeemed as: a book of 5 beer vouchers is 5
    is_secret: bool  # not in the shop: neither listed nor sold to who knows its key
    lane: LaneKind | None  # None: any lane
    needs_plate: bool  # comes with a motorcycle, whose plate the buyer gives
    parking: str | None
    wave: str | None
    questions: tuple[Question, ...]
    attention: Attention | None
    handout: Texts | None  # what the hostess does or hands out
    handout_daily: bool | None  # of a ticket: at the first admission of each event day; None: as its rule admits
    refund: RefundRule | None  # None: no refund on the buyer's own wish
    offline: OfflinePolicy | None  # None: the point's


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the shop, in the file's order."""

    key: str
    name: Texts


@dataclass(frozen=True, slots=True)
class Quota:
    """A stock limit shared by the products and variants that name it."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class VatRate:
    """A tax rate from an instant on; several of one key follow each other in time."""

    key: str
    rate_bp: int
    from_ms: int | None


# --- vouchers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reserve:
    """So many places of a quota that only who has a voucher of the offer can take."""

    quota: str
    size: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What a voucher gives: secret products opened, places set aside, money off."""

    key: str
    name: Texts
    code: str | None  # None: codes are made in the admin, each other than the next
    opens: tuple[str, ...]
    cheaper: tuple[str, ...]  # what money is taken off; empty: everything
    percent_bp: int  # 0: none
    amount_minor: int  # off an order, once; 0: none
    reserves: tuple[Reserve, ...]
    valid: Span
    uses_max: int  # orders that may use one voucher
    per_person_max: int | None  # orders of one mail address
    per_order_max: int | None  # pieces of what it opens or makes cheaper


# --- places -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Geo:
    """Position on Earth in millionths of a degree."""

    lat_microdeg: int
    lon_microdeg: int


@dataclass(frozen=True, slots=True)
class OnPlan:
    """Position on the organiser's plan in thousandths of its width and height, from the top left."""

    x_permille: int
    y_permille: int


Position = Geo | OnPlan


@dataclass(frozen=True, slots=True)
class Area:
    """Places that share one in/out state."""

    key: str
    name: Texts
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many lanes of a kind a point has."""

    kind: LaneKind
    count: int


@dataclass(frozen=True, slots=True)
class Point:
    """A redemption point. `products` in the order in which they are offered."""

    key: str
    kind: PointKind
    name: Texts
    area: str
    position: Position | None
    hours: tuple[Window, ...]  # empty: always open
    products: tuple[str, ...]
    lanes: tuple[Lanes, ...]
    lets_in: bool
    lets_out: bool
    offline: OfflinePolicy
    view_age_minutes_max: int | None  # an older view falls under `offline` too; None: any age
    confirm: ConfirmMode
    allows_unpaid: bool
    is_unattended: bool
    finds_people: bool  # its kiosks may look holders up by name, once badge and PIN are there


@dataclass(frozen=True, slots=True)
class ParkingArea:
    """Where motorcycles stand."""

    key: str
    name: Texts
    capacity: int
    position: Position | None


@dataclass(frozen=True, slots=True)
class Wave:
    """A start of the parade."""

    key: str
    name: Texts
    starts_ms: int
    capacity: int


# --- the event ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Organiser:
    """Who sells, as printed on documents."""

    name: str
    address: str
    country: str  # ISO 3166-1 alpha-2
    company_id: str | None
    vat_id: str | None
    mail: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class MailSender:
    """Whom mails come from."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class LegalTexts:
    """Texts the shop must show; paragraphs are separated by an empty line."""

    imprint: Texts
    terms: Texts
    privacy: Texts


@dataclass(frozen=True, slots=True)
class Event:
    """The event itself. Its languages' first is the default one's place in lists, not its meaning."""

    key: str
    name: Texts
    sentence: Texts | None
    zone: str  # IANA name
    border_minute: int  # minutes after midnight at which the event day changes
    starts_ms: int
    ends_ms: int
    first_day: date
    last_day: date
    currency: str  # ISO 4217
    currency_digits: int  # minor units are 10 ** -digits
    languages: tuple[str, ...]
    default_language: str
    is_test: bool
    organiser: Organiser
    legal: LegalTexts
    sender: MailSender
    sale: Span


@dataclass(frozen=True, slots=True)
class EventFile:
    """A whole event file, checked: every key it names exists in it."""

    event: Event
    vat_rates: tuple[VatRate, ...]
    areas: tuple[Area, ...]
    categories: tuple[Category, ...]
    quotas: tuple[Quota, ...]
    parking_areas: tuple[ParkingArea, ...]
    waves: tuple[Wave, ...]
    products: tuple[Product, ...]
    points: tuple[Point, ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture the event file names, read and recognised."""

    path: str
    media_type: str
    sha256: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or deserves a look. `str()` gives the line an organiser reads."""

    file: str
    line: int  # from 1; 0 where the file as a whole is meant
    path: str  # like products.four_days.vat; empty for the file itself
    text: str

    def __str__(self) -> str:
        """`file:line: path: text`, without a line where the file as a whole is meant."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.text}" if self.path else f"{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A good event file with its pictures; warnings do not stop an import."""

    event_file: EventFile
    pictures: tuple[PictureFile, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A bad event file: every problem found, by file and line. Nothing of it is to be used."""

    problems: tuple[Problem, ...]
