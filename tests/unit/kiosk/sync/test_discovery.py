"""Which addresses are announced and believed, and how often a network that will not do is tried again."""

from __future__ import annotations

from ipaddress import IPv4Interface

import pytest

from common.ids import DeviceId, EventUid
from kiosk.sync import discovery
from kiosk.sync.discovery import LOOKS_BETWEEN_MAX, Mdns, nearest

HOME, CABLE = IPv4Interface("192.168.1.20/24"), IPv4Interface("10.0.0.2/8")


@pytest.mark.parametrize(
    ("announced", "chosen"),
    [
        (["192.168.1.31"], "192.168.1.31"),
        (["172.17.0.1", "192.168.1.31"], "192.168.1.31"),
        (["192.168.1.99", "192.168.1.31"], "192.168.1.99"),
        (["fe80::1", "10.7.7.7"], "10.7.7.7"),
        (["172.17.0.1", "172.18.0.1"], "172.17.0.1"),
        ([], None),
    ],
)
def test_of_several_addresses_one_on_a_network_of_ours_is_called_the_newest_first(
    announced: list[str], chosen: str | None
) -> None:
    assert nearest(announced, (CABLE, HOME)) == chosen


class Network:
    """What the machine has, and whether anything can be announced there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, host: str = "") -> None:
        self.places: tuple[IPv4Interface, ...] = ()
        self.works, self.tries = False, 0
        self.mdns = Mdns(host, EventUid(b"rly1"), DeviceId(b"d" * 32))
        monkeypatch.setattr(discovery, "own_places", lambda: self.places)
        monkeypatch.setattr(self.mdns, "_announce", self._announce)

    def _announce(self, _places: tuple[IPv4Interface, ...]) -> None:
        self.tries += 1
        if not self.works:
            raise OSError(99, "Cannot assign requested address")

    def look(self, times: int) -> int:
        """How often it tried to announce."""
        before = self.tries
        for _ in range(times):
            self.mdns._look()
        return self.tries - before


def test_without_a_network_it_says_so_and_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch)
    assert network.look(5) == 0
    assert network.mdns.trouble.startswith("other kiosks are not found: no network yet")


def test_a_network_that_will_not_do_is_tried_ever_more_seldom_and_another_address_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(monkeypatch)
    network.places = (HOME,)
    assert network.look(1) == 1
    assert "Cannot assign requested address" in network.mdns.trouble
    assert network.look(10) <= 3
    network.look(100)
    assert network.look(10 * (LOOKS_BETWEEN_MAX + 1)) == 10
    network.places, network.works = (HOME, CABLE), True
    assert network.look(1) == 1
    assert network.mdns.trouble == ""


def test_an_address_to_listen_at_that_is_not_here_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, str(HOME.ip))
    network.places, network.works = (CABLE,), True
    assert network.look(3) == 0
    assert "no network yet" in network.mdns.trouble
    network.places = (CABLE, HOME)
    assert network.look(1) == 1
    assert network.mdns.trouble == ""
