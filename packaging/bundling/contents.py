"""What goes into the kiosk's bundle beyond the imports PyInstaller sees by itself. Both spec files read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

# Kivy opens a window while it is imported, also here: one that nobody sees.
os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ["KIVY_NO_ARGS"] = "1"
os.environ["KIVY_NO_CONSOLELOG"] = "1"
os.environ["KIVY_NO_FILELOG"] = "1"

from kivy.tools.packaging.pyinstaller_hooks import (
    get_deps_minimal,
    get_factory_modules,
    hookspath,
    runtime_hooks,
)
from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs

Row = tuple[str, str, str]  # PyInstaller's: name in the bundle, path here, kind

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final = ("cs", "de", "en", "fr", "it", "pl")
OWN_DATA: Final = ("*.kv", "fonts/*", "sounds/*.wav", "texts/*.json")

# Of these the kiosk imports nothing; they would come in as somebody's optional import.
UNWANTED: Final = (
    "IPython",
    "PIL",
    "_tkinter",
    "docutils",
    "kivy.uix.rst",
    "lxml",
    "matplotlib",
    "pandas",
    "pip",
    "pytest",
    "readline",
    "setuptools",
    "tkinter",
    "webauthn",
    "yaml",
)

# A tablet's graphics driver may be newer than the machine that made the bundle, and wants its own of these: with an
# older libstdc++ in the bundle Mesa does not load (pyinstaller/pyinstaller#5573). Exact names: OpenCV has private
# copies of other libraries, called libdrm-<hash>.so, that must stay.
OF_THE_SYSTEM: Final = frozenset({"libstdc++.so.6", "libgcc_s.so.1", "libGL.so.1", "libEGL.so.1", "libdrm.so.2"})


def analysis() -> dict[str, Any]:
    """Arguments of PyInstaller's Analysis."""
    found = get_deps_minimal(
        video=None, camera=None, spelling=None, audio="sdl2", clipboard="sdl2", text="sdl2", window="sdl2"
    )
    return {
        "pathex": [str(ROOT)],
        "hookspath": hookspath(),
        "runtime_hooks": [*runtime_hooks(), str(Path(__file__).with_name("bundled_libraries.py"))],
        "datas": [*_own_data(), *collect_data_files("tzdata")],
        "binaries": [*found["binaries"], *collect_dynamic_libs("pyzbar")],
        "hiddenimports": [*found["hiddenimports"], *_widgets(), "kivy.core.image.img_sdl2", "pyzbar.pyzbar", "tzdata"],
        "excludes": [*found["excludes"], *UNWANTED],
    }


def without_system_libraries(binaries: list[Row]) -> list[Row]:
    """The binaries that the bundle must bring itself."""
    return [row for row in binaries if Path(row[0]).name not in OF_THE_SYSTEM]


def without_other_languages(datas: list[Row]) -> list[Row]:
    """The data files without the locales of languages the kiosk does not speak."""
    return [row for row in datas if _is_wanted(Path(row[0]))]


def _is_wanted(path: Path) -> bool:
    if path.parent.name != "locale-data":
        return True
    return path.stem == "root" or path.stem.split("_")[0] in LANGUAGES


def _widgets() -> list[str]:
    """Modules of Kivy's widgets, which layouts name and nobody imports."""
    return [name for name in get_factory_modules() if name not in UNWANTED]


def _own_data() -> list[tuple[str, str]]:
    folder = ROOT / "kiosk" / "ui"
    paths = [path for pattern in OWN_DATA for path in sorted(folder.rglob(pattern))]
    return [(str(path), str(path.parent.relative_to(ROOT))) for path in paths]
