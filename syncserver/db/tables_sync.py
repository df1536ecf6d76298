"""Entries, what is folded of them, devices, keys and snapshots."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint, false
from sqlalchemy import text as sql

from syncserver.db.base import big, event_id, metadata, millis, raw, row_id, text


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


_IS_REFUSAL = sql("kind = 4")
_IS_FLAGGED = sql("flags <> 0")
_IS_OPEN = sql("ruling IS NULL")
_IS_UNTOLD = sql("told_ms IS NULL")
_IS_FORKED = sql("is_forked")

# --- what was received ----------------------------------------------------------------------------

entries = Table(
    "entries",
    metadata,
    event_id(primary_key=True),
    big("position", primary_key=True),  # 1, 2, 3 ... without gaps: given under the appender's lock
    big("tag"),  # random: a restored server has others, so an old cursor is noticed
    raw("device"),
    raw("run"),
    big("number"),
    raw("digest"),
    raw("previous", nullable=True),
    big("kind", nullable=True),  # number of the body's kind; None: not understood at all
    text("state"),  # services.entry_state.EntryState
    millis("time_ms"),  # corrected time of the entry
    raw("operator", nullable=True),
    raw("ticket", nullable=True),  # where it is about exactly one
    big("point_no", nullable=True),  # where it was written at one
    raw("raw"),
    millis("received_ms"),
    UniqueConstraint("event_id", "digest"),
    Index("ix_entries_identity", "event_id", "device", "run", "number"),
    Index("ix_entries_state", "event_id", "state", "position"),
    Index("ix_entries_kind_time", "event_id", "kind", "time_ms", "digest"),
    # Why someone was turned away: few of all entries, so the index is small.
    Index("ix_entries_refused", "event_id", "ticket", sqlite_where=_IS_REFUSAL, postgresql_where=_IS_REFUSAL),
)

run_lines = Table(
    "run_lines",
    metadata,
    event_id(primary_key=True),
    raw("device", primary_key=True),
    raw("run", primary_key=True),
    raw("lines"),  # CBOR of [[first, last, digest], ...]: which entries are held as bytes
    _flag("is_forked"),
    Index("ix_run_lines_forked", "event_id", "device", "run", sqlite_where=_IS_FORKED, postgresql_where=_IS_FORKED),
)

cover_lines = Table(
    "cover_lines",
    metadata,
    event_id(primary_key=True),
    raw("device", primary_key=True),
    raw("run", primary_key=True),
    raw("lines"),  # the same, of what is known by rows of our own snapshots without the bytes
)

rejected = Table(
    "rejected",
    metadata,
    row_id(),
    event_id(),
    raw("digest"),
    text("reason"),
    raw("raw"),
    raw("sender", nullable=True),
    big("times"),
    millis("first_ms"),
    millis("last_ms"),
    UniqueConstraint("event_id", "digest"),
    Index("ix_rejected_reason", "event_id", "reason"),
    Index("ix_rejected_event", "event_id", "id"),
)

causes = Table(
    "causes",
    metadata,
    event_id(primary_key=True),
    big("kind", primary_key=True),
    raw("cause", primary_key=True),
    raw("digest"),  # of the first statement of this cause
)

# --- what is folded -------------------------------------------------------------------------------

projections = Table(
    "projections",
    metadata,
    event_id(primary_key=True),
    big("position"),  # entries up to here are folded
)

fact_runs = Table(
    "fact_runs",
    metadata,
    event_id(primary_key=True),
    big("no", primary_key=True),  # packed facts name a run by this number
    raw("device"),
    raw("run"),
    UniqueConstraint("event_id", "device", "run"),
)

fact_statements = Table(
    "fact_statements",
    metadata,
    event_id(primary_key=True),
    big("no", primary_key=True),  # packed facts name a statement by this number
    big("run_no"),
    big("number"),
    raw("digest"),
    raw("cause"),
    millis("time_ms"),
    UniqueConstraint("event_id", "digest"),
)

tickets = Table(
    "tickets",
    metadata,
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    raw("facts"),  # common.fact_rows.pack_facts: the same bytes a snapshot carries
    _flag("is_issued"),  # false: only uses were heard of, no statement yet
    big("generation", nullable=True),
    raw("code_hash", nullable=True),
    big("product_no", nullable=True),
    _flag("is_paid"),
    _flag("is_cancelled"),
    _flag("is_blocked"),
    _flag("is_recovered"),  # taken back from a snapshot of our own
    big("admissions", server_default="0"),  # counted uses of its ticket product
    millis("issued_ms", nullable=True),
    millis("stated_ms", nullable=True),  # the latest statement about what it is good for
    Index("ix_tickets_product", "event_id", "product_no"),
)

ticket_codes = Table(
    "ticket_codes",
    metadata,
    event_id(primary_key=True),
    raw("code_hash", primary_key=True),
    raw("ticket", primary_key=True),
)

entitlements = Table(
    "entitlements",
    metadata,
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    big("product_no", primary_key=True),
    big("quantity"),
    Index("ix_entitlements_product", "event_id", "product_no"),
)

uses = Table(
    "uses",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),
    raw("ticket"),
    raw("device"),
    raw("run"),
    big("number"),
    big("kind"),  # facts.UseKind
    big("product_no"),
    big("quantity"),
    big("point_no"),
    big("area_no"),
    big("day"),
    millis("time_ms"),
    text("state"),  # counted, waiting, struck
    big("standing"),  # facts.Standing
    big("flags", server_default="0"),  # a bit per bodies.Flag: what people should know of it
    Index("ix_uses_ticket", "event_id", "ticket"),
    Index("ix_uses_device", "event_id", "device"),
    Index("ix_uses_point", "event_id", "point_no", "time_ms"),
    Index("ix_uses_time", "event_id", "time_ms", "digest"),
    Index("ix_uses_standing", "event_id", "standing"),
    # All that the figures of a day need, in the order they are summed in: no row is looked up.
    Index("ix_uses_day", "event_id", "day", "point_no", "product_no", "kind", "state", "quantity", "time_ms"),
    Index("ix_uses_flagged", "event_id", "time_ms", "digest", sqlite_where=_IS_FLAGGED, postgresql_where=_IS_FLAGGED),
)

# Which variants a use handed out, as its device says: what it said last.
handed_out = Table(
    "handed_out",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),  # of the use
    text("variant_key", primary_key=True),
    text("bought_key", primary_key=True),  # the variant it stands for: another one where a person chose so
    big("quantity"),
)

conflicts = Table(
    "conflicts",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),  # of the use that is to be decided
    raw("ticket"),
    text("why"),  # common.conflicts.ConflictKind
    raw("other", nullable=True),  # of the use it collides with
    big("ruling", nullable=True),  # bodies.Ruling in force; None: nobody decided it yet
    millis("found_ms"),
    millis("told_ms", nullable=True),  # when the points were told
    Index("ix_conflicts_ticket", "event_id", "ticket"),
    Index("ix_conflicts_found", "event_id", "found_ms", "digest"),
    # What waits for a person, and what waits to be told: few, however many were decided.
    Index("ix_conflicts_open", "event_id", "found_ms", "digest", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    Index("ix_conflicts_untold", "event_id", "found_ms", sqlite_where=_IS_UNTOLD, postgresql_where=_IS_UNTOLD),
)

event_facts = Table(
    "event_facts",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),
    raw("fact"),  # common.fact_rows.pack_event_fact
)

recovered_entries = Table(
    "recovered_entries",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),
    raw("device"),
    raw("run"),
    big("number"),
    raw("raw", nullable=True),
    millis("recovered_ms"),
)

# What this server had said itself, forgot with a restore, and was told again by kiosks.
returned_statements = Table(
    "returned_statements",
    metadata,
    event_id(primary_key=True),
    raw("digest", primary_key=True),
    big("kind"),
    millis("returned_ms"),
)

returned_tickets = Table(
    "returned_tickets",
    metadata,
    event_id(primary_key=True),
    raw("ticket", primary_key=True),
    raw("digest"),  # of the statement that issued it
    millis("returned_ms"),
)

# --- devices and keys -----------------------------------------------------------------------------

devices = Table(
    "devices",
    metadata,
    event_id(primary_key=True),
    raw("device", primary_key=True),
    raw("public"),
    raw("certificate"),
    text("name"),
    big("point_no", nullable=True),
    _flag("is_server"),
    _flag("is_revoked"),
    _flag("is_forked"),
    _flag("is_remembered"),  # false: it proved itself by its certificate alone, no statement here speaks of it
    raw("statement", nullable=True),  # digest of the device statement these values come from
    millis("since_ms"),
    millis("last_seen_ms", nullable=True),
    text("status", nullable=True),  # JSON of the last DeviceStatus
    big("heard_position", nullable=True),  # up to which entry it had everything, noted with its status
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    row_id(),
    event_id(),
    raw("code_hash", unique=True),  # SHA-256 of the code's bare characters
    text("name"),
    big("point_no", nullable=True),
    millis("made_ms"),
    millis("expires_ms"),
    raw("device", nullable=True),  # who used it
    millis("used_ms", nullable=True),
)

key_lists = Table(
    "key_lists",
    metadata,
    event_id(primary_key=True),
    big("version", primary_key=True),
    raw("root"),  # raw public key of the root that signed it
    raw("body"),
    millis("made_ms"),
)

badges = Table(
    "badges",
    metadata,
    event_id(primary_key=True),
    raw("badge", primary_key=True),
    text("name"),
    text("roles"),  # separated by commas
    raw("public"),  # X25519: role keys are sealed to it
    millis("made_ms"),
    millis("expires_ms"),
    _flag("is_withdrawn"),
)

# --- snapshots and backups ------------------------------------------------------------------------

snapshots = Table(
    "snapshots",
    metadata,
    row_id(),
    event_id(),
    millis("build_ms"),
    big("position"),
    big("catalogue_version"),
    raw("manifest"),
    raw("admission"),  # SHA-256 of the compressed admission file
    big("ticket_count"),
    big("use_count"),
    big("took_ms"),
    Index("ix_snapshots_event", "event_id", "build_ms"),
)

snapshot_files = Table(
    "snapshot_files",
    metadata,
    raw("sha256", primary_key=True),
    event_id(),
    text("kind"),
    big("size"),
    millis("made_ms"),
)

wanted_snapshots = Table(
    "wanted_snapshots",
    metadata,
    event_id(primary_key=True),
    raw("sha256", primary_key=True),  # of an admission file whose rows are lacking here
    raw("manifest"),
    millis("since_ms"),
    millis("taken_ms", nullable=True),
    text("fault", nullable=True),
)
