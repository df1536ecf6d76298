"""The composition root: builds every service once and mounts every blueprint. The only module that knows everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from common.clock import Clock, SystemClock
from common.errors import BadInput
from common.signing import read_private_file
from shop_web.blueprint import add_shop
from syncserver.admin.blueprint import add_admin
from syncserver.api.decide import decide_blueprint
from syncserver.api.errors import register_errors
from syncserver.api.health import health_blueprint
from syncserver.api.sync import SyncServices, sync_blueprint
from syncserver.background import Background, Loop
from syncserver.config import ServerConfig
from syncserver.db.engine import Database
from syncserver.integrations.sandbox.provider import SandboxProvider
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.own_host import keep_apart
from syncserver.pages_first import PagesFirst, lowered
from syncserver.services.admin import Admin, AdminParts, make_admin
from syncserver.services.admin_overview import Surroundings
from syncserver.services.answers import AnswerBook
from syncserver.services.badges import Badges
from syncserver.services.books import Books
from syncserver.services.carry import CarryDesk, CarryParts
from syncserver.services.conflict_news import ConflictNews
from syncserver.services.day_lists import DayLists
from syncserver.services.decider import Decider
from syncserver.services.enrol import Enrol
from syncserver.services.evidence import Evidence
from syncserver.services.exchange import Exchange
from syncserver.services.forks import Forks
from syncserver.services.health import Health
from syncserver.services.housekeeping import Errands, Housekeeping
from syncserver.services.import_journal import JournalImport
from syncserver.services.ingest import Ingest
from syncserver.services.key_rotation import KeyRotation
from syncserver.services.keys import KeyStore
from syncserver.services.known_events import KnownEvents
from syncserver.services.online import Online
from syncserver.services.override_reasons import OverrideReasons
from syncserver.services.passes import SignedPasses
from syncserver.services.payment_provider import PaymentProvider
from syncserver.services.picture_sizes import PictureSizes
from syncserver.services.pictures import Pictures
from syncserver.services.postbox import SmtpPostbox, SmtpSettings
from syncserver.services.projector import Projector
from syncserver.services.proofs import Proofs
from syncserver.services.scribe import Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.shop import Outside, Shop, make_shop
from syncserver.services.simulator import Simulator
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.services.snapshot_jobs import snapshot_handlers
from syncserver.services.snapshot_queue import SNAPSHOT_QUEUE
from syncserver.services.staff import Staff
from syncserver.whole_answer import WholeAnswer

MAILS = "mails"  # the loop that gives way to pages
SCRIBE_IDLE_S = 0.05  # somebody who has just paid looks at a page that waits for the passes
REQUEST_BYTES_MAX = 1024 * 1024  # what no view raises for itself


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the server can do, built once per process."""

    config: ServerConfig
    clock: Clock
    db: Database
    keys: KeyStore
    scribe: Scribe
    projector: Projector
    known: KnownEvents
    ingest: Ingest
    evidence: Evidence
    exchange: Exchange
    enrol: Enrol
    badges: Badges
    rotation: KeyRotation
    journals: JournalImport
    carry: CarryDesk
    snapshots: SnapshotBuilder
    books: Books
    housekeeping: Housekeeping
    shop: Shop
    admin: Admin
    health: Health
    online: Online
    pages: PagesFirst
    secret: bytes

    def workers(self) -> dict[str, Worker]:
        """One worker per kind of work, so that a slow mail server delays no statement."""
        shop, handlers, give_way = self.shop, self.shop.handlers(), self.pages.wait
        mails = Worker(self.db, self.clock, shop.unasked, handlers, give_way=give_way)
        return {
            "scribe": Worker(self.db, self.clock, [SCRIBE_QUEUE], scribe_handlers(self.scribe), SCRIBE_IDLE_S),
            "shop": Worker(self.db, self.clock, shop.awaited, handlers),
            **({MAILS: mails} if shop.unasked else {}),
            "snapshots": Worker(self.db, self.clock, [SNAPSHOT_QUEUE], snapshot_handlers(self.snapshots)),
        }

    def background(self, *, is_apart: bool = False) -> Background:
        """All loops that run beside the web; `is_apart`: in a process of their own."""
        loops: dict[str, Loop] = {name: worker.run for name, worker in self.workers().items()}
        if is_apart and MAILS in loops:
            loops[MAILS] = lowered(loops[MAILS])
        own: dict[str, Loop] = {"housekeeping": self.housekeeping.run, "books": self.books.run}
        return Background({**loops, "projector": self.projector.run, **own})


