"""Vectors against an oracle that knows sets of entries and nothing else."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exchange import Line, VersionVector
from common.ids import DeviceId, Digest, RunId
from common.vectors import (
    LackedDigests,
    LackedRange,
    Link,
    NothingHeld,
    covers,
    extend,
    is_forked,
    lacking,
    lines_by_run,
    lines_of,
    merge,
    numbers_twice,
    spans_of,
    vector_of,
)

DEVICE, RUN = DeviceId(b"kiosk-1".ljust(16)), RunId(b"run-0001")
OTHER = DeviceId(b"kiosk-2".ljust(16))
KEY = (DEVICE, RUN)


class Held:
    """Links of one run, by what an index would answer; counts what is asked."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.links = set(links)
        self.asked = 0

    def links_at(self, device: DeviceId, run: RunId, number: int) -> Sequence[Link]:
        self.asked += 1
        return [link for link in self.links if link.number == number and (device, run) == KEY]

    def links_of(self, device: DeviceId, run: RunId) -> Iterable[Link]:
        self.asked += 1
        return self.links if (device, run) == KEY else ()


def digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest()[:16])


def chain(last: int, branch: str = "a", base: Sequence[Link] = ()) -> list[Link]:
    """Links up to number `last`, going on from `base`."""
    links = list(base)
    while len(links) < last:
        number = len(links) + 1
        links.append(Link(number, digest(f"{branch}{number}"), links[-1].digest if links else None))
    return links


def vector(links: Iterable[Link]) -> VersionVector:
    return vector_of({KEY: lines_of(links)})


def lacked(mine: Iterable[Link], theirs: VersionVector, own: DeviceId | None = None) -> set[Digest]:
    held = Held(mine)
    found: set[Digest] = set()
    for part in lacking(vector(held.links), theirs, held, own):
        if isinstance(part, LackedRange):
            in_range = {link.digest for link in held.links if part.first <= link.number <= part.last}
            numbers = {link.number for link in held.links}
            assert numbers.issuperset(range(part.first, part.last + 1)), "a range names only what is held"
        else:
            assert isinstance(part, LackedDigests)
            in_range = set(part.digests)
        assert not in_range & found, "nothing is named twice"
        found |= in_range
    return found


def model_lines(links: set[Link]) -> set[Line]:
    """The lines of a forked run as the executable model words them: from each tip back as far as entries are here."""
    here = {link.digest: link for link in links}
    inner = {link.previous for link in links}
    lines = set()
    for link in links:
        if link.digest not in inner:
            first = link
            while first.previous in here:
                first = here[first.previous]
            lines.add(Line(first.number, link.number, link.digest))
    return lines


def model_lacking(mine: set[Link], theirs: Iterable[Line]) -> set[Digest]:
    """What the model's `lacking` gives, over plain sets."""
    here = {link.digest: link for link in mine}
    forked = len({link.number for link in mine}) < len(mine)
    had: set[Digest] = set()
    for line in theirs:
        at_end = [link for link in mine if link.number == line.last]
        if forked:
            link = here.get(line.digest)
            while link is not None and link.number >= line.first:
                had.add(link.digest)
                link = None if link.previous is None else here.get(link.previous)
        elif not at_end or line.digest in here:
            had |= {link.digest for link in mine if line.first <= link.number <= line.last}
    return set(here) - had


@st.composite
def runs(draw: st.DrawFn) -> list[Link]:
    """All that was ever written of a run, with up to three clones that went on by themselves."""
    trunk = chain(draw(st.integers(1, 12)))
    links = {link.digest: link for link in trunk}
    for branch in "bcd"[: draw(st.sampled_from([0, 0, 0, 1, 2, 3]))]:
        base = trunk[: draw(st.integers(0, len(trunk)))]
        grown = chain(len(base) + draw(st.integers(0, 5)), branch, base)
        links |= {link.digest: link for link in grown}
        trunk = draw(st.sampled_from([trunk, grown]))
    return list(links.values())


