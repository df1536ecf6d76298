"""A process that plays many kiosks at once: each polls, pushes its entries when they are due, and hears the others'.

Requests are signed as a kiosk signs them, and each kiosk keeps its own connection and cursor; nothing is stored and
answers' signatures are not checked, to keep this process's share of the machine small. What it used of it is told.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import BrokenBarrierError
from typing import Protocol

from common.envelope import Typ, digest, sign
from common.errors import BadInput
from common.exchange import (
    MESSAGE_BYTES_MAX,
    PROTOCOL,
    SCHEMA,
    Cursor,
    ExchangeAnswer,
    ExchangeRequest,
    VersionVector,
    to_payload,
)
from common.ids import EventUid
from common.signing import SigningKey
from tests.bench.sender import opened

POLL_S = 1.0
JITTER = 0.2
NAME_BYTES = 8  # of an entry's digest: enough to know it by
HEAD = (
    b"POST /api/sync/v1/exchange HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/cose\r\nContent-Length: %d\r\n\r\n"
)
ANSWER_HEAD_MAX = 16_384
JOINED_S_MAX = 120.0


class Barrier(Protocol):
    """Where all processes meet before they start."""

    def wait(self, timeout: float | None = None) -> int:
        """Return when all are here. Raises BrokenBarrierError when one is not in time."""
        ...


_together: list[Barrier] = []  # of this process: what it starts with


@dataclass(frozen=True, slots=True)
class Player:
    """One kiosk: its secret seed, its entries, when each is written (seconds after the start), where it reads on."""

    seed: bytes
    raws: tuple[bytes, ...] = ()
    due_s: tuple[float, ...] = ()
    cursor: Cursor | None = None  # None: behind all that the server holds when it joins


@dataclass(frozen=True, slots=True)
class Play:
    """What a process plays. A kiosk leaves when it has run `least_s` and heard enough, or when `most_s` are over."""

    port: int
    event: EventUid
    players: tuple[Player, ...]
    least_s: float
    most_s: float
    to_hear: int  # entries of others, by each
    batch: int = 1  # entries in a message at most
    is_timed: bool = True  # note when each entry was heard


@dataclass(frozen=True, slots=True)
class Told:
    """How it went for one process: what was written and heard, and what that cost."""

    written: dict[bytes, float]
    heard: tuple[tuple[bytes, float], ...]
    heard_count: int
    lacking: int  # entries that somebody had not heard when the time was over
    last_in_s: float  # the last own entry was answered
    last_heard_s: float
    bytes_moved: int
    exchanges: int
    cpu_s: float
    cursors: tuple[Cursor | None, ...]  # with which each began


@dataclass
class _Kiosk:
    play: Play
    player: Player
    written: dict[bytes, float] = field(default_factory=dict)
    heard: list[tuple[bytes, float]] = field(default_factory=list)
    heard_count: int = 0
    bytes_moved: int = 0
    exchanges: int = 0
    last_in_s: float = 0.0
    last_heard_s: float = 0.0

    def __post_init__(self) -> None:
        self.key = SigningKey.from_seed(self.player.seed).as_device()
        self.own = set(self.player.raws)
        self.cursor = self.player.cursor

    async def join(self) -> None:
        """Connect, and take a cursor behind everything there is unless one was given."""
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.play.port, limit=MESSAGE_BYTES_MAX + ANSWER_HEAD_MAX
        )
        if self.cursor is None:
            vector = (await self._ask(())).vector
            while self.cursor is None:
                answer = await self._ask((), vector)
                self.cursor, vector = answer.cursor, answer.vector
        self.began_at = self.cursor
        self.bytes_moved = self.exchanges = 0

    async def run(self, start_s: float) -> None:
        """Poll, push and hear until the time is over or enough was heard."""
        at = 0
        due_s = [start_s + one for one in self.player.due_s]
        is_back = self.player.cursor is not None  # who was away asks at once; the others' polls are spread
        poll_s = start_s if is_back else start_s + random.random() * POLL_S
        while not self._is_done(at, time.monotonic() - start_s):
            await asyncio.sleep(max(0.0, min([poll_s, *due_s[at : at + 1]]) - time.monotonic()))
            now_s, first = time.monotonic(), at
            while at < len(due_s) and due_s[at] <= now_s and at - first < self.play.batch:
                self._note_written(self.player.raws[at], due_s[at])
                at += 1
            answer = await self._exchange(self.player.raws[first:at])
            pause_s = 0.0 if answer.more else POLL_S * random.uniform(1 - JITTER, 1 + JITTER)
            poll_s = time.monotonic() + pause_s
        self.writer.close()

    def _is_done(self, sent: int, ran_s: float) -> bool:
        is_through = sent == len(self.player.raws) and self.heard_count >= self.play.to_hear
        return ran_s > self.play.most_s or (is_through and ran_s > self.play.least_s)

    def _note_written(self, raw: bytes, due_s: float) -> None:
        if self.play.is_timed:
            self.written[digest(raw)[:NAME_BYTES]] = due_s

    async def _exchange(self, some: Sequence[bytes]) -> ExchangeAnswer:
        answer = await self._ask(tuple(some))
        now_s = time.monotonic()
        if answer.taken != len(some) or answer.rejected:
            raise BadInput(f"{answer.taken} of {len(some)} entries were taken, {len(answer.rejected)} rejected")
        if answer.cursor is None:
            raise BadInput("the server did not know the cursor it gave")
        self.cursor = answer.cursor
        self.last_in_s = now_s if some else self.last_in_s
        new = [raw for raw in answer.entries if raw not in self.own]
        if new:
            self.heard_count += len(new)
            self.last_heard_s = now_s
        if self.play.is_timed:
            self.heard += [(digest(raw)[:NAME_BYTES], now_s) for raw in new]
        return answer

    async def _ask(self, entries: tuple[bytes, ...], vector: VersionVector | None = None) -> ExchangeAnswer:
        nonce = secrets.token_bytes(16)
        request = ExchangeRequest(
            PROTOCOL, SCHEMA, self.play.event, nonce, None, entries, self.cursor, vector, None, (), 1
        )
        body = sign(to_payload(request), self.key, Typ.EXCHANGE, MESSAGE_BYTES_MAX)
        head = HEAD % len(body)
        self.writer.write(head + body)
        raw = await self._answer()
        self.exchanges += 1
        self.bytes_moved += len(head) + len(body)
        return opened(raw)

    async def _answer(self) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").splitlines()
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await self.reader.readexactly(int(fields["content-length"]))
        self.bytes_moved += len(head) + len(raw)
        if first.split()[1] != "200":
            raise BadInput(f"the server answered {first}: {raw[:300]!r}")
        return raw


def meet_at(barrier: Barrier) -> None:
    """Tell this process where the others wait for it."""
    _together.append(barrier)


def perform(play: Play) -> Told:
    """Play it to its end. Raises what went wrong first."""
    return asyncio.run(_perform(play))


async def _perform(play: Play) -> Told:
    kiosks = [_Kiosk(play, player) for player in play.players]
    for kiosk in kiosks:
        await kiosk.join()
    try:
        _together[0].wait(JOINED_S_MAX)
    except BrokenBarrierError as error:
        raise BadInput("not all kiosks could join: the machine has too much else to do") from error
    cpu_s, start_s = _cpu_s(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for kiosk in kiosks:
            group.create_task(kiosk.run(start_s))
    return Told(
        {name: at_s for kiosk in kiosks for name, at_s in kiosk.written.items()},
        tuple(one for kiosk in kiosks for one in kiosk.heard),
        sum(kiosk.heard_count for kiosk in kiosks),
        sum(max(0, play.to_hear - kiosk.heard_count) for kiosk in kiosks),
        max(kiosk.last_in_s for kiosk in kiosks),
        max(kiosk.last_heard_s for kiosk in kiosks),
        sum(kiosk.bytes_moved for kiosk in kiosks),
        sum(kiosk.exchanges for kiosk in kiosks),
        _cpu_s() - cpu_s,
        tuple(kiosk.began_at for kiosk in kiosks),
    )


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system


def arrivals(count: int, per_s: float, seed: int) -> tuple[float, ...]:
    """When so many people come who do not know of each other, in seconds after the start."""
    draw = random.Random(seed)
    at_s = 0.0
    found = []
    for _ in range(count):
        at_s += draw.expovariate(per_s)
        found.append(at_s)
    return tuple(found)
