"""The sandbox gateway's web side: an API for shops, and the page where a person plays buyer and bank."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from common.clock import Clock
from common.errors import BadInput, UserFacing
from syncserver.integrations.sandbox.book import Book, KeyReused, Payment, RefundTooLarge
from syncserver.integrations.sandbox.wire import (
    IDEMPOTENCY_HEADER,
    PAGE_MAX,
    NewPayment,
    NewRefund,
    PaymentOut,
    PaymentPage,
    RefundOut,
)
from syncserver.services.payment_provider import PaymentState
from syncserver.services.translations import LANGUAGES, Translator, best_language, translator

REQUEST_BYTES_MAX = 64 * 1024
AMOUNT_MINOR_MAX = 10**12
LATE_S_DEFAULT = 8.0
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"

Body = TypeVar("Body", bound=msgspec.Struct)

bp = Blueprint("sandbox", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the pages work with. `base_url` is how browsers reach them; `late_s` is how late "late" is."""

    book: Book
    clock: Clock
    api_key: str
    base_url: str
    late_s: float = LATE_S_DEFAULT


def create_gateway(gateway: Gateway) -> Flask:
    """The gateway's application."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_MAX
    app.extensions["sandbox"] = gateway
    app.register_blueprint(bp)
    app.register_error_handler(UserFacing, _bad_request)
    app.register_error_handler(HTTPException, _plain_error)
    app.after_request(_secure)
    return app


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Alive."""
    return {"status": "ok"}


@bp.post("/api/payments")
def make_payment() -> ResponseReturnValue:
    """Make a payment, or answer with the one this key made before."""
    gateway = _authorised()
    wanted = _body(NewPayment)
    if not 0 < wanted.amount_minor <= AMOUNT_MINOR_MAX:
        raise BadInput(f"amount_minor {wanted.amount_minor} is not between 1 and {AMOUNT_MINOR_MAX}")
    for address in (wanted.return_url, wanted.notify_url):
        if not address.startswith(("http://", "https://")):
            raise BadInput(f"{address[:80]!r} is no web address")
    made = gateway.book.make(_idempotency_key(), msgspec.to_builtins(wanted), gateway.clock.now_ms())
    return _json(_out(made))


@bp.get("/api/payments/<ref>")
def show_payment(ref: str) -> ResponseReturnValue:
    """One payment as it is now."""
    return _json(_out(_payment(_authorised(), ref)))


@bp.get("/api/payments")
def list_payments() -> ResponseReturnValue:
    """Payments since an instant, oldest first, 200 at a time."""
    book = _authorised().book
    since, after = request.args.get("since_ms", 0, type=int), request.args.get("after", 0, type=int)
    rows = book.since(since, after, PAGE_MAX)
    following = rows[-1].position if len(rows) == PAGE_MAX else None
    return _json(PaymentPage(payments=[_out(row) for row in rows], next=following))


@bp.post("/api/payments/<ref>/refunds")
def make_refund(ref: str) -> ResponseReturnValue:
    """Give money back, or answer with the refund this key made before."""
    gateway = _authorised()
    payment, wanted = _payment(gateway, ref), _body(NewRefund)
    if wanted.currency != payment.currency:
        raise BadInput(f"payment {ref} was made in {payment.currency}, not in {wanted.currency[:10]}")
    made = gateway.book.refund(_idempotency_key(), ref, wanted.amount_minor)
    return _json(RefundOut(id=made, payment=ref, amount_minor=wanted.amount_minor))


@bp.get("/pay/<ref>")
def pay_page(ref: str) -> ResponseReturnValue:
    """The page on which the buyer pays."""
    gateway = _gateway()
    payment = _payment(gateway, ref)
    words = _words(payment)
    return render_template(
        "sandbox/pay.html",
        payment=payment,
        words=words,
        _=words.text,
        amount=words.money(payment.amount_minor, payment.currency),
        late_s=round(gateway.late_s),
        is_open=payment.state is PaymentState.CREATED,
    )


@bp.post("/pay/<ref>")
def pay(ref: str) -> ResponseReturnValue:
    """The person chose what the bank does; back to the shop."""
    gateway = _gateway()
    payment = _payment(gateway, ref)
    webhooks = min(2, max(0, request.form.get("webhooks", 1, type=int)))
    match request.form.get("do"):
        case "pay":
            gateway.book.settle(ref, PaymentState.PAID, webhooks)
        case "decline":
            gateway.book.settle(ref, PaymentState.FAILED, webhooks)
        case "late":
            gateway.book.postpone(ref, gateway.clock.now_ms() + round(gateway.late_s * 1000), webhooks)
        case "abandon":
            pass  # the buyer leaves; nothing is decided, and the payment can still be made
        case _:
            abort(400)
    return redirect(payment.return_url, code=303)


def _gateway() -> Gateway:
    gateway: Gateway = current_app.extensions["sandbox"]
    return gateway


def _authorised() -> Gateway:
    gateway = _gateway()
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(shown.encode(), gateway.api_key.encode()):
        abort(401)
    return gateway


def _payment(gateway: Gateway, ref: str) -> Payment:
    payment = gateway.book.get(ref)
    if payment is None:
        abort(404)
    return payment


def _body(kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except msgspec.DecodeError as error:
        raise BadInput(f"the body is not what this call takes: {error}") from error


def _idempotency_key() -> str:
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    if not 1 <= len(key) <= 100:
        raise BadInput(f"header {IDEMPOTENCY_HEADER} must have 1 to 100 characters")
    return key


def _out(payment: Payment) -> PaymentOut:
    return PaymentOut(
        id=payment.id,
        key=payment.key,
        order_code=payment.order_code,
        state=payment.state,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        refunded_minor=payment.refunded_minor,
        created_ms=payment.created_ms,
        url=f"{_gateway().base_url}/pay/{payment.id}",
    )


def _words(payment: Payment) -> Translator:
    return translator(payment.language if payment.language in LANGUAGES else "en")


def _json(value: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")


def _bad_request(error: UserFacing) -> ResponseReturnValue:
    status = 409 if isinstance(error, KeyReused | RefundTooLarge) else 400
    return {"title": str(error), "status": status}, status


def _plain_error(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith("/pay/"):
        accepted = [language for language, _ in request.accept_languages]
        words = translator(best_language(accepted, LANGUAGES, "en"))
        return render_template("sandbox/failed.html", words=words, _=words.text), error.code or 500
    return {"title": error.name, "status": error.code or 500}, error.code or 500


def _secure(response: Response) -> Response:
    # No form-action here: Chromium applies it to the redirect back to the shop too, whose address we learn per payment.
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
