"""The gate of the tour: a kiosk's window on a screen nobody sees, and a camera before which things are held."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Pictures
from Xlib import X, display

from kiosk.input.frames import Image
from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from story.kiosks import unseen, window_kiosk
from story.processes import NotAsTold, Program, wait_until
from tests.support.camera_stand import CameraStand, scene_with_page
from tests.support.virtual_screen import VirtualScreen

START_SECONDS_MAX = 60.0
VERDICT_SECONDS_MAX = 10.0
ADMIT, REFUSE = Colour.GREEN, Colour.RED


class Gate:
    """One gate. `close()` may be called twice."""

    def __init__(self, folder: Path, log: Path, pictures: Path) -> None:
        self._pictures = pictures
        self._screen = VirtualScreen().__enter__()
        self._camera = CameraStand().__enter__()
        self.kiosk: Program = window_kiosk(
            folder, self._camera.url, log, {"DISPLAY": self._screen.name, **unseen(folder)}
        )
        self._is_open = True

    def start(self) -> None:
        """Open the kiosk's window and wait until it shows something."""
        self.kiosk.start()
        wait_until("the kiosk's window opens", self._shows_something, START_SECONDS_MAX)

    def hold(self, page: Image, expected: Colour, picture: str) -> float:
        """Hold a page before the camera; seconds until the screen has the verdict's colour. Raises NotAsTold."""
        self._camera.show(scene_with_page(page))
        try:
            took_s = self._screen.wait_for(VERDICT_HEX[expected], VERDICT_SECONDS_MAX)
        except TimeoutError as error:
            self.photograph("unexpected")
            raise NotAsTold(f"the gate's screen did not turn {expected.value}: {error}\n{self.kiosk.tail()}") from error
        self.photograph(picture)
        return took_s

    def clear(self) -> None:
        """Take the page away and wait until the screen is ready for the next one."""
        self._camera.clear()
        colours = {VERDICT_HEX[colour] for colour in Colour}
        wait_until("the screen is ready for the next one", lambda: self._shown() not in colours, 40)

    def photograph(self, name: str) -> Path:
        """Keep what the screen shows as a picture."""
        connection = display.Display(self._screen.name)
        try:
            root = connection.screen().root
            size = root.get_geometry()
            data = root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF).data
        finally:
            connection.close()
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / f"{name}.png"
        Pictures.frombytes("RGB", (size.width, size.height), data, "raw", "BGRX").save(path)
        return path

    def close(self) -> None:
        """Close window, camera and screen."""
        if self._is_open:
            self._is_open = False
            self.kiosk.stop()
            self._camera.__exit__(None, None, None)
            self._screen.__exit__(None, None, None)

    def _shown(self) -> str:
        red, green, blue = self._screen.pixel()
        return f"#{red:02x}{green:02x}{blue:02x}"

    def _shows_something(self) -> bool:
        if not self.kiosk.is_running:
            raise NotAsTold(f"the gate's kiosk ended at its start. It said last:\n{self.kiosk.tail()}")
        return self._shown() != "#000000"
