"""Why something was not done is said in the language in use, whatever a closed list of reasons has words for."""

from __future__ import annotations

import pytest

from common.decision import FaultCode
from common.errors import BadInput
from common.reason_texts import reason_text
from kiosk.store.faults import DamagedSnapshot, DiskFull, Unwritable
from kiosk.sync.errors import Refused, Retry, SyncWhy
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.failures import failure_words

LOGGED = "/var/lib/rallygate/journal.sqlite: I/O error"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DiskFull(LOGGED), "disk_full"),
        (Unwritable(LOGGED), "journal_unwritable"),
        (DamagedSnapshot(LOGGED), "snapshot_unreadable"),
    ],
)
def test_a_trouble_with_the_files_reads_like_the_fault_at_a_scan(language: str, failure: Exception, code: str) -> None:
    assert failure_words(failure, Texts(language)) == reason_text(FaultCode(code), language).sentence


@pytest.mark.parametrize("why", SyncWhy)
def test_a_trouble_with_the_server_has_a_text_of_its_own_in_each_language(why: SyncWhy) -> None:
    said = [failure_words(Refused(LOGGED, why), Texts(language)) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert not any(LOGGED in text for text in said)


def test_what_has_no_word_is_said_in_plain_english() -> None:
    assert failure_words(BadInput("say what to do"), Texts("cs")) == "say what to do"
    assert failure_words(Retry("tried again"), Texts("cs")) == "tried again"
    assert failure_words(KeyError("x"), Texts("cs")) == "KeyError"
