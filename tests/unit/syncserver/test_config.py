from __future__ import annotations

from pathlib import Path

import pytest

from syncserver.config import SETTINGS, ConfigError, config_from


def test_an_empty_environment_is_a_server_in_one_folder() -> None:
    config = config_from({})
    assert config.database_url == f"sqlite:///{config.data / 'rallygate.sqlite'}"
    assert config.keys.is_relative_to(config.data)
    assert (config.listen_host, config.listen_port) == ("127.0.0.1", 8080)


def test_an_unknown_name_stops_the_start_and_is_named() -> None:
    with pytest.raises(ConfigError, match="RALLYGATE_DATBASE_URL"):
        config_from({"RALLYGATE_DATBASE_URL": "x"})


def test_settings_of_the_kiosk_and_the_tests_are_none_of_our_business() -> None:
    config_from({"RALLYGATE_KIOSK_FOLDER": "x", "RALLYGATE_TEST_POSTGRES": "y", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RALLYGATE_LISTEN", "8080"),
        ("RALLYGATE_LISTEN", "host:port"),
        ("RALLYGATE_LISTEN", "host:70000"),
        ("RALLYGATE_DATABASE_URL", "mysql://x"),
        ("RALLYGATE_PUBLIC_URL", "tickets.example.org"),
        ("RALLYGATE_ADMIN_HOST", "https://office.example.org"),
        ("RALLYGATE_ADMIN_HOST", "office.example.org/admin"),
        ("RALLYGATE_ADMIN_HOST", "127.0.0.1:9000"),
        ("RALLYGATE_SECRET_KEY", "short"),
        ("RALLYGATE_TRUSTED_PROXIES", "-1"),
        ("RALLYGATE_LIST_MINUTES", "9"),
        ("RALLYGATE_LIST_MINUTES", "1441"),
        ("RALLYGATE_LIST_MINUTES", "hourly"),
        ("RALLYGATE_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        config_from({name: value})


@pytest.mark.parametrize(("given", "minutes"), [({}, 60), ({"RALLYGATE_LIST_MINUTES": "0"}, 0)])
def test_lists_of_the_day_come_hourly_or_not_at_all(given: dict[str, str], minutes: int) -> None:
    assert config_from(given).list_minutes == minutes


def test_the_control_room_may_have_a_host_of_its_own() -> None:
    assert config_from({}).admin_host is None
    given = {"RALLYGATE_PUBLIC_URL": "https://tickets.example.org", "RALLYGATE_ADMIN_HOST": "Office.example.org"}
    assert config_from(given).admin_host == "office.example.org"


def test_a_secret_may_come_from_a_file_and_a_missing_file_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 40 + "\n")
    assert config_from({"RALLYGATE_SECRET_KEY_FILE": str(secret)}).secret_key == "s" * 40
    with pytest.raises(ConfigError, match="RALLYGATE_SECRET_KEY_FILE"):
        config_from({"RALLYGATE_SECRET_KEY_FILE": str(tmp_path / "none")})


def test_only_secrets_come_from_files() -> None:
    with pytest.raises(ConfigError, match="RALLYGATE_LISTEN_FILE"):
        config_from({"RALLYGATE_LISTEN_FILE": "x"})


def test_every_setting_says_what_it_is() -> None:
    assert all(len(what) > 20 for what in SETTINGS.values())
