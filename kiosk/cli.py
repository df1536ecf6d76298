"""`rallygate-kiosk`: the window, the headless kiosk, enrolment, status, and the journal taken out."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from common.clock import Clock, SystemClock
from common.enrolment import EnrolmentFault, parse_enrolment, typed_enrolment
from common.errors import BadInput, UserFacing
from common.keys import grouped_hex
from common.scan_text import is_whole
from kiosk.config import PREFIX, KioskConfig, from_environment
from kiosk.export import export_journal
from kiosk.front import Front, open_front
from kiosk.headless import Headless, serve
from kiosk.input.serial_port import SerialPort
from kiosk.joining import Joining
from kiosk.machine.names import host_name
from kiosk.machine.processes import when_told_to_end
from kiosk.pauses import settle
from kiosk.practice.samples import Sample
from kiosk.root import Options
from kiosk.store.enrolled import read_enrolled
from kiosk.store.folder import Folder
from kiosk.store.liking import read_liking
from kiosk.store.salvage import missing_words
from kiosk.support import log_to_folder, write_bundle
from kiosk.sync.exchange import VERSION

_EPILOG = f"""\
Every option can be given by an environment variable too: {PREFIX}FOLDER, {PREFIX}CAMERA, {PREFIX}SERVER,
{PREFIX}LANGUAGE, {PREFIX}NAME, {PREFIX}FULLSCREEN, {PREFIX}MIRRORED,
{PREFIX}SERIAL. An option wins over its variable. Variables alone: {PREFIX}BAUD,
{PREFIX}PREFIX, {PREFIX}SUFFIX, {PREFIX}TORCH, {PREFIX}BRIGHTNESS
(docs/tablets.md says what they take); and for kiosks of one LAN {PREFIX}PEER_LISTEN (host:port, empty for
no open port), {PREFIX}PEERS (host:port,...) and {PREFIX}PEER_DISCOVERY (yes or no).
For a turnstile {PREFIX}TURNSTILE (a command, an http(s) address or a line below /dev/) and
{PREFIX}TURNSTILE_METHOD, _HEADER, _OPENS, _PASSED, _NOBODY, _BAUD, _TIMEOUT_S, _PASS_S and _TRIES
(docs/tablets.md says what they take).
The folder holds the device's key and journal: it belongs to one event, and is never copied to another device."""

_OPTIONS = ("folder", "camera", "server", "language", "name", "serial")


