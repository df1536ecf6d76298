"""SQL of staff accounts, their roles and sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from syncserver.db.tables_staff import account_roles, accounts, sign_ins, staff_actions


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it stands."""

    id: int
    login: str
    name: str
    password: str
    is_off: bool
    must_change: bool


_COLUMNS = (
    accounts.c.id,
    accounts.c.login,
    accounts.c.name,
    accounts.c.password,
    accounts.c.is_off,
    accounts.c.must_change,
)


def by_login(tx: Connection, login: str) -> AccountRow | None:
    """The account with this case-folded login."""
    row = tx.execute(select(*_COLUMNS).where(accounts.c.login == login)).first()
    return None if row is None else AccountRow(**row._asdict())


def all_accounts(tx: Connection, limit: int) -> tuple[AccountRow, ...]:
    """Accounts by login, at most `limit`."""
    found = tx.execute(select(*_COLUMNS).order_by(accounts.c.login).limit(limit))
    return tuple(AccountRow(**row._asdict()) for row in found)


def add(tx: Connection, login: str, name: str, password: str, now_ms: int, *, must_change: bool) -> int:
    """A new account; its number. The login must be free."""
    new = insert(accounts).values(login=login, name=name, password=password, must_change=must_change, made_ms=now_ms)
    return int(tx.execute(new.returning(accounts.c.id)).scalar_one())


def set_password(tx: Connection, account_id: int, password: str, *, must_change: bool) -> None:
    """Replace the password's hash."""
    values = {"password": password, "must_change": must_change}
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(values))


def set_off(tx: Connection, account_id: int, *, is_off: bool) -> None:
    """Let nobody sign in with the account, or let them again."""
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(is_off=is_off))


def set_roles(tx: Connection, account_id: int, event_id: int, roles: Iterable[str]) -> None:
    """The roles the account has in an event, in place of those it had."""
    mine = (account_roles.c.account_id == account_id) & (account_roles.c.event_id == event_id)
    tx.execute(delete(account_roles).where(mine))
    new = [{"account_id": account_id, "event_id": event_id, "role": role} for role in roles]
    if new:
        tx.execute(insert(account_roles), new)


def roles_of(tx: Connection, account_id: int) -> dict[int, frozenset[str]]:
    """Event -> roles."""
    found: dict[int, set[str]] = {}
    wanted = select(account_roles.c.event_id, account_roles.c.role).where(account_roles.c.account_id == account_id)
    for row in tx.execute(wanted):
        found.setdefault(row.event_id, set()).add(row.role)
    return {event_id: frozenset(roles) for event_id, roles in found.items()}


def keep_sign_in(tx: Connection, token_hash: bytes, account_id: int, now_ms: int, expires_ms: int) -> None:
    """Remember a sign-in; those that are over are forgotten on the way."""
    tx.execute(delete(sign_ins).where(sign_ins.c.expires_ms <= now_ms))
    row = {"token_hash": token_hash, "account_id": account_id, "made_ms": now_ms, "seen_ms": now_ms}
    tx.execute(insert(sign_ins).values(**row, expires_ms=expires_ms))


def signed_in(tx: Connection, token_hash: bytes, now_ms: int, idle_ms: int) -> tuple[AccountRow, int] | None:
    """(account, when last seen) of a sign-in that is neither over nor idle, of an account that is on."""
    alive = (sign_ins.c.expires_ms > now_ms) & (sign_ins.c.seen_ms > now_ms - idle_ms)
    wanted = (
        select(*_COLUMNS, sign_ins.c.seen_ms)
        .join_from(sign_ins, accounts, accounts.c.id == sign_ins.c.account_id)
        .where(sign_ins.c.token_hash == token_hash, alive, accounts.c.is_off.is_(False))
    )
    row = tx.execute(wanted).first()
    return None if row is None else (AccountRow(*row[:-1]), row.seen_ms)


def seen(tx: Connection, token_hash: bytes, now_ms: int) -> None:
    """The sign-in was used now."""
    tx.execute(update(sign_ins).where(sign_ins.c.token_hash == token_hash).values(seen_ms=now_ms))


def sign_out(tx: Connection, token_hash: bytes) -> None:
    """Forget one sign-in."""
    tx.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))


def sign_out_everywhere(tx: Connection, account_id: int) -> None:
    """Forget every sign-in of an account."""
    tx.execute(delete(sign_ins).where(sign_ins.c.account_id == account_id))


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What someone did, and to what. `name` is empty for what was done by command on the server."""

    made_ms: int
    name: str
    action: str
    subject: str
    why: str


def add_action(
    tx: Connection, event_id: int, account_id: int | None, action: str, subject: str, why: str, now_ms: int
) -> None:
    """Write down who did what; no account: by command."""
    row = {"event_id": event_id, "account_id": account_id, "action": action, "subject": subject}
    tx.execute(insert(staff_actions).values(**row, why=why, made_ms=now_ms))


def latest_actions(tx: Connection, event_id: int, limit: int) -> tuple[ActionRow, ...]:
    """What was done last, the newest first."""
    c = staff_actions.c
    wanted = (
        select(c.made_ms, func.coalesce(accounts.c.name, "").label("name"), c.action, c.subject, c.why)
        .join(accounts, accounts.c.id == c.account_id, isouter=True)
        .where(c.event_id == event_id)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return tuple(ActionRow(**row._asdict()) for row in tx.execute(wanted))


def actions_on(tx: Connection, event_id: int, subject: str, limit: int) -> tuple[ActionRow, ...]:
    """What was done to one thing last, the newest first."""
    c = staff_actions.c
    wanted = (
        select(c.made_ms, func.coalesce(accounts.c.name, "").label("name"), c.action, c.subject, c.why)
        .join(accounts, accounts.c.id == c.account_id, isouter=True)
        .where(c.event_id == event_id, c.subject == subject)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return tuple(ActionRow(**row._asdict()) for row in tx.execute(wanted))


def of_event(tx: Connection, event_id: int, after: str, limit: int) -> tuple[AccountRow, ...]:
    """Accounts with a role in an event behind a login, by login."""
    mine = select(account_roles.c.account_id).where(account_roles.c.event_id == event_id)
    wanted = select(*_COLUMNS).where(accounts.c.id.in_(mine), accounts.c.login > after)
    return tuple(AccountRow(**row._asdict()) for row in tx.execute(wanted.order_by(accounts.c.login).limit(limit)))


def last_seen(tx: Connection, account_ids: Iterable[int], now_ms: int) -> dict[int, tuple[int, int]]:
    """Account -> (sign-ins that are not over, when last seen)."""
    c = sign_ins.c
    wanted = select(c.account_id, func.count(), func.max(c.seen_ms)).where(
        c.account_id.in_(list(account_ids)), c.expires_ms > now_ms
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in tx.execute(wanted.group_by(c.account_id))}
