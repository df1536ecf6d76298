"""The shop under load: the list, the basket, whole orders, one hot quota; on the programs of production.

What is told of each: how many a second, p50, p99, the CPU that one of them costs the server, and whose CPU was used up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common.errors import require
from tests.bench.bench import Bench
from tests.bench.figures import Figure, millis, percentile, seconds, spread
from tests.bench.intake import POSTGRES, database_process, fresh_database
from tests.bench.profiles import watch
from tests.bench.shop_ground import Ground, Heard, Load, ground

WEB_PROCESSES = 2  # with PostgreSQL, and `rallygate-server worker` beside them; SQLite has one process for everything
HOT_QUOTA = "grounds_day_4"
DAYS = ("day_1", "day_2", "day_3", "day_4")
FOUR_DAYS = ("four_days",)
HOT = ("day_4",)


@dataclass(frozen=True, slots=True)
class Extent:
    """For how long what is asked, by how many at once."""

    clients: tuple[int, ...]
    page_s: int
    order_s: int
    warm_s: int
    profile_s: int
    hot_clients: int
    hot_share: float  # of the places of the last seconds' adding, so that they run out before the end


FULL = Extent((1, 8, 64), 10, 20, 5, 5, 64, 0.6)
SMALL = Extent((2,), 1, 3, 3, 0, 4, 0.3)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is measured: the buyers' way, the page that counts, its name, the goal, what is bought in turn."""

    mode: str
    counted: str
    name: str
    goal: str
    products: tuple[str, ...]


LIST = Kind("list", "list", "list of 120 products, HTML for each visitor", "300/s", DAYS)
FRONT = Kind("front", "list", "the list for browsers that were never here, kept for 1 s", "the HTTP server's", DAYS)
ADD = Kind("add", "add", "add to basket", "500/s", DAYS)
ORDER = Kind("order", "whole order", "whole order, every page and form", "1,500 a minute", FOUR_DAYS)
HOLD = Kind("hold", "taken", "holds on one hot quota", "6,000 a minute, p99 1 s", HOT)


def measure_shop(bench: Bench) -> list[Figure]:
    """SQLite with one process, and PostgreSQL with two and a worker where this run was given one."""
    extent = SMALL if bench.is_small else FULL
    figures = _on_database(bench, extent, "SQLite", 1, lambda folder: f"sqlite:///{folder / 'rallygate.sqlite'}", None)
    if not os.environ.get(POSTGRES):
        missing = f"{POSTGRES} names no cluster: start this by packaging/bench"
        return [*figures, Figure("shop, PostgreSQL", "", "not measured", "", missing)]
    with fresh_database() as url:
        return figures + _on_database(bench, extent, "PostgreSQL", WEB_PROCESSES, lambda _: url, database_process(url))


def _on_database(
    bench: Bench, extent: Extent, name: str, workers: int, url_in: Callable[[Path], str], database: int | None
) -> list[Figure]:
    folder = bench.work / f"shop-{name.lower()}"
    with ground(name, folder, url_in(folder), workers, database) as shop:
        return list(_figures(bench, extent, shop))


def _figures(bench: Bench, extent: Extent, shop: Ground) -> Iterator[Figure]:
    per_s = 0.0
    for kind in (LIST, ORDER):  # a server just started has compiled no template and no statement yet
        shop.play(Load(kind.mode, 4, extent.warm_s, kind.products))
    for kind in (LIST, FRONT, ADD, ORDER):
        seconds_ = extent.order_s if kind is ORDER else extent.page_s
        for clients in extent.clients:
            bench.say(f"{shop.name}: {kind.name}, {clients} clients, {seconds_} s")
            heard = shop.play(Load(kind.mode, clients, seconds_, kind.products))
            yield _figure(shop, kind, clients, heard, heard.per_s(kind.counted))
            per_s = heard.per_s(kind.counted) if kind is ADD else per_s
        if kind is ORDER:
            yield _pages(shop, heard)
        if extent.profile_s:
            yield _profile(shop, kind, extent)
    yield _drain(bench, shop)
    yield _hot(bench, extent, shop, per_s)
    yield _books(shop)


def _figure(shop: Ground, kind: Kind, clients: int, heard: Heard, per_s: float) -> Figure:
    times = heard.times_s.get(kind.counted, [])
    if not times:
        return Figure(_what(shop, kind, clients), kind.goal, "none", "", heard.fault or "nothing was answered in time")
    found = spread(times)
    measured = f"{rate_like(kind.goal, per_s)}, p50 {found.median}"
    return Figure(_what(shop, kind, clients), kind.goal, measured, found.high, _limit(heard, len(times)))


def rate_like(goal: str, per_s: float) -> str:
    """A rate in the unit of its goal: a goal's number has a comma too, without a space behind it."""
    return f"{per_s * 60:,.0f} a minute" if goal.partition(", ")[0].endswith("minute") else f"{per_s:,.0f}/s"


def _what(shop: Ground, kind: Kind, clients: int) -> str:
    return f"{kind.name}, {clients} at once, {shop.name}"