def make_services(config: ServerConfig, clock: Clock | None = None) -> Services:
    """The real parts. Raises BadInput where the server was not set up with `rallygate-server init`."""
    clock = clock or SystemClock()
    secret = session_secret(config)
    db, keys = Database(config.database_url), KeyStore(config.keys)
    known, scribe = KnownEvents(db, clock), Scribe(clock, keys)
    projector = Projector(db, clock, keys)
    ingest, evidence = Ingest(db, clock, known), Evidence(db, clock, config.snapshots)
    builder = SnapshotBuilder(db, clock, keys, config.snapshots, config.backups)
    lists = DayLists(db, clock, config.list_minutes)
    errands = Errands(Proofs(db, scribe), ConflictNews(db, scribe), Forks(db), PictureSizes(db), lists)
    enrol = Enrol(db, clock, scribe, config.public_url, config.versions)
    simulator = Simulator(Decider(db, keys, known))
    sticks = CarryParts(known, ingest, evidence, enrol, projector, builder, keys, config.snapshots)
    shop, books = _shop(config, clock, db, keys, secret), Books(db, clock)
    office = AdminParts(
        staff=Staff(db, clock, secret),
        scribe=scribe,
        enrol=enrol,
        ingest=ingest,
        known=known,
        orders=shop.orders,
        catalogues=shop.catalogues,
        returns=shop.returns,
        changes=shop.changes,
        books=books,
        passes=SignedPasses(db, keys),
        around=_surroundings(config, keys),
        simulator=simulator,
        answers=AnswerBook(db, keys),
        reasons=OverrideReasons(keys),
        public_url=config.public_url,
        secret=secret,
    )
    return Services(
        config=config,
        clock=clock,
        db=db,
        keys=keys,
        scribe=scribe,
        projector=projector,
        known=known,
        ingest=ingest,
        evidence=evidence,
        exchange=Exchange(db, clock, keys, known, ingest, evidence, config.versions),
        enrol=enrol,
        badges=Badges(db, clock, scribe),
        rotation=KeyRotation(db, clock, keys),
        journals=JournalImport(clock, known, ingest, projector),
        carry=CarryDesk(db, clock, sticks),
        snapshots=builder,
        books=books,
        housekeeping=Housekeeping(db, clock, keys, errands, builder, config.snapshots),
        shop=shop,
        admin=make_admin(db, clock, office),
        health=Health(db, keys, (config.data, config.snapshots, config.backups)),
        online=Online(db, clock, keys, known, simulator, config.versions),
        pages=PagesFirst(),
        secret=secret,
    )


def _surroundings(config: ServerConfig, keys: KeyStore) -> Surroundings:
    has_mail, has_provider = config.smtp_url is not None, bool(_providers(config))
    return Surroundings(keys, config.backups, has_mail, has_provider, config.list_minutes)


def session_secret(config: ServerConfig) -> bytes:
    """The secret that signs cookies and links."""
    if config.secret_key is not None:
        return config.secret_key.encode()
    if not config.session_secret.exists():
        raise BadInput(f"{config.session_secret}: no secret yet; run `rallygate-server init` once")
    return read_private_file(config.session_secret)


def _shop(config: ServerConfig, clock: Clock, db: Database, keys: KeyStore, secret: bytes) -> Shop:
    postbox = None
    if config.smtp_url is not None:
        postbox = SmtpPostbox(SmtpSettings(config.smtp_url, config.smtp_user, config.smtp_password), clock)
    outside = Outside(
        public_url=config.public_url,
        secret=secret,
        providers=_providers(config),
        passes=SignedPasses(db, keys),
        postbox=postbox,
    )
    return make_shop(db, clock, outside)


def _providers(config: ServerConfig) -> Mapping[str, PaymentProvider]:
    if config.sandbox_url is None or config.sandbox_secret is None:
        return MappingProxyType({})
    return {"sandbox": SandboxProvider(config.sandbox_url, config.sandbox_secret)}


def create_app(config: ServerConfig, services: Services | None = None, *, testing: bool = False) -> Flask:
    """The whole web application: sync API, shop, admin, health."""
    services = services or make_services(config)
    app = Flask("rallygate", static_folder=None)
    app.response_class = WholeAnswer
    app.testing = testing
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_MAX
    app.config["MAX_FORM_PARTS"] = 500
    app.extensions["rallygate"] = services
    app.wsgi_app = services.pages.counting(app.wsgi_app)  # type: ignore[assignment, method-assign]
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    register_errors(app)
    app.register_blueprint(health_blueprint(services.health))
    pictures = Pictures(services.db)
    sync = SyncServices(
        services.enrol, services.exchange, services.evidence, config.snapshots, pictures, config.versions
    )
    app.register_blueprint(sync_blueprint(sync))
    app.register_blueprint(decide_blueprint(services.online))
    add_shop(app, services.shop)
    add_admin(app, services.admin)
    app.before_request(_refuse_odd_paths)
    if config.admin_host is not None:
        keep_apart(app, config.admin_host)
    return app


def _refuse_odd_paths() -> None:
    """A NUL in a path reaches no database: PostgreSQL would answer with an error of its own."""
    if "\x00" in request.path:
        raise BadInput("the address has a character that no address has")
