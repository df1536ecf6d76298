"""The admin's desk: signs in as a person does and reads what the pages show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests

from story.processes import NotAsTold

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

    def __init__(self, shop_url: str, login: str, password: str) -> None:
        self._admin = f"{shop_url}admin/"
        self._login, self._password = login, password
        self._session = requests.Session()
        self._session.trust_env = False

    def uses(self) -> list[Use]:
        """Who was admitted, and what was handed out: newest first."""
        said = self._read("entries.json", kind="redeem")
        return [Use(row["when"], row["point"], row["product"], row["holder"]) for row in said["entries"]]

    def tickets_without_order(self) -> list[str]:
        """Ticket ids, as hex, that proved themselves though no order here has them."""
        return [str(row["ticket"]) for row in self._read("flags.json")["tickets_without_order"]]

    def returned_devices(self) -> list[str]:
        """Names of devices this server had forgotten, known again by what the kiosks gave back."""
        flags = self._read("flags.json")
        return sorted({*flags["returned_devices"], *flags["unremembered_devices"]})

    def _read(self, page: str, **query: str) -> dict[str, Any]:
        url = f"{self._admin}{EVENT_KEY}/{page}"
        for _ in range(2):
            answer = self._session.get(url, params=query, timeout=TIMEOUT_S, allow_redirects=False)
            if answer.status_code == requests.codes.ok:
                read: dict[str, Any] = answer.json()
                return read
            self._sign_in()
        raise NotAsTold(f"the admin's {page} answered {answer.status_code} though {self._login} is signed in")

    def _sign_in(self) -> None:
        page = self._session.get(f"{self._admin}login", timeout=TIMEOUT_S)
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        if token is None:
            raise NotAsTold(f"the admin's login page has no form (it answered {page.status_code})")
        form = {"login": self._login, "password": self._password, "form_token": token.group(1)}
        answer = self._session.post(f"{self._admin}login", data=form, timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code not in {302, 303}:
            raise NotAsTold(f"{self._login} could not sign in to the admin ({answer.status_code})")