def _limit(heard: Heard, count: int) -> str:
    """Whose CPU one of them took, and how much of the machine's cores that was in all."""
    parts = {
        "server": heard.server_cpu_s, "database": heard.database_cpu_s, "wrk": heard.client_cpu_s,
        "bank": heard.bank_cpu_s,
    }  # fmt: skip
    each = ", ".join(f"{name} {millis(used / count * 1000)}" for name, used in parts.items() if used / count > 1e-5)
    cores = ", ".join(f"{name} {used / heard.took_s:.2f}" for name, used in parts.items() if used > 0.01)
    faults = f"; {heard.faults} FAILED ({heard.fault})" if heard.faults else ""
    return f"{count:,} in {heard.took_s:.0f} s; CPU each: {each}; cores: {cores}{faults}"


def _pages(shop: Ground, heard: Heard) -> Figure:
    """Of the last run of whole orders: the slowest pages, and how many orders showed their passes at once."""
    pages = {kind: times for kind, times in heard.times_s.items() if kind not in {"whole order", "with its passes"}}
    slow = sorted(pages, key=lambda kind: -percentile(pages[kind], 99))
    named = ", ".join(f"{kind} {millis(percentile(pages[kind], 99) * 1000)}" for kind in slow[:4])
    paid, signed = len(heard.times_s.get("whole order", ())), len(heard.times_s.get("with its passes", ()))
    if not pages:
        return Figure(f"… a page or form of it, {shop.name}", "p99 1 s", "none", "", heard.fault)
    times = spread([one for times in pages.values() for one in times])
    note = f"slowest by p99: {named}; {signed} of {paid} orders showed their passes at the first look"
    return Figure(f"… a page or form of it, {shop.name}", "p99 1 s", times.median, times.high, note)


def _profile(shop: Ground, kind: Kind, extent: Extent) -> Figure:
    """Once more, watched: slower by that, so its figures count for nothing else."""
    pids = [one.pid for one in (shop.served.process, *shop.served.others)]
    watches = watch(pids, extent.profile_s, shop.folder / f"profile-{kind.mode}")
    shop.play(Load(kind.mode, 8, extent.profile_s, kind.products))
    seen = [one.end() for one in watches]
    told = [str(one) for one in seen if one is not None]
    if not told:
        return Figure(
            f"… where its time goes, {shop.name}", "", "not measured", "", "py-spy is not there, or may not look"
        )
    note = "; worker: ".join(told)
    return Figure(f"… where its time goes, {shop.name}", "", f"{extent.profile_s} s watched", "", note)


def _drain(bench: Bench, shop: Ground) -> Figure:
    """What was put off is done in the end: passes, mails with their PDF, looks at payments."""
    bench.say(f"{shop.name}: waiting until every job is done")
    waiting, took_s = shop.drain()
    mails = len(list((shop.folder / "mails").glob("*.eml")))
    fulfilled = shop.fulfilled()
    note = f"{fulfilled} paid orders, {mails} mails with PDF and calendar at the mail server"
    if fulfilled != mails:
        note += ", WHICH IS NOT ONE EACH"
    return Figure(
        f"jobs that waited after all orders, done, {shop.name}", "", f"{waiting:,} in {seconds(took_s)}", "", note
    )


def _hot(bench: Bench, extent: Extent, shop: Ground, per_s: float) -> Figure:
    """Places that run out while many want them: how fast they go, and that none goes twice."""
    places = max(10, round(per_s * extent.page_s * extent.hot_share))
    shop.set_size(HOT_QUOTA, places)
    before = shop.stock(HOT_QUOTA)
    bench.say(f"{shop.name}: {places:,} places of {HOT_QUOTA}, {extent.hot_clients} clients")
    heard = shop.play(Load(HOLD.mode, extent.hot_clients, extent.page_s, HOLD.products))
    after = shop.stock(HOT_QUOTA)
    got, refused = len(heard.times_s.get("taken", ())), len(heard.times_s.get("refused", ()))
    sold, held = after.taken - before.taken, after.standing - before.standing
    require(after.taken <= after.size, f"{HOT_QUOTA} was sold beyond its size: {after.taken} of {after.size}")
    require(sold == held, f"{HOT_QUOTA}: {sold} more are taken, but holds of {held} more stand")
    figure = _figure(shop, HOLD, extent.hot_clients, heard, got / heard.spans_s.get("taken", heard.took_s))
    counted = f"{places} places: {got} buyers got one, {sold} taken in the database, {refused} refused"
    return Figure(figure.what, figure.goal, figure.measured, figure.high, f"{counted}; {figure.note}")


def _books(shop: Ground) -> Figure:
    found = shop.services.books.audit(shop.event_id).differences
    note = "taken = holds, paid = movements, refunds, tickets issued: all proofs"
    if found:
        note = f"DIFFERENCES: {', '.join(f'{one.check} {one.subject}' for one in found[:5])}"
    return Figure(f"the books after all that, {shop.name}", "0", f"{len(found)} differences", "", note)
