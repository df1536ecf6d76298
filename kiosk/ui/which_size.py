"""Which size, colour or departure was handed out, asked on the verdict itself: words and buttons. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from common.decision import Verdict
from kiosk.shown import Shown, VariantShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Button, OpenVariants, PickVariant
from kiosk.ui.telling import Setting, is_untold, variant_key

KEYS_MAX: Final = 8  # more leave no room for what is said of the guest above them


def asks_which(shown: Shown, verdict: Verdict, setting: Setting) -> bool:
    """Whether somebody is to say which one is handed out, since nobody here knows. Never of what is long over."""
    handing = shown.handing
    if handing is None or shown.entry is None or shown.from_before or setting.unattended or handing.noted:
        return False
    return len(handing.offers) > 1 and is_untold(handing, verdict.quantity)


def which_words(shown: Shown, verdict: Verdict, texts: Texts) -> str:
    """The question, where its answers stand below it; empty where they have a list of their own."""
    if shown.handing is None or not _has_keys(shown, verdict):
        return ""
    return texts(variant_key("which", shown.handing), what=texts.name(shown.product or {}))


def which_buttons(shown: Shown, verdict: Verdict, texts: Texts) -> Iterator[Button]:
    """One piece is one touch; of several each is asked for in the list, and so is one of many variants."""
    if shown.handing is None:
        return
    if not _has_keys(shown, verdict):
        yield Button(OpenVariants(), texts(variant_key("note", shown.handing)), main=True)
        return
    for one in shown.handing.offers:
        yield Button(PickVariant(one.key), texts.name(one.names), bought_words(one, texts))


def _has_keys(shown: Shown, verdict: Verdict) -> bool:
    return shown.handing is not None and verdict.quantity == 1 and len(shown.handing.offers) <= KEYS_MAX


def other_variant(shown: Shown, texts: Texts) -> Iterator[Button]:
    """Only where there is another one to hand out."""
    if shown.handing is not None and len(shown.handing.offers) > 1:
        yield Button(OpenVariants(), texts(variant_key("other" if shown.handing.now else "note", shown.handing)))


def bought_words(one: VariantShown, texts: Texts) -> str:
    """How many of it may still be due."""
    return texts("variant_bought", n=one.quantity) if one.quantity > 0 else ""
