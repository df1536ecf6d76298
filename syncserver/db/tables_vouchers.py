"""Vouchers: offers (what a voucher gives), the vouchers made for them, who uses them, and what was taken off.

What is used of a voucher is `vouchers.used`; each use of it stands in one row of `voucher_claims`, held or kept.
A reserve is a part of a quota that only an offer's buyers draw from: `reserves.left` counts as taken from the quota.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from syncserver.db.base import big, event_id, metadata, millis, raw, row_id, text

offers = Table(
    "offers",
    metadata,
    event_id(primary_key=True),
    text("key", primary_key=True),
    big("position"),  # in the file's order
    millis("from_ms", nullable=True),
    millis("until_ms", nullable=True),
    big("uses_max"),  # of each voucher, unless it was made with another number
    big("per_person_max", nullable=True),  # orders of one mail address
    big("per_order_max", nullable=True),  # pieces of what it opens or takes money off
    big("percent_bp"),  # hundredths of a percent taken off; 0: none
    big("amount_minor"),  # taken off an order, once; 0: none
    Column("is_active", Boolean, nullable=False),
)

offer_products = Table(
    "offer_products",
    metadata,
    event_id(primary_key=True),
    text("offer_key", primary_key=True),
    text("role", primary_key=True),  # opens: may be bought with it though secret; cheaper: money is taken off
    big("product_no", primary_key=True),
)

reserves = Table(
    "reserves",
    metadata,
    row_id(),
    event_id(),
    text("offer_key"),
    Column("quota_id", BigInteger, ForeignKey("quotas.id"), nullable=False),
    big("left"),  # set aside and not drawn: counts as taken from the quota
    millis("until_ms", nullable=True),  # then what is left goes back to everyone
    UniqueConstraint("event_id", "offer_key", "quota_id"),
    Index("ix_reserves_quota_id", "quota_id"),
    CheckConstraint('"left" >= 0', name="left_not_negative"),
)

voucher_batches = Table(
    "voucher_batches",
    metadata,
    row_id(),
    event_id(),
    raw("key"),  # 8 bytes of the form that asked: sent twice, it is one batch. The codes are derived from it
    text("offer_key"),
    big("count"),
    text("note"),
    millis("made_ms"),
    UniqueConstraint("event_id", "key"),
    Index("ix_voucher_batches_event", "event_id", "id"),
)

vouchers = Table(
    "vouchers",
    metadata,
    row_id(),
    event_id(),
    text("offer_key"),
    Column(
        "batch_id", BigInteger, ForeignKey("voucher_batches.id"), nullable=True
    ),  # None: its code is in the event file
    big("number"),  # within the batch, from 1
    raw("code_hash"),  # services.voucher_codes: who reads a stolen copy can use no voucher
    text("hint"),  # the code's last characters; all of a code that stands in the event file
    big("uses_max"),
    big("used", server_default="0"),  # changes only when a claim is taken or given back, by one conditional statement
    millis("withdrawn_ms", nullable=True),
    UniqueConstraint("event_id", "code_hash"),
    Index("ix_vouchers_batch", "batch_id", "number"),
    Index("ix_vouchers_offer", "event_id", "offer_key"),
    CheckConstraint("used >= 0", name="used_not_negative"),
)

voucher_claims = Table(
    "voucher_claims",
    metadata,
    row_id(),
    event_id(),
    Column("voucher_id", BigInteger, ForeignKey("vouchers.id"), nullable=False),
    Column("basket_id", BigInteger, ForeignKey("baskets.id"), nullable=True),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=True),
    text("state"),  # stores.holds.HoldState
    millis("expires_ms"),
    Index("ix_voucher_claims_lapsing", "voucher_id", "state", "expires_ms"),
    Index("ix_voucher_claims_basket_id", "basket_id"),
    Index("ix_voucher_claims_order_id", "order_id"),
)

order_discounts = Table(
    "order_discounts",
    metadata,
    row_id(),
    event_id(),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    big("place"),  # of the position it was taken off
    Column("voucher_id", BigInteger, ForeignKey("vouchers.id"), nullable=False),
    big("amount_minor"),  # taken off the whole position, VAT included, at the position's rate
    text("currency"),
    UniqueConstraint("order_id", "place"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
)
