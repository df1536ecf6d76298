"""The office: signs in to the admin as a person does and reads its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests

from story.processes import NotAsTold
from story.stage import Login, Stage

TIMEOUT_S = 10
EVENT_KEY = "iron-mile-2028"


@dataclass(frozen=True, slots=True)
class Use:
    """One line of the admin's list of entries."""

    when: str
    point: str
    product: str
    holder: str


class Office:
    """One signed-in person. Signs in anew when the server has forgotten it, as after a restore."""

    def __init__(self, stage: Stage, login: Login) -> None:
        self._stage, self._login = stage, login
        self._admin = f"{stage.shop_url}admin/"
        self._session = requests.Session()
        self._session.trust_env = False

    def uses(self) -> list[Use]:
        """Who was admitted, and what was handed out, as the admin's page lists it: newest first."""
        rows = self._read("entries.json", kind="redeem")["entries"]
        return [Use(row["when"], row["point"], row["product"], row["holder"]) for row in rows]

    def tickets_without_order(self) -> set[str]:
        """Ticket ids, as hex, that the admin's page flags: no order here made them."""
        return set(self._read("flags.json")["tickets_without_order"])

    def devices_flagged(self) -> set[str]:
        """Names of the devices that the admin's page flags as known again, or known by their certificate alone."""
        flags = self._read("flags.json")
        return {*flags["devices_known_again"], *flags["devices_by_certificate"]}

    def _read(self, page: str, **query: str) -> dict[str, Any]:
        url = f"{self._admin}{EVENT_KEY}/{page}"
        for _ in range(2):
            answer = self._session.get(url, params=query, timeout=TIMEOUT_S, allow_redirects=False)
            if answer.status_code == requests.codes.ok:
                read: dict[str, Any] = answer.json()
                return read
            self._sign_in()
        raise NotAsTold(f"the admin's {page} answered {answer.status_code} though {self._login.login} is signed in")

    def _sign_in(self) -> None:
        page = self._session.get(f"{self._admin}login", timeout=TIMEOUT_S)
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        if token is None:
            raise NotAsTold(f"the admin's page to sign in has no form (it answered {page.status_code})")
        form = {"login": self._login.login, "password": self._login.password, "form_token": token.group(1)}
        answer = self._session.post(f"{self._admin}login", data=form, timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code not in {302, 303}:
            raise NotAsTold(f"{self._login.login} could not sign in to the admin ({answer.status_code})")
