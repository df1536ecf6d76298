"""A camera stand: serves pictures as a motion-JPEG camera over HTTP on loopback, for tests, tour and bench.

What a person does at a gate, holding a code before the camera, is `stand.show(picture)` here. The kiosk reads it
through the same OpenCV path as a network camera. As a program: `python -m tests.support.camera_stand PICTURE...`.
"""

from __future__ import annotations

import argparse
import itertools
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import zxingcpp

from kiosk.input.frames import Image

WIDTH, HEIGHT = 1280, 720
FRAME_S = 1 / 30
JPEG_QUALITY = 85
BOUNDARY = "rallygate-frame"
CODE_SHARE = 0.62  # of the picture's height: a phone held at arm's length


class CameraStand:
    """Serves one picture thirty times a second to whoever connects, until another is shown. Use as a context."""

    def __init__(self, port: int = 0) -> None:
        self._jpeg = as_jpeg(empty_scene())
        self._paused = threading.Event()
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="camera stand", daemon=True)

    @property
    def url(self) -> str:
        """The address to give the kiosk as its camera."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/camera.mjpg"

    def show(self, picture: Image) -> None:
        """Hold this picture (height, width, 3, blue-green-red) before the camera from now on."""
        self._jpeg = as_jpeg(picture)

    def show_codes(self, *texts: str) -> None:
        """Hold a card with these QR codes side by side before the camera."""
        self.show(scene_with([draw_code(text) for text in texts]))

    def clear(self) -> None:
        """Take everything away: an empty scene."""
        self.show(empty_scene())

    def cut(self) -> None:
        """Break the stream off and refuse new ones, like a cable pulled out."""
        self._paused.set()

    def mend(self) -> None:
        """Put the cable back."""
        self._paused.clear()

    def pictures(self) -> Iterable[bytes]:
        """JPEGs in the camera's rhythm until the stand is cut or closed."""
        due_s = time.monotonic()
        while not (self._paused.is_set() or self._stopping.is_set()):
            yield self._jpeg
            due_s = max(due_s + FRAME_S, time.monotonic())
            self._stopping.wait(max(0.0, due_s - time.monotonic()))

    @property
    def is_cut(self) -> bool:
        """Whether the cable is out."""
        return self._paused.is_set()

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and let the port go."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(stand: CameraStand) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if stand.is_cut:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            try:
                for jpeg in stand.pictures():
                    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
            except ConnectionError:
                self.close_connection = True  # the kiosk hung up

        def log_message(self, *_args: object) -> None:
            """Thirty pictures a second need no access log."""

    return Handler


def as_jpeg(picture: Image) -> bytes:
    """The picture as a camera would send it."""
    done, data = cv2.imencode(".jpg", np.asarray(picture, dtype=np.uint8), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be made a JPEG: give an array of height x width x 3 bytes")
    return bytes(data.tobytes())


def draw_code(text: str) -> Image:
    """A QR code, level M, one pixel a module, black on white with its quiet zone of 4 modules."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)
    return np.pad(modules, 4, constant_values=255)


def empty_scene() -> Image:
    """A soft, dim background as of a queue out of focus; the same every time."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    waves = [70 + 38 * np.sin(x / a + y / b + c) for a, b, c in ((310, 190, 0.4), (230, 260, 2.1), (170, 330, 4.0))]
    return np.stack(waves, axis=-1).clip(0, 255).astype(np.uint8)


def scene_with(codes: list[Image]) -> Image:
    """The empty scene with a white card per code, side by side in the middle."""
    scene = empty_scene()
    side = min(round(HEIGHT * CODE_SHARE), WIDTH // max(1, len(codes)) - 40)
    left = (WIDTH - len(codes) * (side + 40) + 40) // 2
    top = (HEIGHT - side) // 2
    for code in codes:
        card = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
        scene[top : top + side, left : left + side] = np.asarray(card, dtype=np.uint8)[..., None]
        left += side + 40
    return scene


def scene_with_page(page: Image) -> Image:
    """The empty scene with a printed page (height, width, 3) held up in full height."""
    scale = (HEIGHT - 20) / page.shape[0]
    width = min(WIDTH, round(page.shape[1] * scale))
    sheet = cv2.resize(page, (width, HEIGHT - 20), interpolation=cv2.INTER_AREA)
    scene = empty_scene()
    left = (WIDTH - width) // 2
    scene[10 : HEIGHT - 10, left : left + width] = sheet
    return scene


def main() -> None:
    """Serve picture files in turn, each for some seconds, until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path, help="picture files OpenCV can read")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each picture is shown")
    options = parser.parse_args()
    with CameraStand(options.port) as stand:
        print(stand.url, flush=True)
        for path in itertools.cycle(options.pictures):
            picture = cv2.imread(str(path))
            if picture is None:
                parser.error(f"{path} is no picture OpenCV can read")
            stand.show(scene_with_page(np.asarray(picture, dtype=np.uint8)))
            time.sleep(options.seconds)


if __name__ == "__main__":
    main()
