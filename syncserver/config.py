"""The server's settings: one frozen object, read once from the environment.

Every name begins with RALLYGATE_. A secret may come from a file instead: <NAME>_FILE holds its path.
A name that is not known stops the start, because a misspelt setting is a setting that silently does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from common.errors import UserFacing
from common.versions import OURS, Versions

PREFIX = "RALLYGATE_"
# Settings of our other programs and of the tests, which may stand in the same environment.
FOREIGN = (
    "RALLYGATE_KIOSK_",
    "RALLYGATE_TEST_",
    "RALLYGATE_DEMO_",
    "RALLYGATE_SHARED",
    "RALLYGATE_REQUIRE_ALL",
    "RALLYGATE_VENV",
    "RALLYGATE_PYTHON",
    "RALLYGATE_SEED",
    "RALLYGATE_WORKERS",
    "RALLYGATE_PLANTED",
)
SECRETS = ("RALLYGATE_SECRET_KEY", "RALLYGATE_SANDBOX_SECRET", "RALLYGATE_SMTP_PASSWORD", "RALLYGATE_DATABASE_URL")
SETTINGS = {
    "RALLYGATE_DATA": "folder for everything the server keeps (default: rallygate-data in the current folder)",
    "RALLYGATE_DATABASE_URL": "sqlite:///file or postgresql://user@host/name (default: a file in the data folder)",
    "RALLYGATE_KEYS": "folder of the signing keys, never in a database backup (default: keys in the data folder)",
    "RALLYGATE_BACKUPS": "folder of backups (default: backups in the data folder)",
    "RALLYGATE_PUBLIC_URL": "address under which buyers and kiosks reach the server (default: http://127.0.0.1:8080)",
    "RALLYGATE_ADMIN_HOST": "host name of the control room, name or name:port, apart from the shop's (default: any)",
    "RALLYGATE_LISTEN": "host:port to listen on (default: 127.0.0.1:8080)",
    "RALLYGATE_SECRET_KEY": "signs cookies, 32 characters or more (default: made at init, in the keys folder)",
    "RALLYGATE_SMTP_URL": "smtp://host:port or smtps://host:port; without it mails wait in the queue",
    "RALLYGATE_SMTP_USER": "user at the mail server",
    "RALLYGATE_SMTP_PASSWORD": "password at the mail server",
    "RALLYGATE_SANDBOX_URL": "address of the sandbox payment gateway; without it nothing can be paid with it",
    "RALLYGATE_SANDBOX_SECRET": "secret shared with the sandbox payment gateway",
    "RALLYGATE_TRUSTED_PROXIES": "how many proxies before the server set X-Forwarded-For (default: 0)",
    "RALLYGATE_LIST_MINUTES": "minutes between ticket lists while points are open, 10 to 1440; 0: none (default: 60)",
    "RALLYGATE_LOG_LEVEL": "debug, info, warning or error (default: info)",
}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?")
LOG_LEVELS = ("debug", "info", "warning", "error")


class ConfigError(UserFacing):
    """A setting is unknown, missing or wrong; the text names it."""


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where things are and whom to talk to."""

    data: Path
    database_url: str
    keys: Path
    backups: Path
    public_url: str = "http://127.0.0.1:8080"
    admin_host: str | None = None  # None: on every host, beside the shop
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    secret_key: str | None = None  # None: the one `init` made in the keys folder
    smtp_url: str | None = None
    smtp_user: str | None = None
    smtp_password: str | None = None
    sandbox_url: str | None = None
    sandbox_secret: str | None = None
    trusted_proxies: int = 0
    list_minutes: int = 60  # between snapshots on days of redemption, where something was sold; 0: none
    log_level: str = "info"
    versions: Versions = OURS  # what is spoken with kiosks; another only to try what an upgrade does

    @property
    def snapshots(self) -> Path:
        """Folder of snapshot files, each named by its SHA-256."""
        return self.data / "snapshots"

    @property
    def pictures(self) -> Path:
        """Folder of pictures, each named by its SHA-256."""
        return self.data / "pictures"

    @property
    def session_secret(self) -> Path:
        """The file that holds the cookie secret where the environment gives none."""
        return self.keys / "session.secret"


def config_for(data: Path, **more: object) -> ServerConfig:
    """Settings with everything below one folder: for tests, the demo and a first look."""
    defaults = {"data": data, "database_url": f"sqlite:///{data / 'rallygate.sqlite'}"}
    places = {"keys": data / "keys", "backups": data / "backups"}
    return ServerConfig(**{**defaults, **places, **more})  # type: ignore[arg-type]


