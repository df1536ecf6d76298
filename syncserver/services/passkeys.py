"""Passkeys as the standard has them (WebAuthn level 3): what a browser is asked, and whether its answer holds.

Pure: no database, no clock. The library `webauthn` checks challenge, origin, rp id, flags, counter and signature. What
says of which make a device is (the attestation) is not asked for, and cut off before anything reads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import cbor2
import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from common.errors import RallygateError

CHALLENGE_BYTES = 32
CREDENTIAL_ID_BYTES_MAX = 1023  # the standard's own limit
PUBLIC_KEY_BYTES_MAX = 1024  # RSA of 4096 bits has 530
ANSWER_CHARACTERS_MAX = 16_384
_HANDLE = b"rallygate passkey|"
_FIELD_CHARACTERS_MAX = 8_192
_HOST = re.compile(r"[a-z0-9.-]+")

Field = Annotated[str, msgspec.Meta(max_length=_FIELD_CHARACTERS_MAX)]
# Whatever bytes come, the library answers with one of these.
_FAULTS = (WebAuthnException, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


class BadAnswer(RallygateError):
    """What a browser sent is no answer to the challenge by a passkey of ours; the text is for the log."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom passkeys are made for: a host's name, and the one origin whose pages may ask for them."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A passkey a browser has just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class _Made(msgspec.Struct, frozen=True, rename="camel"):
    client_data_json: Field = msgspec.field(name="clientDataJSON")
    attestation_object: Field


class _Signed(msgspec.Struct, frozen=True, rename="camel"):
    client_data_json: Field = msgspec.field(name="clientDataJSON")
    authenticator_data: Field
    signature: Field
    user_handle: Field = ""


class _MadeAnswer(msgspec.Struct, frozen=True):
    id: Field
    response: _Made


class _SignedAnswer(msgspec.Struct, frozen=True):
    id: Field
    response: _Signed


Answer = TypeVar("Answer", _MadeAnswer, _SignedAnswer)


@dataclass(frozen=True, slots=True)
class Made:
    """Whatever claims to be a new passkey: parsed, not yet believed."""

    challenge: bytes
    credential: RegistrationCredential


@dataclass(frozen=True, slots=True)
class Signed:
    """Whatever claims to be signed by a passkey: parsed, not yet believed. `handle`: of the account it was made for."""

    challenge: bytes
    credential_id: bytes
    handle: bytes
    credential: AuthenticationCredential


def relying_party(public_url: str) -> RelyingParty | None:
    """Whom passkeys of a shop at this address are for; None where no browser makes any.

    Browsers want TLS and a host's name, and let only `localhost` be without: a shop on this machine's loopback is
    that to them, whatever number it listens on.
    """
    parts = urlsplit(public_url)
    host = (parts.hostname or "").rstrip(".")
    if _is_loopback(host):
        return RelyingParty("localhost", _origin(parts.scheme, "localhost", parts.port))
    name = _ascii(host)
    if parts.scheme != "https" or "." not in name or name.rpartition(".")[2].isdigit():
        return None
    return RelyingParty(name, _origin("https", name, parts.port))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ascii(host: str) -> str:
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        return ""
    return name if _HOST.fullmatch(name) else ""


def _origin(scheme: str, host: str, port: int | None) -> str:
    usual = {"https": 443, "http": 80}
    return f"{scheme}://{host}" + (f":{port}" if port and port != usual.get(scheme) else "")


def handle_of(account_key: bytes) -> bytes:
    """What a passkey keeps to say whose it is: the same for all of an account, and telling nothing else."""
    return hashlib.sha256(_HANDLE + account_key).digest()


