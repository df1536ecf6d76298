"""Make the vectors of passes, certificates, key lists, manifests, badges and entries; run from the project's folder.

`python -m tests.vectors.make_vectors --check` says what would change, without `--check` it is written. Every key is
TEST ONLY: its seed stands in the files. Vectors once published stay: a change here is a change of the format.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from common import cbor, envelope
from common.badges import Role, badge_public, sign_badge
from common.certificates import issue_certificate
from common.decimal_text import to_decimal
from common.entries import Entry, PreviousRun, Stamp
from common.envelope import Typ
from common.exchange import Line, Manifest, RunLines, SnapshotFile, VersionVector, to_payload
from common.expand import tickets_of
from common.ids import DeviceId, Digest, ProductNo, RunId
from common.keys import KeyUse, key_entry, sign_key_list
from common.passes import Pass, sign_pass_listing
from common.sealing import HolderData, seal_holder, seal_public
from common.signing import SigningKey, device_id
from common.ticket_code import code_hash, derive_code, format_code, proof_of_scan
from tests.support.entry_makers import BADGE, DIGEST, KIOSK, KIOSK_BODIES, SERVER, STATEMENTS, make_entry
from tests.support.signed_things import (
    BADGE_KEY,
    CODE_KEY,
    DEVICE,
    EVENT,
    NOW_S,
    OTHER_EVENT,
    OTHER_PASS_KEY,
    PASS_KEY,
    ROOT,
    SCRIBE,
    TICKET,
    make_badge,
    make_key_list,
    make_pass,
)

FOLDER = Path(__file__).resolve().parent
NOTE = "TEST KEYS ONLY. Made by make_vectors.py. Bytes in hex, times in seconds since 1970."
RUN = RunId(b"test run")
PIN = "481516"

Vectors = dict[str, Any]


def pass_vectors() -> Vectors:
    """Passes that open, passes that do not, and why."""
    six = tuple((ProductNo(100 + at), 1) for at in range(6))
    good = {
        "no item": make_pass(),
        "six items": make_pass(items=six),
        "reissued, not before, quantities": make_pass(
            code=derive_code(CODE_KEY, TICKET, 525_600),
            generation=525_600,
            not_before_s=NOW_S,
            items=((ProductNo(7), 5), (ProductNo(100), 1), (ProductNo(1_000), 300)),
        ),
        "more items than fit": make_pass(items=tuple((ProductNo(100 + at), 2) for at in range(20))),
    }
    raw = sign_pass_listing(make_pass(), PASS_KEY).raw
    test_pass = make_pass(event=OTHER_EVENT, kid=OTHER_PASS_KEY.kid)
    bad = [
        refused("last byte changed", raw[:-1] + bytes([raw[-1] ^ 1]), "bad_signature"),
        refused("ticket id changed", raw.replace(TICKET, TICKET[:-1] + b"\x9c"), "bad_signature"),
        refused("key that is in no list", sign_pass_listing(make_pass(kid=SCRIBE.kid), SCRIBE).raw, "unknown_key"),
        refused("this event's pass by a test event's key", _forged(), "unknown_key"),
        refused("a byte more", raw + b"\x00", "malformed"),
        refused("tagged", b"\xd2" + raw, "malformed"),
        refused("type of a badge", envelope.sign(_payload(raw), PASS_KEY, Typ.BADGE), "malformed"),
        refused("no type", envelope.sign(_payload(raw), PASS_KEY, None), "malformed"),
    ]
    return {
        "keys": {"pass": key(PASS_KEY), "pass of the test event": key(OTHER_PASS_KEY), "code_key": CODE_KEY.hex()},
        "good": [pass_vector(name, pass_, PASS_KEY) for name, pass_ in good.items()]
        + [pass_vector("of a test event", test_pass, OTHER_PASS_KEY)],
        "bad": bad,
    }


def pass_vector(name: str, pass_: Pass, signer: SigningKey) -> Vectors:
    """All that follows from one pass."""
    signed = sign_pass_listing(pass_, signer)
    holder = HolderData("Jana Nováková", "1A2 3456", "", "cs", attention=False)
    return {
        "name": name,
        "event": pass_.event.hex(),
        "ticket": pass_.ticket.hex(),
        "generation": pass_.generation,
        "code": pass_.code.hex(),
        "code_text": format_code(pass_.code),
        "code_hash": code_hash(pass_.code).hex(),
        "signed_s": pass_.signed_s,
        "expires_s": pass_.expires_s,
        "not_before_s": pass_.not_before_s,
        "product": pass_.product,
        "items": [list(item) for item in pass_.items],
        "left_out": [list(item) for item in signed.left_out],
        "payload": _payload(signed.raw).hex(),
        "raw": signed.raw.hex(),
        "text": to_decimal(signed.raw),
        "proof_of_scan": {
            "device": DEVICE.kid.hex(),
            "run": RUN.hex(),
            "number": 7,
            "proof": proof_of_scan(pass_.code, pass_.event, DeviceId(DEVICE.kid), RUN, 7).hex(),
        },
        "sealed_holder": {
            "holder": [holder.name, holder.plate, holder.notes, holder.language, holder.attention],
            "sealed": seal_holder(pass_.code, pass_.event, pass_.ticket, pass_.generation, holder).hex(),
        },
    }


def certificate_vectors() -> Vectors:
    """Device certificates."""
    public = DEVICE.verify_key.raw
    plain = issue_certificate(SCRIBE, EVENT, public, "Gate 1, left", NOW_S)
    expiring = issue_certificate(SCRIBE, EVENT, public, "Stand 7 \u017dlut\u00fd k\u016f\u0148", NOW_S, NOW_S + 345_600)
    lent = cbor.encode(
        {
            2: device_id(ROOT.verify_key.raw).hex(),
            6: NOW_S,
            8: {1: {1: 1, -1: 6, -2: public}},
            -70001: [EVENT, "Gate 1"],
        }
    )
    bad = [
        refused("another event's", issue_certificate(SCRIBE, OTHER_EVENT, public, "Gate 1", NOW_S), "wrong_event"),
        refused("signed by the pass key", issue_certificate(PASS_KEY, EVENT, public, "Gate 1", NOW_S), "unknown_key"),
        refused("a name lent to another key", envelope.sign(lent, SCRIBE, Typ.CERTIFICATE), "malformed"),
        refused("last byte changed", plain[:-1] + bytes([plain[-1] ^ 1]), "bad_signature"),
    ]
    good = [
        {"name": "Gate 1, left", "issued_s": NOW_S, "expires_s": None, "raw": plain.hex()},
        {
            "name": "Stand 7 \u017dlut\u00fd k\u016f\u0148",
            "issued_s": NOW_S,
            "expires_s": NOW_S + 345_600,
            "raw": expiring.hex(),
        },
    ]
    return {"keys": {"scribe": key(SCRIBE), "device": key(DEVICE)}, "event": EVENT.hex(), "good": good, "bad": bad}


def key_list_vectors() -> Vectors:
    """Key lists of the root."""
    seal = key_entry(KeyUse.SEAL, seal_public(bytes(range(32))), EVENT, not_before_s=NOW_S)
    withdrawn = key_entry(KeyUse.PASS, SigningKey.from_seed(bytes(32)).verify_key.raw, EVENT, withdrawn_at_s=NOW_S)
    key_list = make_key_list(version=2, keys=(*make_key_list().keys, seal, withdrawn))
    raw = sign_key_list(key_list, ROOT)
    rows = [
        {
            "kid": entry.kid.hex(),
            "use": entry.use.value,
            "public": entry.public.hex(),
            "not_before_s": entry.not_before_s,
            "withdrawn_at_s": entry.withdrawn_at_s,
            "event": entry.event_uid.hex(),
            "is_test": entry.is_test,
        }
        for entry in key_list.keys
    ]
    good = {"version": 2, "event": EVENT.hex(), "made_s": NOW_S, "keys": rows, "raw": raw.hex()}
    misnamed = cbor.encode([1, EVENT, NOW_S, [[b"none", "pass", PASS_KEY.verify_key.raw, 0, None, EVENT, False]]])
    bad = [
        refused("signed by the scribe", sign_key_list(key_list, SCRIBE), "unknown_key"),
        refused("forged", sign_key_list(key_list, SCRIBE.with_kid(ROOT.kid)), "bad_signature"),
        refused("a key under a wrong id", envelope.sign(misnamed, ROOT, Typ.KEY_LIST), "malformed"),
    ]
    return {"keys": {"root": key(ROOT)}, "good": [good], "bad": bad}


def manifest_vectors() -> Vectors:
    """Snapshot manifests of the scribe."""
    line = Line(first=1, last=7, digest=Digest(bytes(range(16))))
    vector = VersionVector((RunLines(device=DeviceId(DEVICE.kid), run=RUN, lines=(line,)),))
    file = SnapshotFile(
        kind="admission", sha256=b"\x01" * 32, size=22_000_000, plain_sha256=b"\x02" * 32, plain_size=80_000_000
    )
    manifest = Manifest(
        schema=1,
        event=EVENT,
        build_ms=NOW_S * 1000,
        catalogue=3,
        files=(file,),
        vector=vector,
        safe=VersionVector(()),
    )
    raw = envelope.sign(to_payload(manifest), SCRIBE, Typ.MANIFEST)
    bad = [
        refused("last byte changed", raw[:-1] + bytes([raw[-1] ^ 1]), "bad_signature"),
        refused("type of a key list", envelope.sign(_payload(raw), SCRIBE, Typ.KEY_LIST), "wrong_type"),
        refused("signed by the pass key", envelope.sign(_payload(raw), PASS_KEY, Typ.MANIFEST), "unknown_key"),
    ]
    good = {"payload": _payload(raw).hex(), "build_ms": manifest.build_ms, "raw": raw.hex()}
    return {"keys": {"scribe": key(SCRIBE)}, "good": [good], "bad": bad}


def badge_vectors() -> Vectors:
    """Staff badges, and the key each makes with a PIN."""
    badges = [make_badge(), make_badge(name="Petr", roles=tuple(Role), secret=bytes(range(16)))]
    raw = sign_badge(badges[0], BADGE_KEY)
    bad = [
        refused("last byte changed", raw[:-1] + bytes([raw[-1] ^ 1]), "bad_signature"),
        refused("another event's", sign_badge(make_badge(event=OTHER_EVENT), BADGE_KEY), "wrong_event"),
        refused("signed by the pass key", sign_badge(badges[0], PASS_KEY), "unknown_key"),
        refused("type of a pass", envelope.sign(_payload(raw), BADGE_KEY, Typ.PASS), "wrong_type"),
    ]
    good = [
        {
            "name": badge.name,
            "roles": [role.value for role in badge.roles],
            "secret": badge.secret.hex(),
            "badge": badge.badge.hex(),
            "expires_s": badge.expires_s,
            "raw": sign_badge(badge, BADGE_KEY).hex(),
            "text": to_decimal(sign_badge(badge, BADGE_KEY)),
            "pin": PIN,
            "public_of_pin": badge_public(badge.secret, PIN).hex(),
        }
        for badge in badges
    ]
    return {"keys": {"badge": key(BADGE_KEY)}, "event": EVENT.hex(), "good": good, "bad": bad}


def key(signer: SigningKey) -> Vectors:
    """A test key as the files name it."""
    return {"seed": signer.seed().hex(), "public": signer.verify_key.raw.hex(), "kid": signer.kid.hex()}


def refused(name: str, raw: bytes, reason: str) -> Vectors:
    """Bytes that must be refused, and the reason that must be given."""
    return {"name": name, "raw": raw.hex(), "reason": reason}


def _forged() -> bytes:
    return sign_pass_listing(make_pass(kid=OTHER_PASS_KEY.kid), OTHER_PASS_KEY).raw


def _payload(raw: bytes) -> bytes:
    message = cbor.decode(raw, envelope.ENVELOPE_BYTES_MAX)
    if not isinstance(message, list) or not isinstance(message[2], bytes):
        raise TypeError("not an envelope")
    return message[2]


def entry_vectors() -> Vectors:
    """Entries of a kiosk and of the server, one of each kind; and what is no entry."""
    device = KIOSK.as_device()
    good = [entry_vector(name, make_entry(body)) for name, body in KIOSK_BODIES.items()]
    good += [entry_vector(name, make_entry(body, key=SERVER)) for name, body in STATEMENTS.items()]
    opens = PreviousRun(RunId(b"run past"), 9, DIGEST)
    first = make_entry(opens=opens, stamp=Stamp(NOW_S * 1000, doubtful=True), operator=BADGE)
    second = make_entry(KIOSK_BODIES["void"], 2, first.ref.digest)
    good += [entry_vector("first of a run", first), entry_vector("second of that run", second)]
    plain = cbor.decode(_payload(first.raw), envelope.ENVELOPE_BYTES_MAX)
    if not isinstance(plain, list):
        raise TypeError("not an entry")
    bad = [
        refused("last byte changed", first.raw[:-1] + bytes([first.raw[-1] ^ 1]), "bad_signature"),
        refused("a device nobody knows", make_entry(key=ROOT).raw, "unknown_key"),
        refused("type of an exchange", envelope.sign(_payload(first.raw), device, Typ.EXCHANGE), "wrong_type"),
        refused("second without the first", _entry_of([*plain[:2], 2, *plain[3:]]), "unchained"),
        refused("another event's", _entry_of([OTHER_EVENT, *plain[1:]]), "wrong_event"),
        refused("a part missing", _entry_of(plain[:-1]), "unreadable"),
        refused("a byte more", first.raw + b"\x00", "trailing_bytes"),
    ]
    future = {"name": "a kind of the future", "kind": 5000, "raw": _entry_of([*plain[:-1], [5000, "new"]]).hex()}
    keys = {"kiosk": key(device), "server": key(SERVER.as_device())}
    return {"keys": keys, "event": EVENT.hex(), "good": good, "kept": [future], "bad": bad}


def entry_vector(name: str, entry: Entry) -> Vectors:
    """What stands in one entry."""
    identity, stamp = entry.ref.identity, entry.stamp
    return {
        "name": name,
        "device": identity.device.hex(),
        "run": identity.run.hex(),
        "number": identity.number,
        "digest": entry.ref.digest.hex(),
        "previous": None if entry.previous is None else entry.previous.hex(),
        "wall_ms": stamp.wall_ms,
        "corrected_ms": stamp.corrected_ms,
        "doubtful": stamp.doubtful,
        "operator": None if entry.operator is None else entry.operator.hex(),
        "kind": msgspec.to_builtins(entry.body, builtin_types=(bytes,))[0],
        "tickets": [ticket.hex() for ticket in tickets_of(entry)],
        "payload": _payload(entry.raw).hex(),
        "raw": entry.raw.hex(),
    }


def _entry_of(parts: list[Any]) -> bytes:
    return envelope.sign(cbor.encode(parts), KIOSK.as_device(), Typ.ENTRY)


FILES = {
    "entries.json": entry_vectors,
    "passes.json": pass_vectors,
    "certificates.json": certificate_vectors,
    "key_lists.json": key_list_vectors,
    "manifests.json": manifest_vectors,
    "badges.json": badge_vectors,
}


def text_of(name: str) -> str:
    """The content of one file of vectors, as it is written."""
    return json.dumps({"note": NOTE} | FILES[name](), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check all files; 1 if a check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    arguments = parser.parse_args()
    changed = [name for name in FILES if not _is_as_made(name)]
    if arguments.check:
        print("\n".join(f"{name}: differs" for name in changed) or "all as made")
        return 1 if changed else 0
    for name in changed:
        (FOLDER / name).write_text(text_of(name), encoding="utf-8")
        print(f"{name}: written")
    return 0


def _is_as_made(name: str) -> bool:
    path = FOLDER / name
    return path.is_file() and path.read_text(encoding="utf-8") == text_of(name)


if __name__ == "__main__":
    raise SystemExit(main())
