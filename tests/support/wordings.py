"""All texts a buyer can read that stand in code or templates: the keys of the translation catalogues."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir

PROJECT = Path(__file__).resolve().parents[2]
ROOTS = ("shop_web", "syncserver/services", "syncserver/integrations/sandbox")
KEYWORDS = {"_": None, "text": None, "ngettext": (1, 2), "plural": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
# Column makers of the schema and SQL share the name `text`; no buyer reads them.
SILENT = ("event_file", "import_event", "event_rows")

Message = str | tuple[str, str]


def messages() -> dict[Message, str]:
    """Text, or (one, many) -> the file it stands in."""
    found: dict[Message, str] = {}
    for root in ROOTS:
        options = {"jinja2": {"silent": "false"}}
        for name, _, message, _, _ in extract_from_dir(
            str(PROJECT / root), METHODS, {"**/templates/**.html": options["jinja2"]}, keywords=KEYWORDS
        ):
            if not name.startswith(SILENT):
                key: Message = message if isinstance(message, str) else (str(message[0]), str(message[1]))
                found.setdefault(key, f"{root}/{name}")
    return found
