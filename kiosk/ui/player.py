"""Plays our sounds. A machine without a sound device stays silent and says so once in the log."""

from __future__ import annotations

import logging
from typing import Any

from kivy.core.audio import SoundLoader

from kiosk.ui.picture import Sound
from kiosk.ui.synthesis import FOLDER

log = logging.getLogger(__name__)


class Player:
    """Loads every sound at the start, so that none is late."""

    def __init__(self) -> None:
        self._sounds: dict[Sound, Any] = {}
        self.volume = 100  # percent
        for sound in Sound:
            loaded = SoundLoader.load(str(FOLDER / f"{sound}.wav"))
            if loaded is None:
                log.warning("sound %s cannot be played: check the sound device and its volume", sound)
            else:
                self._sounds[sound] = loaded

    @property
    def works(self) -> bool:
        """Whether every sound was loaded and has a length, which it has not without a sound device."""
        return len(self._sounds) == len(Sound) and all(sound.length > 0 for sound in self._sounds.values())

    def set_volume(self, percent: int) -> None:
        """From silent (0) to as loud as the machine is (100)."""
        self.volume = percent
        for sound in self._sounds.values():
            sound.volume = percent / 100

    def play(self, sound: Sound) -> None:
        """Play it from its beginning, breaking off the one before."""
        playing = self._sounds.get(sound)
        for other in self._sounds.values():
            if other.state == "play":
                other.stop()
        if playing is not None:
            playing.play()
