"""What every page of the admin gets: words, the event, what its reader may do, a notice."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from syncserver.admin import visit
from syncserver.admin.menu import menu_of
from syncserver.admin.words import notice_of
from syncserver.services.admin import NamedEvent
from syncserver.services.rights import Right
from syncserver.services.translations import Translator, best_language, local, translator

FOLDER = Path(__file__).parent / "locale"
LANGUAGES = ("en", *(path.stem for path in sorted(FOLDER.glob("*.po"))))  # those there is a catalogue for
LANGUAGE_COOKIE = "rallygate_staff_language"
LANGUAGE_S = 365 * 24 * 3600
KEY_BYTES = 8
DAY_S = 24 * 3600


def language() -> str:
    """The reader's language: chosen on a page, remembered, or the browser's."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return kept if kept in LANGUAGES else best_language([one for one, _ in request.accept_languages], LANGUAGES, "en")


def words() -> Translator:
    """Words in the reader's language."""
    return translator(language(), FOLDER)


def keep_language(response: Response) -> Response:
    """Remember a language chosen on this page."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, LANGUAGE_S, path="/admin", httponly=True, samesite="Lax")
    return response


@dataclass(frozen=True, slots=True)
class When:
    """Instants in the event's zone, ages by the server's clock."""

    words: Translator
    zone: str
    now_ms: int

    def moment(self, at_ms: int) -> str:
        """Day and time of day with seconds."""
        return f"{self.words.moment(at_ms, self.zone)}:{local(at_ms, self.zone):%S}"

    def time(self, at_ms: int) -> str:
        """Time of day with seconds."""
        return f"{local(at_ms, self.zone):%H:%M:%S}"

    def day(self, at_ms: int) -> str:
        """The date in words."""
        return self.words.day(local(at_ms, self.zone).date())

    def age(self, at_ms: int) -> str:
        """How long ago, in the largest unit that fits."""
        return self.span(self.now_ms - at_ms)

    def span(self, length_ms: int) -> str:
        """A length of time in the largest unit that fits."""
        seconds = max(0, length_ms // 1000)
        if seconds >= 2 * DAY_S:
            return self.words.plural("%(count)s day", "%(count)s days", seconds // DAY_S)
        if seconds >= 2 * 3600:
            return self.words.plural("%(count)s hour", "%(count)s hours", seconds // 3600)
        if seconds >= 2 * 60:
            return self.words.plural("%(count)s minute", "%(count)s minutes", seconds // 60)
        return self.words.plural("%(count)s second", "%(count)s seconds", seconds)


def show(template: str, status: int = 200, problem: str = "", **values: object) -> Response:
    """Render a page. `problem` is what hinders, told above it."""
    said, here = words(), _event()
    member = g.get("member")
    body = render_template(
        f"admin/{template}",
        _=said.text,
        ngettext=said.plural,
        words=said,
        language=language(),
        languages=LANGUAGES,
        member=member,
        here=here,
        menu=menu_of(said) if member and not member.must_change else (),
        may=visit.may if member else None,
        Right=Right,
        when=When(said, here.event.zone if here else "UTC", visit.admin().clock.now_ms()),
        form_token=visit.form_token(),
        new_key=secrets.token_hex(KEY_BYTES),
        notice=notice_of(said, request.args.get("done", "")),
        problem=problem,
        **values,
    )
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _event() -> NamedEvent | None:
    found: NamedEvent | None = g.get("admin_event")
    return found


def go(endpoint: str, done: str | None = None, **values: str) -> ResponseReturnValue:
    """After a form: another page, which says what was done."""
    here = _event()
    said: dict[str, Any] = {
        **values,
        **({"event_key": here.event.key} if here else {}),
        **({"done": done} if done else {}),
    }
    return redirect(url_for(f"admin.{endpoint}", **said), code=303)


def form_key() -> bytes:
    """The key of the form that was sent: sent twice, it is one cause. A form without one gets a new key."""
    try:
        key = bytes.fromhex(request.form.get("key", ""))
    except ValueError:
        key = b""
    return key if len(key) == KEY_BYTES else secrets.token_bytes(KEY_BYTES)