def main(arguments: Sequence[str] | None = None, options: Options | None = None) -> int:
    """Run a command; 0 if it worked, 1 if a person must do something, 2 for a wrong command line.

    `options` are what a test replaces; the real parts by default.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    told = logging.StreamHandler(sys.stderr)
    told.setLevel(logging.INFO if given.verbose else logging.WARNING)
    logging.basicConfig(level=logging.WARNING, handlers=[told])
    logging.getLogger("rallygate").setLevel(logging.INFO)
    try:
        overrides = {name: getattr(given, name, None) for name in _OPTIONS}
        config = from_environment(overrides)
        status: int = given.command(config, given, options or _options(config))
    except UserFacing as error:
        print(f"rallygate-kiosk: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rallygate-kiosk",
        description="The kiosk at a gate or stand: decides offline, keeps a journal, exchanges when it can.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--verbose", action="store_true", help="say on standard error what sync does")
    parser.add_argument("--version", action="version", version=f"rallygate-kiosk {VERSION}")
    parser.add_argument("--folder", help="of key, journal and snapshots (default: ~/.local/share/rallygate-kiosk)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="open the window: enrol, scan, verdict, status")
    run.add_argument("--camera", help="number, file or address of the camera; empty for none (default: 0)")
    run.add_argument("--language", help="of the screen: cs, en, de, fr, it or pl (default: en)")
    _add_serial(run)
    run.set_defaults(command=_run)
    headless = commands.add_parser("headless", help="a scanned text or JSON command per line in, a JSON answer out")
    _add_serial(headless)
    headless.set_defaults(command=_headless)
    enrol = commands.add_parser("enrol", help="join an event with a one-time code")
    enrol.add_argument("--text", help="the digits of the enrolment code's QR")
    enrol.add_argument("--server", help="the server's address, for a code typed by hand")
    enrol.add_argument("--code", help="the one-time code")
    enrol.add_argument("--name", help="what people call this device (default: the machine's name)")
    enrol.add_argument("--thumbprint", help="the event's root thumbprint, compared instead of asking")
    enrol.add_argument(
        "--file", type=Path, help="join without a network: a carry file that goes to the server and comes back"
    )
    enrol.set_defaults(command=_enrol)
    carry = commands.add_parser("carry", help="take what a carry file brings, and add what this kiosk has for others")
    carry.add_argument("file", type=Path, help="on the stick; made if it is not there")
    carry.set_defaults(command=_carry)
    status = commands.add_parser("status", help="how this kiosk stands, as JSON")
    status.set_defaults(command=_status)
    export = commands.add_parser("export-journal", help="write all own entries to a file for the server to read in")
    export.add_argument("file", type=Path, help="a new file")
    export.set_defaults(command=_export)
    bundle = commands.add_parser(
        "support-bundle", help="logs, versions and counts in one file: nothing of people or keys"
    )
    bundle.add_argument("file", type=Path, help="a new .zip file")
    bundle.set_defaults(command=_bundle)
    sheet = commands.add_parser("practice-sheet", help="print-out of the sample passes for practice mode")
    sheet.add_argument("--out", type=Path, required=True, help="a file that ends with .pdf or .png")
    sheet.add_argument("--language", help="of its words: cs, en, de, fr, it or pl (default: en)")
    sheet.set_defaults(command=_sheet)
    return parser


def _add_serial(command: argparse.ArgumentParser) -> None:
    command.add_argument("--serial", metavar="LINE", help="of a serial scanner, for example /dev/ttyACM0")


def _run(config: KioskConfig, _given: argparse.Namespace, options: Options) -> int:
    # Kivy opens a window while it is imported: only this command may do that.
    from kiosk.ui.launch import ScreenSettings, run  # noqa: PLC0415

    folder, clock = _folder(config), options.clock
    log_to_folder(folder)
    joining = _joining(config, options)
    front = open_front(folder, options) if read_enrolled(folder) is not None else None
    if front is not None:
        front.start()
    settings = ScreenSettings(
        folder.path,
        config.camera or None,
        config.mirrored,
        config.language,
        config.framing,
        config.fullscreen,
        serial=config.serial,
        baud=config.baud,
        lights=config.lights,
        liking=read_liking(folder),
    )
    try:
        run(settings, clock, front, joining)
    finally:
        _close([*joining.opened, *([] if front is None else [front])])
    return 0


def _headless(config: KioskConfig, _given: argparse.Namespace, options: Options) -> int:
    when_told_to_end(_stop, by_keyboard=False)
    folder, clock = _folder(config), options.clock
    log_to_folder(folder)
    joining = _joining(config, options)
    front = open_front(folder, options) if read_enrolled(folder) is not None else None
    if front is not None:
        front.start()
    headless = Headless(front, joining, clock, config.lights)
    settle()
    scanner = _scanner(config, headless, clock)
    try:
        was_asked_to_quit = serve(headless, sys.stdin.buffer, _write_line)
        if scanner is not None and not was_asked_to_quit:
            threading.Event().wait()  # a service has no standard input: it scans on until a signal comes
    finally:
        if scanner is not None:
            scanner.stop()
        _close([] if headless.front is None else [headless.front])
    return 0


def _scanner(config: KioskConfig, headless: Headless, clock: Clock) -> SerialPort | None:
    """The serial scanner, reading already."""
    if not config.serial:
        return None
    take = headless.take_from(_write_line)
    port = SerialPort(config.serial, config.baud, clock, take, config.framing, is_whole)
    port.start()
    return port


def _stop() -> None:
    raise KeyboardInterrupt


def _write_line(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _enrol(config: KioskConfig, given: argparse.Namespace, options: Options) -> int:
    joining = _joining(config, options)
    found = parse_enrolment(given.text) if given.text else typed_enrolment(config.server, given.code or "")
    if isinstance(found, EnrolmentFault):
        raise BadInput(f"no enrolment ({found.value}): give --text with the code's digits, or --server and --code")
    offer = joining.enrol(found) if given.file is None else joining.enrol_by_file(found, given.file)
    if offer is None:
        print(
            f"{given.file} asks the server to take this kiosk in; there, run: rallygate-server carry {given.file.name}"
        )
        print("then bring the file back and run this command once more")
        return 0
    if offer.must_compare and not _is_confirmed(offer.thumbprint, given.thumbprint):
        raise BadInput("the thumbprint was not confirmed; nothing was kept. Compare it with the one in the admin")
    front = joining.accept(offer)
    trouble = front.sync.state.trouble
    if given.file is not None:
        trouble = "" if front.carry(given.file).took_snapshot else "the file brings none"
    front.close()
    print(f"joined as {offer.device}; root thumbprint {grouped_hex(offer.thumbprint)}")
    if trouble:
        print(f"the snapshot comes later: {trouble}", file=sys.stderr)
    return 0


def _is_confirmed(thumbprint: bytes, given: str | None) -> bool:
    if given is not None:
        return given.replace(" ", "").lower() == thumbprint.hex()
    if not sys.stdin.isatty():
        return False
    print(f"The server's root thumbprint is\n  {grouped_hex(thumbprint)}")
    return input("Is it the one the admin shows? Type yes: ").strip().lower() == "yes"


def _status(config: KioskConfig, _given: argparse.Namespace, options: Options) -> int:
    front = open_front(_folder(config), options)
    try:
        answer = Headless(front, _joining(config, options), front.kiosk.clock).answer(b'{"do":"status"}')
    finally:
        front.close()
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


def _export(config: KioskConfig, given: argparse.Namespace, _options: Options) -> int:
    done = export_journal(_folder(config), given.file)
    print(f"{done.count} entries written to {given.file}")
    if done.damaged is not None:
        print(
            f"the journal is damaged: {missing_words(done.damaged)} missing; what could be read is in {given.file}",
            file=sys.stderr,
        )
    return 0


def _bundle(config: KioskConfig, given: argparse.Namespace, _options: Options) -> int:
    size = write_bundle(_folder(config), config, given.file)
    print(f"{given.file}: {size} bytes. It holds no names, keys or passes; send it to whoever helps you")
    return 0


def _sheet(config: KioskConfig, given: argparse.Namespace, _options: Options) -> int:
    from kiosk.ui.practice_sheet import write_sheet  # noqa: PLC0415 - drawing it loads what no other command needs

    write_sheet(given.out, config.language)
    print(f"{given.out}: {len(Sample)} sample passes. They are good in practice mode alone; nobody is admitted by them")
    return 0


def _carry(config: KioskConfig, given: argparse.Namespace, options: Options) -> int:
    front = open_front(_folder(config), options)
    try:
        done = front.carry(given.file)
    finally:
        front.close()
    snapshot = ", a newer snapshot" if done.took_snapshot else ""
    print(f"taken: {done.new} entries{snapshot}; added: {done.added} entries")
    if not done.is_whole:
        print(f"{given.file} had been cut short or changed; what was genuine in it was taken", file=sys.stderr)
    if done.waits:
        print(f"{done.waits} entries of one device wait: it wrote too many; they stay in the file", file=sys.stderr)
    return 0


def _options(config: KioskConfig) -> Options:
    return Options(SystemClock(), peers=config.peer_settings(), turnstile=config.turnstile_settings())


def _folder(config: KioskConfig) -> Folder:
    return Folder(config.folder)


def _joining(config: KioskConfig, options: Options) -> Joining:
    name = (config.name or host_name() or "kiosk")[:60]
    return Joining(_folder(config), name, options)


def _close(fronts: list[Front]) -> None:
    for front in fronts:
        front.close()


if __name__ == "__main__":
    sys.exit(main())