def config_from(environ: Mapping[str, str]) -> ServerConfig:
    """The settings in an environment. Raises ConfigError naming the first variable that is wrong."""
    given = _given(environ)
    data = Path(given.get("RALLYGATE_DATA", "rallygate-data")).absolute()
    host, port = _listen(given.get("RALLYGATE_LISTEN", "127.0.0.1:8080"))
    public_url = _address("RALLYGATE_PUBLIC_URL", given.get("RALLYGATE_PUBLIC_URL", f"http://{host}:{port}"))
    return ServerConfig(
        data=data,
        database_url=_database(given.get("RALLYGATE_DATABASE_URL", f"sqlite:///{data / 'rallygate.sqlite'}")),
        keys=Path(given.get("RALLYGATE_KEYS", data / "keys")).absolute(),
        backups=Path(given.get("RALLYGATE_BACKUPS", data / "backups")).absolute(),
        public_url=public_url,
        admin_host=_other_host("RALLYGATE_ADMIN_HOST", given.get("RALLYGATE_ADMIN_HOST"), public_url),
        listen_host=host,
        listen_port=port,
        secret_key=_long_secret(given.get("RALLYGATE_SECRET_KEY")),
        smtp_url=given.get("RALLYGATE_SMTP_URL"),
        smtp_user=given.get("RALLYGATE_SMTP_USER"),
        smtp_password=given.get("RALLYGATE_SMTP_PASSWORD"),
        sandbox_url=_optional_address("RALLYGATE_SANDBOX_URL", given.get("RALLYGATE_SANDBOX_URL")),
        sandbox_secret=given.get("RALLYGATE_SANDBOX_SECRET"),
        trusted_proxies=_count("RALLYGATE_TRUSTED_PROXIES", given.get("RALLYGATE_TRUSTED_PROXIES", "0")),
        list_minutes=_minutes("RALLYGATE_LIST_MINUTES", given.get("RALLYGATE_LIST_MINUTES", "60")),
        log_level=_one_of("RALLYGATE_LOG_LEVEL", given.get("RALLYGATE_LOG_LEVEL", "info"), LOG_LEVELS),
    )


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name.startswith(FOREIGN):
            continue
        plain = name.removesuffix("_FILE")
        if name in SETTINGS:
            given[name] = value
        elif plain in SECRETS and name.endswith("_FILE"):
            given[plain] = _read_secret(name, Path(value))
        else:
            raise ConfigError(f"{name}: no such setting; known are {', '.join(SETTINGS)} (and _FILE for secrets)")
    return {name: value for name, value in given.items() if value}


def _read_secret(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{name}: cannot read {path}: {fault}") from fault


def _listen(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise ConfigError(f"RALLYGATE_LISTEN: {value!r} is not host:port, like 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _database(value: str) -> str:
    scheme = urlsplit(value).scheme.partition("+")[0]
    if scheme == "postgres":
        return _database(value.replace("postgres://", "postgresql://", 1))
    if scheme not in {"sqlite", "postgresql"}:
        raise ConfigError("RALLYGATE_DATABASE_URL: must begin with sqlite:/// or postgresql://")
    try:
        name = make_url(value).database
    except (ArgumentError, ValueError) as fault:  # their words may hold the password
        raise ConfigError("RALLYGATE_DATABASE_URL: not of the form postgresql://user@host:port/name") from fault
    if scheme == "sqlite" and name in {None, "", ":memory:"}:
        raise ConfigError("RALLYGATE_DATABASE_URL: name a file, sqlite:////path/of/file; in memory it would be lost")
    return value


def _address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigError(f"{name}: {value!r} is no address like https://tickets.example.org")
    return value.rstrip("/")


def _optional_address(name: str, value: str | None) -> str | None:
    return None if value is None else _address(name, value)


def _other_host(name: str, value: str | None, public_url: str) -> str | None:
    if value is None:
        return None
    if not _HOST.fullmatch(value.lower()):
        raise ConfigError(f"{name}: {value!r} is no host name like office.example.org")
    if value.lower().partition(":")[0] == urlsplit(public_url).hostname:
        raise ConfigError(f"{name}: {value!r} is the shop's host; name another one, or leave it out")
    return value.lower()


def _long_secret(value: str | None) -> str | None:
    if value is not None and len(value) < 32:
        raise ConfigError("RALLYGATE_SECRET_KEY: shorter than 32 characters; make one with: openssl rand -hex 32")
    return value


def _count(name: str, value: str) -> int:
    if not value.isdigit() or int(value) > 10:
        raise ConfigError(f"{name}: {value!r} is no number from 0 to 10")
    return int(value)


def _minutes(name: str, value: str) -> int:
    if value != "0" and (not value.isdecimal() or len(value) > 4 or not 10 <= int(value) <= 1440):
        raise ConfigError(f"{name}: {value!r} is neither 0 nor a number of minutes from 10 to 1440")
    return int(value)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"{name}: {value!r} is none of {', '.join(allowed)}")
    return value
