"""Accounts, roles and sign-ins of the people who run the event. Badges stand with the devices that read them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, false

from syncserver.db.base import event_id, metadata, millis, raw, row_id, text

accounts = Table(
    "accounts",
    metadata,
    row_id(),
    text("login", unique=True),  # case-folded
    text("name"),
    text("password"),  # argon2id, with its own salt and cost
    Column("is_off", Boolean, nullable=False, server_default=false()),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    millis("made_ms"),
)

account_roles = Table(
    "account_roles",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), nullable=False, primary_key=True),
    event_id(primary_key=True),
    text("role", primary_key=True),  # services.rights.Role
)

sign_ins = Table(
    "sign_ins",
    metadata,
    raw("token_hash", primary_key=True),  # SHA-256 of the cookie
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    millis("made_ms"),
    millis("seen_ms"),
    millis("expires_ms"),
    Index("ix_sign_ins_account_id", "account_id"),
    Index("ix_sign_ins_expires_ms", "expires_ms"),
)

staff_actions = Table(
    "staff_actions",
    metadata,
    row_id(),
    event_id(),
    Column("account_id", ForeignKey("accounts.id")),  # none: by command on the server
    text("action"),  # services.staff_actions.Action
    text("subject"),  # what it was done to: a ticket's or device's id in hex, a login
    text("why"),
    millis("made_ms"),
    Index("ix_staff_actions_event", "event_id", "id"),
    Index("ix_staff_actions_subject", "event_id", "subject", "id"),
)
