"""Staff accounts as an admin of an event looks after them. What an account is in other events protects it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.services.admin_names import PER_PAGE
from syncserver.services.problems import NotHere, Refused
from syncserver.services.rights import Right, Role, rights_of
from syncserver.services.staff import Member, Staff, checked_login
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import staff as store
from syncserver.stores.events import EventRow
from syncserver.stores.staff import AccountRow, ActionRow

NAME_CHARACTERS_MAX = 60
ACTIONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """An account with its roles in the event, how often it is signed in, and when it was seen last."""

    login: str
    name: str
    is_off: bool
    must_change: bool
    roles: frozenset[Role]
    sign_ins: int
    seen_ms: int | None


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A page of accounts, and what people did last."""

    accounts: tuple[ShownAccount, ...]
    actions: tuple[ActionRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account. `is_own`: the reader's; `is_ours`: its password and its being on are this event's business too."""

    account: ShownAccount
    is_own: bool
    is_ours: bool


class StaffDesk:
    """Looks after accounts."""

    def __init__(self, db: Database, clock: Clock, staff: Staff) -> None:
        self._db, self._clock, self._staff = db, clock, staff

    def page(self, event: EventRow, after: str) -> StaffPage:
        """Accounts with a role in the event, by login."""
        with self._db.read() as tx:
            rows = store.of_event(tx, event.id, after if after.isprintable() else "", PER_PAGE + 1)
            shown = tuple(self._shown(tx, event.id, row) for row in rows[:PER_PAGE])
            actions = store.latest_actions(tx, event.id, ACTIONS_SHOWN)
        return StaffPage(shown, actions, rows[PER_PAGE - 1].login if len(rows) > PER_PAGE else None)

    def one(self, reader: Member, event: EventRow, login: str) -> AccountPage:
        """One account. Raises NotHere."""
        with self._db.read() as tx:
            row = self._find(tx, event.id, login)
            shown = self._shown(tx, event.id, row)
            is_ours = self._is_ours(tx, reader, row)
        return AccountPage(shown, row.id == reader.account_id, is_ours)

    def create(self, reader: Member, actor: Actor, login: str, name: str, roles: Iterable[Role]) -> str:
        """A new account; its password, to be shown once and changed at the first sign-in. Raises BadInput, Refused."""
        folded, chosen = checked_login(login), _roles(roles)
        name = " ".join(name.split())[:NAME_CHARACTERS_MAX]
        password, hashed = self._staff.draw()
        with self._db.write() as tx:
            found = store.by_login(tx, folded)
            if found is not None and (store.roles_of(tx, found.id) or found.id == reader.account_id):
                raise BadInput(f"the login {folded} is taken: choose another")
            if found is None:
                account_id = store.add(tx, folded, name or folded, hashed, actor.now_ms, must_change=True)
            else:
                account_id = found.id
                store.set_password(tx, account_id, hashed, must_change=True)
                store.set_off(tx, account_id, is_off=False)
                store.sign_out_everywhere(tx, account_id)
            store.set_roles(tx, account_id, actor.event_id, sorted(chosen))
            record(tx, actor, Action.NEW_ACCOUNT, folded, ", ".join(sorted(chosen)))
        return password

    def set_roles(self, reader: Member, actor: Actor, login: str, roles: Iterable[Role]) -> None:
        """Other roles in this event. Raises BadInput where admins would shut themselves out."""
        chosen = _roles(roles)
        with self._db.write() as tx:
            row = self._find(tx, actor.event_id, login)
            if row.id == reader.account_id and Right.MANAGE_STAFF not in rights_of(chosen):
                raise BadInput("you cannot take the admin's role from yourself: another admin can")
            store.set_roles(tx, row.id, actor.event_id, sorted(chosen))
            record(tx, actor, Action.SET_ROLES, row.login, ", ".join(sorted(chosen)))

    def new_password(self, reader: Member, actor: Actor, login: str) -> str:
        """A fresh password, to be shown once; the account is signed out everywhere. Raises Refused, BadInput."""
        password, hashed = self._staff.draw()
        with self._db.write() as tx:
            row = self._ours(tx, reader, actor.event_id, login)
            store.set_password(tx, row.id, hashed, must_change=True)
            store.sign_out_everywhere(tx, row.id)
            record(tx, actor, Action.NEW_PASSWORD, row.login)
        return password

    def set_off(self, reader: Member, actor: Actor, login: str, *, is_off: bool) -> None:
        """Let nobody sign in with the account, or let them again. Raises Refused, BadInput."""
        with self._db.write() as tx:
            row = self._ours(tx, reader, actor.event_id, login)
            store.set_off(tx, row.id, is_off=is_off)
            if is_off:
                store.sign_out_everywhere(tx, row.id)
            record(tx, actor, Action.SWITCH_OFF if is_off else Action.SWITCH_ON, row.login)

    def sign_out(self, reader: Member, actor: Actor, login: str) -> None:
        """End every sign-in of the account. Raises Refused, BadInput."""
        with self._db.write() as tx:
            row = self._ours(tx, reader, actor.event_id, login)
            store.sign_out_everywhere(tx, row.id)
            record(tx, actor, Action.SIGN_OUT, row.login)

    @staticmethod
    def _find(tx: Connection, event_id: int, login: str) -> AccountRow:
        row = store.by_login(tx, login) if login.isprintable() else None
        if row is None or event_id not in store.roles_of(tx, row.id):
            raise NotHere("nobody of this event's staff has this login")
        return row

    def _ours(self, tx: Connection, reader: Member, event_id: int, login: str) -> AccountRow:
        row = self._find(tx, event_id, login)
        if row.id == reader.account_id:
            raise BadInput("not with your own account: change your password under your name, or ask another admin")
        if not self._is_ours(tx, reader, row):
            raise Refused("this account also works for another event, whose admins look after it")
        return row

    @staticmethod
    def _is_ours(tx: Connection, reader: Member, row: AccountRow) -> bool:
        """Whether the reader looks after the staff of every event the account works for."""
        return all(reader.may(event_id, Right.MANAGE_STAFF) for event_id in store.roles_of(tx, row.id))

    def _shown(self, tx: Connection, event_id: int, row: AccountRow) -> ShownAccount:
        names = store.roles_of(tx, row.id).get(event_id, frozenset())
        roles = frozenset(map(Role, names & set(Role)))
        count, seen_ms = store.last_seen(tx, [row.id], self._clock.now_ms()).get(row.id, (0, None))
        return ShownAccount(row.login, row.name, row.is_off, row.must_change, roles, count, seen_ms)


def _roles(roles: Iterable[Role]) -> frozenset[Role]:
    chosen = frozenset(roles)
    if not chosen:
        raise BadInput("choose one role or more; to let someone in no more, switch the account off")
    return chosen
