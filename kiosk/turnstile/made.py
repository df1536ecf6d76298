"""The gatekeeper of an open kiosk: what keeper, journal and station have to do with each other."""

from __future__ import annotations

from common.ids import Ref
from kiosk.root import Kiosk
from kiosk.turnstile.keeper import Gatekeeper, GateParts
from kiosk.turnstile.settings import TurnstileSettings


def gatekeeper_of(kiosk: Kiosk, settings: TurnstileSettings) -> Gatekeeper:
    """Of this kiosk, with what its turnstile is set up for."""

    def last_use() -> Ref | None:
        use = kiosk.stores.journal.last_use()
        return None if use is None else use.ref

    driver, tries, station = settings.driver(kiosk.clock), settings.number_of_tries, kiosk.station
    return Gatekeeper(GateParts(driver, tries, kiosk.folder, station.annul, station.was_shown, last_use))
