"""News of conflicts in a message: words for old kiosks, a line for those that word it themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.conflict_kinds import ConflictKind
from common.conflict_news import ConflictNews, ToldConflict, ToldUse, split_news, with_news

USES = st.builds(
    ToldUse,
    st.integers(0, 10**11),
    st.integers(0, 10**6),
    st.text("0123456789abcdef", min_size=8, max_size=8),
)
TOLD = st.builds(
    ToldConflict,
    st.sampled_from([kind.value for kind in ConflictKind] + ["of_a_later_version"]),
    st.integers(0, 10**6),
    st.lists(USES, max_size=2).map(tuple),
)
NEWS = st.builds(ConflictNews, st.lists(TOLD, min_size=1, max_size=5).map(tuple), st.integers(0, 99))
ONE = ConflictNews((ToldConflict("override", 3, (ToldUse(1_846_500_300, 1, "0011aabb"),)),))


@given(NEWS, st.lists(st.text(st.characters(exclude_characters="\n"), max_size=300), max_size=7))
def test_what_is_told_comes_back_whole_and_words_take_the_room_left(news: ConflictNews, lines: list[str]) -> None:
    text = with_news(lines, news, 1000)
    assert len(text) <= 1000
    words, told = split_news(text)
    assert told == news
    assert words in {"\n".join(lines[:kept]) for kept in range(len(lines) + 1)}


def test_an_old_kiosk_shows_the_words_first() -> None:
    assert with_news(["The control room decides", "a double"], ONE, 1000).splitlines() == [
        "The control room decides",
        "a double",
        "#conflicts1 +0; override 3 1846500300@1@0011aabb",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rain is coming",
        "Rain\nis coming",
        "Rain\n#conflicts1",
        "Rain\n#conflicts2 +0; override 3",
        "Rain\n#conflicts1 +0; override three",
        "Rain\n#conflicts1 +0; override 3 1@2@zz",
        "Rain\n#conflicts1 +0; override 3\n",
        "Rain\n#conflicts1 +٣; override 3",
    ],
)
def test_any_other_message_stays_as_it_is(text: str) -> None:
    assert split_news(text) == (text, None)
