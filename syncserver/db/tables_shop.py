"""Baskets, holds, orders, money and mails.

What was paid is the sum of `movements`, never a flag. What is taken from a quota is `quotas.taken`; each unit of it
stands in one row of `holds` that is held or kept. Rows about money are never edited, only followed by others.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from syncserver.db.base import big, event_id, metadata, millis, raw, row_id, text


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(target), nullable=nullable)


browsers = Table(
    "browsers",
    metadata,
    raw("token_hash", primary_key=True),  # SHA-256 of the cookie
    millis("created_ms"),
    millis("expires_ms"),
    Index("ix_browsers_expires_ms", "expires_ms"),
)

rate_counters = Table(
    "rate_counters",
    metadata,
    text("subject", primary_key=True),  # what is limited and for whom, hashed: no address is kept
    millis("window_ms", primary_key=True),
    big("count"),
)

baskets = Table(
    "baskets",
    metadata,
    row_id(),
    event_id(),
    raw("browser_hash"),
    millis("created_ms"),
    millis("expires_ms"),  # until when its holds stand
    big("extensions"),
    UniqueConstraint("event_id", "browser_hash"),
)

basket_lines = Table(
    "basket_lines",
    metadata,
    row_id(),
    event_id(),
    _ref("basket_id", "baskets.id"),
    big("product_no"),
    text("variant_key", nullable=True),
    big("quantity"),
    big("parent_line_id", nullable=True),  # an item of a ticket in the same basket
    raw("ticket", nullable=True),  # an item of a ticket bought earlier
    Column("is_upgrade", Boolean, nullable=False, server_default=false()),  # that ticket becomes this product
    text("holder_name"),
    text("holder_language", server_default=""),  # empty: the buyer's
    text("plate"),
    big("price_minor", nullable=True),  # of one, when it was put in; kept while it is held. None: put in before 0012
    Index("ix_basket_lines_basket_id", "basket_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
)

holds = Table(
    "holds",
    metadata,
    row_id(),
    event_id(),
    _ref("quota_id", "quotas.id"),
    big("quantity"),
    text("state"),  # stores.holds.HoldState
    millis("expires_ms"),
    big("line_id", nullable=True),  # the basket line it is for; gone once the order has it
    big("order_id", nullable=True),
    big("reserve_id", nullable=True),  # drawn from what a voucher's offer has set aside, and given back there
    big("place", nullable=True),  # the position of the order it is for
    Index("ix_holds_lapsing", "quota_id", "state", "expires_ms"),
    Index("ix_holds_line_id", "line_id"),
    Index("ix_holds_order_id", "order_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
)

orders = Table(
    "orders",
    metadata,
    row_id(),
    event_id(),
    raw("uid", unique=True),  # 16 random bytes: the cause of its statements, the root of its link
    text("code"),  # what people say on the phone
    raw("link_hash", unique=True),  # SHA-256 of the capability in its address
    text("form_key"),  # the checkout form's own key: the same form makes one order
    text("language"),
    text("name"),
    text("mail"),
    text("mail_key", nullable=True),  # the address in small letters, to be found by
    text("currency"),
    big("total_minor"),
    text("channel"),
    millis("placed_ms"),
    millis("pay_until_ms"),
    millis("fulfilled_ms", nullable=True),
    millis("closed_ms", nullable=True),  # given up or given back; `closed_why` says which
    text("closed_why", nullable=True),
    text("invoice", nullable=True),  # JSON of services.invoice.Invoice; None: a private buyer
    UniqueConstraint("event_id", "code"),
    UniqueConstraint("event_id", "form_key"),
    Index("ix_orders_event", "event_id", "id"),
    Index("ix_orders_mail", "event_id", "mail_key", "id"),
)

order_positions = Table(
    "order_positions",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    big("place"),
    big("product_no"),
    text("variant_key", nullable=True),
    big("quantity"),
    big("returned", server_default="0"),  # how many of them were given back: the sum of its `return_lines`
    big("pieces"),  # how many one of it is redeemed as, at the time of sale
    Column("is_ticket", Boolean, nullable=False),
    raw("ticket"),  # the ticket it is, or belongs to
    big("price_minor"),  # of one, VAT included
    text("currency"),
    big("vat_rate_bp"),
    text("channel"),
    # A ticket bought earlier becomes this product, for the difference in price; see `upgrades`.
    Column("is_upgrade", Boolean, nullable=False, server_default=false()),
    # Another position has made another product of this ticket: it was bought and paid, and is the ticket no more.
    Column("is_replaced", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("order_id", "place"),
    Index("ix_order_positions_ticket", "ticket"),
)

# What each upgrade was ordered for: the ticket as it was then. Carried out only if it is still that.
upgrades = Table(
    "upgrades",
    metadata,
    event_id(),
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    big("place", primary_key=True),
    raw("ticket"),
    big("product_no"),
    # Not a foreign key: checking it would lock the earlier order after the ticket; who gives that back locks it before.
    big("before_order_id"),
    big("before_place"),
    big("before_product_no"),
    text("before_variant_key", nullable=True),
    text("plate"),  # given with it; empty: the holder's stays
    Index("ix_upgrades_ticket", "ticket"),
)

holders = Table(
    "holders",
    metadata,
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    _ref("order_id", "orders.id", nullable=True),
    text("name"),
    text("plate"),
    text("language"),
    text("gate_note", server_default=""),  # of staff, for whoever scans the pass
    Index("ix_holders_order_id", "order_id"),
)

# Every word of a holder's name, folded: people are found by the beginnings of their names. Written with the holder.
holder_words = Table(
    "holder_words",
    metadata,
    event_id(primary_key=True),
    # Compared by bytes on both databases, so that a beginning is a range.
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True, nullable=False),
    raw("ticket", primary_key=True),
    Index("ix_holder_words_ticket", "event_id", "ticket", "word"),
)

browser_orders = Table(
    "browser_orders",
    metadata,
    raw("browser_hash", primary_key=True),
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
)

# Tickets a browser has shown the code of: whoever has the code holds the pass.
browser_tickets = Table(
    "browser_tickets",
    metadata,
    raw("browser_hash", primary_key=True),
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    raw("code_hash", nullable=True),  # of the code that was shown; null: of before 0026
)

payments = Table(
    "payments",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    big("attempt"),
    text("provider"),
    text("key", unique=True),  # our idempotency key at the provider
    raw("return_hash", unique=True),  # SHA-256 of what the return address carries
    text("ref", nullable=True),  # the provider's name for it
    text("page_url", nullable=True),
    text("state"),  # PaymentState
    big("amount_minor"),
    text("currency"),
    millis("created_ms"),
    millis("checked_ms", nullable=True),
    UniqueConstraint("order_id", "attempt"),
    UniqueConstraint("provider", "ref"),
    Index("ix_payments_event", "event_id", "id"),
    Index("ix_payments_event_state", "event_id", "state", "id"),
)

movements = Table(
    "movements",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    _ref("payment_id", "payments.id"),
    text("kind"),  # payment or refund
    text("key", unique=True),  # one movement per cause, however often it is told
    big("amount_minor"),  # negative: given back
    text("currency"),
    millis("made_ms"),
    Index("ix_movements_order_id", "order_id"),
)

# What one cause (a form, a command, a cancelled event) took back of one order, and what it gives for it.
returns = Table(
    "returns",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    text("key", unique=True),  # its cause and the order: whoever asks again gets the same
    text("why"),  # services.returns.ReturnWhy
    text("who"),  # a member of staff's login; empty: the buyer, or a command
    big("amount_minor"),
    text("currency"),
    millis("asked_ms"),
    Index("ix_returns_order_id", "order_id"),
    Index("ix_returns_event", "event_id", "id"),
)

return_lines = Table(
    "return_lines",
    metadata,
    Column("return_id", BigInteger, ForeignKey("returns.id"), primary_key=True),
    big("place", primary_key=True),
    event_id(),
    big("quantity"),
    big("amount_minor"),  # for all of them together
    CheckConstraint("quantity > 0", name="quantity_positive"),
)

refunds = Table(
    "refunds",
    metadata,
    row_id(),
    event_id(),
    _ref("payment_id", "payments.id"),
    text("key", unique=True),  # our idempotency key at the provider
    big("amount_minor"),
    text("currency"),
    text("why"),
    millis("asked_ms"),
    text("ref", nullable=True),
    millis("made_ms", nullable=True),
    millis("refused_ms", nullable=True),  # the provider will not make it: a person has to
    text("by_hand", nullable=True),  # made by people after the provider had refused, and how
    big("return_id", nullable=True),  # what was given back for it; none: the payment itself was not wanted
    Index("ix_refunds_payment_id", "payment_id"),
    Index("ix_refunds_return_id", "return_id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    row_id(),
    text("provider"),
    text("provider_event"),
    text("ref"),
    millis("received_ms"),
    UniqueConstraint("provider", "provider_event"),
)

mails = Table(
    "mails",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    text("kind"),  # services.mail.MailKind
    text("message_id", unique=True),
    millis("asked_ms"),
    millis("sent_ms", nullable=True),
    big("return_id", nullable=True),  # the return it tells of
    big("change_id", nullable=True),  # the change of address it is about
    Index("ix_mails_order_id", "order_id"),
)

# What was put right in an order, for its line of time: no name and no address stands here.
order_notes = Table(
    "order_notes",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    text("kind"),  # services.order_changes.NoteKind
    text("who"),  # a member of staff's number; empty: whoever has the order's address
    raw("ticket", nullable=True),
    millis("made_ms"),
    Index("ix_order_notes_order_id", "order_id"),
)

mail_changes = Table(
    "mail_changes",
    metadata,
    row_id(),
    event_id(),
    _ref("order_id", "orders.id"),
    raw("uid"),  # the root of what its confirmation carries
    raw("token_hash", unique=True),
    text("old_mail"),
    text("new_mail"),
    millis("asked_ms"),
    millis("done_ms", nullable=True),
    Index("ix_mail_changes_order_id", "order_id"),
)

# Addresses that asked for their links, whether they have any or not; a row goes as soon as it was looked up.
lost_mails = Table(
    "lost_mails",
    metadata,
    row_id(),
    event_id(),
    text("mail_key"),
    millis("asked_ms"),
)

stray_payments = Table(
    "stray_payments",
    metadata,
    row_id(),
    text("provider"),
    text("ref"),
    text("order_code"),
    text("state"),
    big("amount_minor"),
    big("refunded_minor"),
    text("currency"),
    millis("created_ms"),
    millis("found_ms"),
    UniqueConstraint("provider", "ref"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    row_id(),
    millis("made_ms"),
    big("seen"),
    big("updated"),
    big("strays"),
)

# The latest comparison of an event's books with each other.
book_checks = Table(
    "book_checks",
    metadata,
    event_id(primary_key=True),
    millis("made_ms"),
    big("took_ms"),
    text("differences"),  # JSON of services.books.Difference, [] where all agrees
    millis("since_ms", nullable=True),  # since when there is any
)
