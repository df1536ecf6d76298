"""What people write about peers is understood, or they are told what to write."""

from __future__ import annotations

import pytest

from common.errors import BadInput
from kiosk.config import read_config
from kiosk.sync.peer_settings import PeerSettings, peer_settings


@pytest.mark.parametrize(
    ("listen", "partners", "found"),
    [
        ("", "", PeerSettings()),
        ("192.168.1.20:7443", "", PeerSettings(("192.168.1.20", 7443))),
        ("[::]:7443", "[fe80::1]:7443", PeerSettings(("::", 7443), ("http://[fe80::1]:7443",))),
        ("", "10.0.0.2:1, gate-2.lan:7443 ,", PeerSettings(None, ("http://10.0.0.2:1", "http://gate-2.lan:7443"))),
    ],
)
def test_places_are_understood(listen: str, partners: str, found: PeerSettings) -> None:
    assert peer_settings(listen, partners, discovers=False) == found
    assert found.is_on is bool(listen or partners)


@pytest.mark.parametrize("text", ["7443", "host", "host:", ":7443", "host:port", "host:99999", "a b:1", "http://h:1"])
def test_what_is_no_place_is_told(text: str) -> None:
    with pytest.raises(BadInput, match=r"RALLYGATE_KIOSK_PEER_LISTEN: .*192\.168\.1\.20:7443"):
        read_config({"RALLYGATE_KIOSK_PEER_LISTEN": text}, {})
    with pytest.raises(BadInput, match="RALLYGATE_KIOSK_PEERS"):
        read_config({"RALLYGATE_KIOSK_PEERS": f"10.0.0.1:7443,{text}"}, {})


def test_no_port_is_opened_unless_it_is_asked_for() -> None:
    assert not read_config({}, {}).peer_settings().is_on
