"""Buyers' accounts: a mail address somebody has proved to read, the links that prove it, and who is signed in.

An account is of the server, not of an event: an address is proved once. A stolen copy of these tables signs nobody in:
links and cookies are stored as hashes, and what a link is made from is worth nothing without the server's secret.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from syncserver.db.base import big, event_id, metadata, millis, raw, row_id, text


def _buyer() -> Column[int]:
    return Column("buyer_id", BigInteger, ForeignKey("buyers.id"), nullable=False)


buyers = Table(
    "buyers",
    metadata,
    row_id(),
    raw("key", unique=True),  # 32 random bytes: whose baskets and orders, where a browser has the hash of its cookie
    text("mail"),
    text("mail_key", unique=True),  # in small letters, as `orders.mail_key`
    text("password", nullable=True),  # argon2id, with its own salt and cost; None: links are the only way in
    millis("made_ms"),
)

# A mail with a link is asked for in the context of an event: it is the event's sender who writes.
buyer_links = Table(
    "buyer_links",
    metadata,
    row_id(),
    event_id(),
    raw("uid", unique=True),  # 16 random bytes: with the server's secret, the root of the link
    raw("link_hash", unique=True),  # SHA-256 of what the link carries
    text("mail"),
    text("mail_key"),
    text("language"),
    text("message_id", unique=True),
    millis("made_ms"),
    millis("expires_ms"),
    millis("sent_ms", nullable=True),
    millis("used_ms", nullable=True),
    Index("ix_buyer_links_made_ms", "made_ms"),
    Index("ix_buyer_links_mail_key", "mail_key"),
)

buyer_sign_ins = Table(
    "buyer_sign_ins",
    metadata,
    raw("token_hash", primary_key=True),  # SHA-256 of the cookie
    _buyer(),
    millis("proved_ms", nullable=True),  # when it was proved here whose it is; None: a password was given to sign in
    millis("made_ms"),
    millis("seen_ms"),
    millis("expires_ms"),
    text("device", nullable=True),  # browser and system in two words, so that its owner knows it again
    Index("ix_buyer_sign_ins_buyer_id", "buyer_id"),
    Index("ix_buyer_sign_ins_expires_ms", "expires_ms"),
)

# A public key whose private half a phone, a computer or a stick keeps. A copy of this table signs nobody in.
buyer_passkeys = Table(
    "buyer_passkeys",
    metadata,
    row_id(),
    _buyer(),
    raw("credential_id", unique=True),  # given by who made it
    raw("public_key"),  # COSE
    big("sign_count"),  # as last seen; 0 for ever where the device does not count
    text("name"),  # the buyer's
    millis("made_ms"),
    millis("used_ms", nullable=True),
    Index("ix_buyer_passkeys_buyer_id", "buyer_id"),
)

# What a passkey was asked to sign: for one browser and one purpose, gone with the first answer.
buyer_challenges = Table(
    "buyer_challenges",
    metadata,
    raw("challenge_hash", primary_key=True),  # SHA-256 of 32 random bytes
    raw("browser_hash"),  # SHA-256 of the cookie
    text("purpose"),
    millis("expires_ms"),
    Index("ix_buyer_challenges_browser_hash", "browser_hash"),
    Index("ix_buyer_challenges_expires_ms", "expires_ms"),
)

# A mail that tells an account's owner what was changed about signing in.
buyer_notices = Table(
    "buyer_notices",
    metadata,
    row_id(),
    event_id(),  # whose sender writes
    _buyer(),
    text("kind"),
    text("language"),
    text("message_id", unique=True),
    millis("made_ms"),
    millis("sent_ms", nullable=True),
    Index("ix_buyer_notices_made_ms", "made_ms"),
)

# A link to one ticket, for its holder; another link in its place ends it.
ticket_links = Table(
    "ticket_links",
    metadata,
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    raw("uid", unique=True),  # 16 random bytes: with the server's secret, the root of the link
    raw("link_hash", unique=True),  # SHA-256 of what the link carries
    millis("made_ms"),
)

# Who has opened a link to a ticket. It names the link, not the ticket: with the link ends what it opened.
opened_links = Table(
    "opened_links",
    metadata,
    raw("browser_hash", primary_key=True),
    raw("link_hash", primary_key=True),
)
