"""Why something was not done is said in the language in use, whatever a closed list of reasons has words for."""

from __future__ import annotations

import pytest

from common.decision import FaultCode
from common.errors import BadInput
from common.reason_texts import reason_text
from kiosk.not_done import NotDone, Why
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", [BadInput(LOGGED), Retry(LOGGED), KeyError("x")])
def test_what_has_no_word_is_in_the_log_and_that_is_said(
    language: str, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        assert failure_words(failure, Texts(language)) == Texts(language)("not_done_unknown")
    assert str(failure) in caplog.text


@pytest.mark.parametrize("why", Why)
def test_what_was_not_done_has_a_text_of_its_own_in_each_language(why: Why) -> None:
    said = [failure_words(NotDone(LOGGED, why), Texts(language)) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert not any(LOGGED in text for text in said)


def test_a_fault_of_the_device_is_told_in_the_words_of_faults() -> None:
    said = failure_words(NotDone(LOGGED, FaultCode.NO_POINT), Texts("pl"))
    assert said == reason_text(FaultCode.NO_POINT, "pl").sentence
