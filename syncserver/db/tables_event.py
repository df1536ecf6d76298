"""An event and all its file says: products, places, quotas, texts. Filled by the import, read by everyone.

Numbers (`no`) are given once at import and never used again for another thing: entries and passes name them for ever.
Keys are the organiser's stable names. What is no longer in the file is kept with is_active = false.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from syncserver.db.base import big, event_id, metadata, millis, raw, row_id, text


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


events = Table(
    "events",
    metadata,
    row_id(),
    text("key", unique=True),
    raw("uid", unique=True),  # the 4 bytes that passes and entries carry
    _flag("is_test"),
    text("zone"),  # IANA name
    big("border_minute"),
    millis("starts_ms"),
    millis("ends_ms"),
    text("first_day"),  # ISO dates
    text("last_day"),
    text("currency"),  # ISO 4217
    big("currency_digits"),
    text("languages"),  # separated by commas
    text("default_language"),
    millis("sale_from_ms", nullable=True),
    millis("sale_until_ms", nullable=True),
    text("organiser"),  # JSON of event_file.model.Organiser
    text("sender"),  # JSON of event_file.model.MailSender
    big("catalogue_version"),
    millis("created_ms"),  # generations count minutes since then
    millis("facts_base_ms"),  # packed facts count their times from here: near the event, so that they stay short
)

catalogues = Table(
    "catalogues",
    metadata,
    event_id(primary_key=True),
    big("version", primary_key=True),
    raw("body"),  # common.catalogue.encode_catalogue: what kiosks get
    millis("made_ms"),
)

texts = Table(
    "texts",
    metadata,
    event_id(primary_key=True),
    text(
        "subject", primary_key=True
    ),  # event, product, variant, category, area, point, parking, wave, question, option
    text("key", primary_key=True),  # of the subject; parts are joined by a slash: shirt/xl
    text("field", primary_key=True),  # name, sentence, description, handout, text, label, imprint, terms, privacy
    text("language", primary_key=True),
    text("text"),
)

pictures = Table(
    "pictures",
    metadata,
    raw("sha256", primary_key=True),
    text("media_type"),
    raw("data"),
)

# Pictures in the widths that pages show them in; one row of width 0 where there is no other width than its own.
picture_sizes = Table(
    "picture_sizes",
    metadata,
    Column("sha256", LargeBinary, ForeignKey("pictures.sha256"), primary_key=True, nullable=False),
    big("width", primary_key=True),
    big("height"),
    raw("data", nullable=True),  # WebP; none: the picture itself is this wide
)

vat_rates = Table(
    "vat_rates",
    metadata,
    row_id(),
    event_id(),
    text("key"),
    big("rate_bp"),  # hundredths of a percent
    millis("from_ms", nullable=True),  # None: from the beginning
    UniqueConstraint("event_id", "key", "from_ms"),
)

categories = Table(
    "categories",
    metadata,
    event_id(primary_key=True),
    text("key", primary_key=True),
    big("position"),
    _flag("is_active"),
)

areas = Table(
    "areas",
    metadata,
    event_id(primary_key=True),
    big("no", primary_key=True),
    text("key"),
    big("capacity", nullable=True),
    _flag("is_active"),
    UniqueConstraint("event_id", "key"),
)

parking_areas = Table(
    "parking_areas",
    metadata,
    event_id(primary_key=True),
    text("key", primary_key=True),
    big("capacity"),
    text("position", nullable=True),  # JSON of Geo or OnPlan
    _flag("is_active"),
)

waves = Table(
    "waves",
    metadata,
    event_id(primary_key=True),
    text("key", primary_key=True),
    millis("starts_ms"),
    big("capacity"),
    _flag("is_active"),
)

quotas = Table(
    "quotas",
    metadata,
    row_id(),
    event_id(),
    text("key"),
    big("size"),
    big("taken", server_default="0"),  # changes only when a hold is taken or given back, by one conditional statement
    _flag("is_active"),
    UniqueConstraint("event_id", "key"),
    CheckConstraint("taken >= 0", name="taken_not_negative"),
)

products = Table(
    "products",
    metadata,
    event_id(primary_key=True),
    big("no", primary_key=True),
    text("key"),
    text("kind"),  # ProductKind
    big("position"),  # in the file's order
    text("category"),
    text("audience"),
    big("price_minor"),
    text("vat"),
    millis("sale_from_ms", nullable=True),
    millis("sale_until_ms", nullable=True),
    big("per_ticket_max", nullable=True),
    big("per_person_max", nullable=True),
    big("per_order_max", nullable=True),
    raw("picture", nullable=True),  # sha256
    big("pieces"),
    _flag("is_secret"),
    text("lane", nullable=True),
    _flag("needs_plate"),
    text("parking", nullable=True),
    text("wave", nullable=True),
    text("attention", nullable=True),
    text("offline", nullable=True),
    text("refund", nullable=True),  # JSON of RefundRule
    text("admission"),  # JSON of Admission, the rule of usage as in common.catalogue
    _flag("is_active"),
    UniqueConstraint("event_id", "key"),
)


def _of_product() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["event_id", "product_no"], ["products.event_id", "products.no"])


product_prices = Table(
    "product_prices",
    metadata,
    event_id(primary_key=True),
    big("product_no", primary_key=True),
    millis("from_ms", primary_key=True),
    big("price_minor"),
    _of_product(),
)

product_requires = Table(
    "product_requires",
    metadata,
    event_id(primary_key=True),
    big("product_no", primary_key=True),
    big("required_no", primary_key=True),  # a ticket, one of which the holder must have
    _of_product(),
)

product_upgrades = Table(
    "product_upgrades",
    metadata,
    event_id(primary_key=True),
    big("product_no", primary_key=True),
    big("upgrade_no", primary_key=True),  # a ticket that it can become for the difference in price
    big("position"),
    _of_product(),
)

variants = Table(
    "variants",
    metadata,
    row_id(),
    event_id(),
    big("product_no"),
    text("key"),
    big("position"),
    big("price_minor", nullable=True),  # None: the product's
    _flag("is_active"),
    UniqueConstraint("event_id", "product_no", "key"),
    _of_product(),
)

variant_prices = Table(
    "variant_prices",
    metadata,
    event_id(primary_key=True),
    big("product_no", primary_key=True),
    text("variant_key", primary_key=True),
    millis("from_ms", primary_key=True),
    big("price_minor"),
    _of_product(),
)

product_quotas = Table(
    "product_quotas",
    metadata,
    row_id(),
    event_id(),
    big("product_no"),
    text("variant_key", nullable=True),  # None: for every variant
    text("quota_key"),
    UniqueConstraint("event_id", "product_no", "variant_key", "quota_key"),
    _of_product(),
)

questions = Table(
    "questions",
    metadata,
    event_id(primary_key=True),
    big("product_no", primary_key=True),
    text("key", primary_key=True),
    big("position"),
    text("ask"),  # JSON: kind and limits
    _flag("is_required"),
    text("asked_at"),
    _of_product(),
)

points = Table(
    "points",
    metadata,
    event_id(primary_key=True),
    big("no", primary_key=True),
    text("key"),
    text("kind"),  # PointKind
    big("place"),  # in the file's order
    big("area_no"),
    text("position", nullable=True),  # JSON of Geo or OnPlan
    text("hours"),  # JSON of windows
    text("lanes"),  # JSON of lanes
    _flag("lets_in"),
    _flag("lets_out"),
    text("offline"),
    big("view_age_minutes_max", nullable=True),
    text("confirm"),
    _flag("allows_unpaid"),
    _flag("is_unattended"),
    _flag("is_active"),
    UniqueConstraint("event_id", "key"),
    ForeignKeyConstraint(["event_id", "area_no"], ["areas.event_id", "areas.no"]),
)

point_products = Table(
    "point_products",
    metadata,
    event_id(primary_key=True),
    big("point_no", primary_key=True),
    big("product_no", primary_key=True),
    big("position"),  # in order of preference
    ForeignKeyConstraint(["event_id", "point_no"], ["points.event_id", "points.no"]),
    _of_product(),
)
