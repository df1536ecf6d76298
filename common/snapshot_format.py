"""The snapshot's files: what the server writes and a kiosk reads, as table texts and pure functions on rows.

All files are SQLite, written once and never changed, compressed with zstd for travel; `common.exchange.Manifest` names
them. Everything about one ticket is one row, so a scan reads one row by its integer key and a few statements by theirs.
Random bytes do not compress, so each stands once: a ticket's id is its key, code hashes are found by buckets of short
prefixes, and devices and runs have small numbers. Holder data is a file of its own and the search index another, each
only for points that need it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.ids import CodeHash, DeviceId, Digest, Identity, Ref, RunId, TicketId

SNAPSHOT_SCHEMA: Final = 1  # PRAGMA user_version of all files, and Manifest.schema
ADMISSION_APPLICATION_ID: Final = 0x52475341  # "RGSA", PRAGMA application_id
HOLDERS_APPLICATION_ID: Final = 0x52475348  # "RGSH"
SEARCH_APPLICATION_ID: Final = 0x52475346  # "RGSF"
PLAIN_BYTES_MAX: Final = 512 * 1024 * 1024  # a decompressed file; measured about 60 MB at 300,000 tickets
ZSTD_LEVEL: Final = 9
PAGE_BYTES: Final = 4096

ADMISSION_TABLES: Final = (
    # schema, event (bytes), build_ms, base_ms and base_day (uses count from them), catalogue (version)
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    # runs by small numbers from 1; rows name a run by its number
    "CREATE TABLE runs (no INTEGER PRIMARY KEY, device BLOB NOT NULL, run BLOB NOT NULL) STRICT",
    # every enrolled device, revoked ones too: entries are checked by the key in the certificate
    """CREATE TABLE devices (device BLOB PRIMARY KEY, certificate BLOB NOT NULL, name TEXT NOT NULL, point INTEGER,
       revoked INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    # staff badges: `public` is common.badges.badge_public of badge and PIN, by which a kiosk checks the PIN
    """CREATE TABLE badges (badge BLOB PRIMARY KEY, public BLOB NOT NULL,
       blocked INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    # statements that facts in `tickets` name by number; `cause` is empty where the kind has none
    """CREATE TABLE statements (no INTEGER PRIMARY KEY, run INTEGER NOT NULL, number INTEGER NOT NULL,
       digest BLOB NOT NULL, cause BLOB NOT NULL, time_ms INTEGER NOT NULL) STRICT""",
    # `ticket` is ticket_key(id), `facts` is common.fact_rows.pack_facts of all facts about it, dead tickets too
    "CREATE TABLE tickets (ticket INTEGER PRIMARY KEY, facts BLOB NOT NULL) STRICT",
    # common.beside: numbers of `purchases` and of families of a bucket's tickets (0.1.0 has none of these four tables)
    "CREATE TABLE beside (bucket INTEGER PRIMARY KEY, purchases BLOB NOT NULL, families BLOB NOT NULL) STRICT",
    # a family: tickets of one order that nobody has taken over; those of a size have numbers from `first` on
    "CREATE TABLE family_sizes (size INTEGER PRIMARY KEY, first INTEGER NOT NULL) STRICT",
    # variants of products by small numbers from 1; purchases, which many tickets share: common.variants.pack_bought
    "CREATE TABLE variants (no INTEGER PRIMARY KEY, product INTEGER NOT NULL, key TEXT NOT NULL) STRICT",
    "CREATE TABLE purchases (no INTEGER PRIMARY KEY, lines BLOB NOT NULL) STRICT",
    # `bucket` is code_bucket(hash), `tickets` joins the ticket_prefix of each ticket with such a code, past ones too
    "CREATE TABLE codes (bucket INTEGER PRIMARY KEY, tickets BLOB NOT NULL) STRICT",
    # redates and revokes: common.fact_rows.pack_event_fact
    "CREATE TABLE event_facts (no INTEGER PRIMARY KEY, fact BLOB NOT NULL) STRICT",
    # entries in the vector that are in no other table: refusals, notes, device statements, kinds not understood.
    # `raw` holds the bytes where a reader may need the body: device, message and unknown ones
    """CREATE TABLE others (run INTEGER NOT NULL, number INTEGER NOT NULL, digest BLOB NOT NULL, raw BLOB,
       PRIMARY KEY (run, number, digest)) STRICT, WITHOUT ROWID""",
    # part 'catalogue': common.catalogue.encode_catalogue; part 'keys': the signed key list
    "CREATE TABLE catalogue (part TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
)
HOLDERS_TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",  # schema, event, build_ms
    # `sealed` is common.sealing.seal_holder under the code of `generation`
    "CREATE TABLE holders (ticket INTEGER PRIMARY KEY, generation INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
)
SEARCH_TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",  # schema, event, build_ms
    # the key of `chunks`, new at each build, sealed to each badge that may search: common.badges.seal_role_key
    """CREATE TABLE role_keys (badge BLOB NOT NULL, role TEXT NOT NULL, sealed BLOB NOT NULL,
       PRIMARY KEY (badge, role)) STRICT, WITHOUT ROWID""",
    # common.search_index.seal_chunk: 1,000 holders each, by folded name
    "CREATE TABLE chunks (no INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
)
ADMISSION_PRAGMAS: Final = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    f"PRAGMA application_id = {ADMISSION_APPLICATION_ID}",
    f"PRAGMA user_version = {SNAPSHOT_SCHEMA}",
)
HOLDERS_PRAGMAS: Final = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    f"PRAGMA application_id = {HOLDERS_APPLICATION_ID}",
    f"PRAGMA user_version = {SNAPSHOT_SCHEMA}",
)
SEARCH_PRAGMAS: Final = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    f"PRAGMA application_id = {SEARCH_APPLICATION_ID}",
    f"PRAGMA user_version = {SNAPSHOT_SCHEMA}",
)

RunRow = tuple[int, bytes, bytes]  # no, device, run
DeviceRow = tuple[bytes, bytes, str, int | None, int]  # device, certificate, name, point, revoked
BadgeRow = tuple[bytes, bytes, int]  # badge, public, blocked
StatementRow = tuple[int, int, int, bytes, bytes, int]  # no, run no, number, digest, cause, time_ms
TicketRow = tuple[int, bytes]  # ticket_key, facts
BesideRow = tuple[int, bytes, bytes]  # bucket, purchases, families
FamilySizeRow = tuple[int, int]  # size, first
PurchaseRow = tuple[int, bytes]  # no, lines
VariantRow = tuple[int, int, str]  # no, product, key
CodeRow = tuple[int, bytes]  # bucket, joined prefixes
OtherRow = tuple[int, int, bytes, bytes | None]  # run no, number, digest, raw
HolderRow = tuple[int, int, bytes]  # ticket_key, generation, sealed
RoleKeyRow = tuple[bytes, str, bytes]  # badge, role, sealed
ChunkRow = tuple[int, bytes]  # no, sealed

CATALOGUE_PART: Final = "catalogue"
KEYS_PART: Final = "keys"
_PREFIX_BYTES: Final = 3  # a range of 2^40 keys: at 300,000 tickets one in fifty holds a second ticket


@dataclass(frozen=True, slots=True)
class Base:
    """From where a file's uses count: times in ms UTC and event days; small numbers compress."""

    ms: int
    day: int


def ticket_key(ticket: TicketId) -> int:
    """The integer key of a ticket: its 8 bytes as a signed big-endian number."""
    return int.from_bytes(ticket, "big", signed=True)


def ticket_of_key(key: int) -> TicketId:
    """The ticket id whose key this is."""
    return TicketId(key.to_bytes(8, "big", signed=True))


def ticket_prefix(ticket: TicketId) -> bytes:
    """The first bytes of a ticket id, as `codes.tickets` joins them."""
    return ticket[:_PREFIX_BYTES]


def code_bucket(code_hash: CodeHash) -> int:
    """In which bucket of `codes` a code hash is: its first two bytes."""
    return int.from_bytes(code_hash[:2], "big")


def code_rows(pairs: Iterable[tuple[CodeHash, TicketId]]) -> list[CodeRow]:
    """The rows of `codes` for (code hash, ticket) pairs: all codes of all tickets, past generations too."""
    buckets: dict[int, set[bytes]] = {}
    for code_hash, ticket in pairs:
        buckets.setdefault(code_bucket(code_hash), set()).add(ticket_prefix(ticket))
    return [(bucket, b"".join(sorted(prefixes))) for bucket, prefixes in sorted(buckets.items())]


def key_ranges(joined: bytes) -> list[tuple[int, int]]:
    """The ranges of ticket keys, ends included, in which a bucket's tickets lie."""
    shift = 8 * (8 - _PREFIX_BYTES)
    firsts = [
        int.from_bytes(joined[at : at + _PREFIX_BYTES], "big", signed=True) << shift
        for at in range(0, len(joined) - len(joined) % _PREFIX_BYTES, _PREFIX_BYTES)
    ]
    return [(first, first + (1 << shift) - 1) for first in firsts]


def ref_of(device: bytes, run: bytes, number: int, digest: bytes) -> Ref:
    """A reference from the columns of a row and its run."""
    return Ref(Identity(DeviceId(device), RunId(run), number), Digest(digest))