def some(draw: Callable[..., Any], links: list[Link]) -> set[Link]:
    kind = draw(st.sampled_from(["all", "most", "half", "head", "none"]))
    if kind == "head":
        return set(sorted(links, key=lambda link: link.number)[: draw(st.integers(0, len(links)))])
    share = {"all": 1.0, "most": 0.85, "half": 0.5, "none": 0.0}[kind]
    rng = random.Random(draw(st.integers(0, 2**32)))
    return {link for link in links if rng.random() < share}


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[set[Link], set[Link]]:
    links = draw(runs())
    return some(draw, links), some(draw, links)


@given(runs(), st.data())
def test_lines_are_the_models(links: list[Link], data: st.DataObject) -> None:
    held = some(data.draw, links)
    lines = lines_of(held)
    assert set(lines) == model_lines(held)
    assert len(lines) == len(set(lines))
    assert is_forked(lines) is (len({link.number for link in held}) < len(held))


@given(runs(), st.randoms(use_true_random=False))
def test_extending_link_by_link_gives_what_all_links_give(links: list[Link], rng: random.Random) -> None:
    order = rng.choice([links, rng.sample(links, len(links))])
    lines: tuple[Line, ...] = ()
    for at, link in enumerate(order, start=1):
        want = lines_of(order[:at])
        quick = extend(lines, link)
        assert quick is None or quick == want
        lines = want


def test_the_next_number_needs_no_other_link() -> None:
    lines: tuple[Line, ...] = ()
    for link in chain(50):
        lines = extend(lines, link) or ()
    assert lines == (Line(1, 50, digest("a50")),)


def test_a_link_with_a_digest_from_elsewhere_in_its_run_links_nothing() -> None:
    first, second, *_ = chain(3)
    assert lines_of([first, second, Link(3, digest("odd"), first.digest)]) == (
        Line(1, 2, second.digest),
        Line(3, 3, digest("odd")),
    )


@given(two_sides())
def test_what_is_lacking_is_the_models(sides: tuple[set[Link], set[Link]]) -> None:
    mine, theirs = sides
    assert lacked(mine, vector(theirs)) == model_lacking(mine, lines_of(theirs))


@given(two_sides())
def test_nothing_a_partner_lacks_is_held_back_unless_its_own_end_is_unknown_here(
    sides: tuple[set[Link], set[Link]],
) -> None:
    """Whatever is withheld lies within a range the partner claims; if nothing is forked, the partner has it."""
    mine, theirs = sides
    withheld = {link.digest for link in mine} - lacked(mine, vector(theirs))
    claimed = {n for line in lines_of(theirs) for n in range(line.first, line.last + 1)}
    assert all(link.number in claimed for link in mine if link.digest in withheld)
    if not is_forked(lines_of(mine | theirs)):
        assert withheld <= {link.digest for link in theirs}


@given(two_sides())
def test_two_that_give_each_other_what_is_lacking_come_to_rest(sides: tuple[set[Link], set[Link]]) -> None:
    """In both directions, round by round, until both hold the union and nothing moves any more."""
    a, b = (set(side) for side in sides)
    whole = a | b
    for _ in range(4):
        to_b = {link for link in a if link.digest in lacked(a, vector(b))}
        to_a = {link for link in b if link.digest in lacked(b, vector(a))}
        a, b = a | to_a, b | to_b
    assert a == b == whole
    assert lacked(a, vector(b)) == set()


@given(two_sides())
def test_of_own_runs_nothing_is_withheld_that_a_partner_lacks_however_they_are_forked(
    sides: tuple[set[Link], set[Link]],
) -> None:
    mine, theirs = sides
    withheld = {link.digest for link in mine} - lacked(mine, vector(theirs), DEVICE)
    assert withheld <= {link.digest for link in theirs}


@given(runs(), st.data())
def test_of_own_runs_nothing_is_sent_again_to_who_has_as_much_or_less_of_the_same_chain(
    links: list[Link], data: st.DataObject
) -> None:
    mine = [link for link in links if link.digest in {one.digest for one in chain(len(links))}]
    theirs = some(data.draw, mine)
    assert lacked(mine, vector(theirs), DEVICE) == {link.digest for link in mine} - {link.digest for link in theirs}


