"""What a hostess is told to look at: whatever an event file may ask for has its words at the kiosk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.naming import attention_of
from kiosk.shown import Holder
from kiosk.ui.catalogue import LANGUAGES
from syncserver.services.event_file.model import Attention
from tests.support.kiosk_world import catalogue


@pytest.mark.parametrize("attention", Attention)
def test_each_of_them_is_said_in_six_languages(attention: Attention) -> None:
    product = replace(catalogue().products[0], attention=attention.value)
    words = attention_of(product, Holder("Jana", "1AB 2345"))
    assert set(words) == set(LANGUAGES)
    assert len(set(words.values())) == len(LANGUAGES)
