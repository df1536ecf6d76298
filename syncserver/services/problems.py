"""What a caller over HTTP did wrong, named by what it should do; the API turns each into one RFC 9457 shape."""

from __future__ import annotations

from common.errors import UserFacing


class Problem(UserFacing):
    """Base: `code` is stable and for programs, the text for people."""

    status = 400
    code = "bad_request"
    retry_after_s: int | None = None


class NotUnderstood(Problem):
    """The bytes are no message of this protocol: do not repeat them."""

    code = "not_understood"


class NotSigned(Problem):
    """The message is not signed by a key this event knows: enrol, or bring the certificate."""

    status = 401
    code = "not_signed"


class Refused(Problem):
    """Understood and refused: asking again will not help."""

    status = 403
    code = "refused"


class CodeUnknown(Refused):
    """The one-time code was never made, or its time is over."""

    code = "code_unknown"


class CodeUsed(Refused):
    """Another device has used the one-time code."""

    code = "code_used"


class NotHere(Problem):
    """There is no such thing on this server."""

    status = 404
    code = "not_here"


class OtherVersion(Problem):
    """The caller speaks a version this server does not: update it; it goes on working by itself meanwhile."""

    status = 409
    code = "other_version"


class TooMany(Problem):
    """Too many requests: again after `retry_after_s`."""

    status = 429
    code = "too_many"
    retry_after_s = 60