def test_an_own_number_that_a_copy_wrote_too_is_not_taken_for_had_before_the_copys_branch_is_known_whole() -> None:
    """Both wrote 10; of the copy's 10 to 14 only 12 to 14 are here, so nothing shows yet that the run is forked."""
    mine, copys = chain(10), chain(14, "c", chain(9))
    here = [*mine, *copys[11:]]
    assert lacked(here, vector(copys), OTHER) == set()  # for others' runs it waits until their branch is here
    assert mine[9].digest in lacked(here, vector(copys), DEVICE)
    assert not lacked(here, vector(copys), DEVICE) & {link.digest for link in copys[11:]}


def test_equal_runs_cost_no_look_up() -> None:
    held = Held(chain(1000))
    mine = vector(held.links)
    assert list(lacking(mine, vector(held.links), held)) == []
    assert held.asked == 0


def test_what_is_above_a_hole_of_the_partner_is_named_as_ranges() -> None:
    links = chain(1000)
    theirs = vector([link for link in links if link.number not in {10, 500, 501}])
    found = list(lacking(vector(links), theirs, Held(links)))
    assert found == [LackedRange(*KEY, 10, 10), LackedRange(*KEY, 500, 501)]


def test_a_run_the_partner_has_never_heard_of_is_lacking_whole() -> None:
    links = chain(3)
    assert list(lacking(vector(links), (), Held(links))) == [LackedRange(*KEY, 1, 3)]


@given(two_sides())
def test_what_covers_holds_everything_the_other_claims(sides: tuple[set[Link], set[Link]]) -> None:
    a, b = sides
    if covers(vector(a), vector(b), Held(a)):
        assert a >= b
    if covers(vector(a), vector(b), NothingHeld()):
        assert a >= b


@given(runs(), st.data())
def test_a_set_covers_its_own_parts(links: list[Link], data: st.DataObject) -> None:
    whole = set(links)
    part = some(data.draw, links)
    assert covers(vector(whole), vector(whole), NothingHeld())
    assert covers(vector(whole), (), NothingHeld())
    assert covers(vector(whole), vector(part), Held(whole))


def test_cover_is_not_claimed_for_a_branch_not_seen() -> None:
    trunk = chain(5)
    other = chain(8, "b", trunk[:2])
    assert not covers(vector(other), vector(trunk), Held(other))
    assert covers(vector(chain(8)), vector(trunk), Held(chain(8)))
    assert not covers(vector(chain(8)), vector(trunk), NothingHeld())


@given(two_sides())
def test_a_merge_claims_all_that_either_has_and_nothing_else(sides: tuple[set[Link], set[Link]]) -> None:
    """The claims of each line are checked against the union by walking back from its end."""
    a, b = sides
    here = {link.digest: link for link in a | b}
    merged = lines_by_run(merge(vector(a), vector(b), Held(a | b))).get(KEY, ())
    claimed: set[Digest] = set()
    for line in merged:
        at = here[line.digest]
        claimed.add(at.digest)
        while at.number > line.first:
            assert at.previous in here
            at = here[at.previous]
            claimed.add(at.digest)
    assert claimed == set(here)


@pytest.mark.parametrize("split", [1, 4, 9])
def test_a_snapshot_and_what_was_learnt_since_are_one_line(split: int) -> None:
    links = chain(10)
    learnt = [link for link in links if link.number > split - 1]
    merged = merge(vector(links[:split]), vector(learnt), Held(learnt))
    assert lines_by_run(merged)[KEY] == (Line(1, 10, digest("a10")),)


def test_numbers_of_two_branches_are_named_as_spans() -> None:
    trunk, other = chain(5), chain(8, "b", chain(5)[:2])
    assert numbers_twice(trunk) == ()
    assert numbers_twice([*trunk, *trunk]) == ()
    assert numbers_twice([*other, *trunk]) == ((3, 5),)
    assert spans_of([9, 3, 4, 3, 11, 10]) == ((3, 4), (9, 11))