def ask_to_make(
    party: RelyingParty, challenge: bytes, account: tuple[bytes, str], name: str, have: Sequence[bytes], timeout_ms: int
) -> str:
    """What `navigator.credentials.create` is to be called with, as JSON. `account`: its key and its address."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=name,
        user_id=handle_of(account[0]),
        user_name=account[1],
        challenge=challenge,
        timeout=timeout_ms,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in have],
    )
    return options_to_json(options)


def ask_to_sign(party: RelyingParty, challenge: bytes, have: Sequence[bytes], timeout_ms: int) -> str:
    """What `navigator.credentials.get` is to be called with, as JSON. `have` empty: the person chooses an account."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=timeout_ms,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in have],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def parse_made(text: str) -> Made:
    """What came from `create`. Raises BadAnswer."""
    answer = _decode(text, _MadeAnswer)
    client, attested = _bytes(answer.response.client_data_json), _bytes(answer.response.attestation_object)
    response = AuthenticatorAttestationResponse(client_data_json=client, attestation_object=_unattested(attested))
    raw_id = _bytes(answer.id)
    return Made(_challenge(client), RegistrationCredential(id=_text(raw_id), raw_id=raw_id, response=response))


def parse_signed(text: str) -> Signed:
    """What came from `get`. Raises BadAnswer."""
    answer = _decode(text, _SignedAnswer)
    raw_id, client = _bytes(answer.id), _bytes(answer.response.client_data_json)
    response = AuthenticatorAssertionResponse(
        client_data_json=client,
        authenticator_data=_bytes(answer.response.authenticator_data),
        signature=_bytes(answer.response.signature),
    )
    credential = AuthenticationCredential(id=_text(raw_id), raw_id=raw_id, response=response)
    return Signed(_challenge(client), raw_id, _bytes(answer.response.user_handle), credential)


def check_made(party: RelyingParty, made: Made) -> MadeKey:
    """The new passkey; its challenge must have been found to be ours. Raises BadAnswer."""
    try:
        verified = verify_registration_response(
            credential=made.credential,
            expected_challenge=made.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        # A key that cannot be used would be found out only when somebody needs it.
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except _FAULTS as fault:
        raise BadAnswer(f"a new passkey: {type(fault).__name__}") from fault
    key = MadeKey(verified.credential_id, verified.credential_public_key, verified.sign_count)
    if key.credential_id != made.credential.raw_id:
        raise BadAnswer("a new passkey: two names")
    if not 0 < len(key.credential_id) <= CREDENTIAL_ID_BYTES_MAX or len(key.public_key) > PUBLIC_KEY_BYTES_MAX:
        raise BadAnswer("a new passkey: too long")
    return key


def check_signed(party: RelyingParty, signed: Signed, public_key: bytes, sign_count: int) -> int:
    """The passkey's count of now; the challenge must have been found to be ours. Raises BadAnswer."""
    try:
        return verify_authentication_response(
            credential=signed.credential,
            expected_challenge=signed.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count
    except _FAULTS as fault:
        raise BadAnswer(f"signed by a passkey: {type(fault).__name__}") from fault


def challenge_hash(challenge: bytes) -> bytes:
    """What is kept of a challenge."""
    return hashlib.sha256(challenge).digest()


def _decode(text: str, kind: type[Answer]) -> Answer:
    if len(text) > ANSWER_CHARACTERS_MAX:
        raise BadAnswer("an answer: too long")
    try:
        return msgspec.json.decode(text.encode(), type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise BadAnswer(f"an answer: {type(fault).__name__}") from fault


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadAnswer("an answer: not base64url") from fault


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _challenge(client: bytes) -> bytes:
    """What was signed, as the answer says. Frames of other sites ask for nothing here."""
    try:
        data = parse_client_data_json(client)
    except _FAULTS as fault:
        raise BadAnswer(f"an answer's client data: {type(fault).__name__}") from fault
    if data.cross_origin:
        raise BadAnswer("an answer from a frame of another site")
    return data.challenge


def _unattested(attested: bytes) -> bytes:
    """The same without its maker's certificates: nobody asked for them, and reading them is where mistakes are made."""
    try:
        read = cbor2.loads(attested)
        return cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": bytes(read["authData"])})
    except (cbor2.CBORDecodeError, *_FAULTS) as fault:
        raise BadAnswer(f"a new passkey's data: {type(fault).__name__}") from fault
