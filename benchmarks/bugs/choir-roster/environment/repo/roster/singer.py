"""Who sings what."""

from dataclasses import dataclass
from enum import IntEnum


class Voice(IntEnum):
    """From left to right, as the audience sees it."""

    SOPRANO = 0
    TENOR = 1
    BASS = 2
    ALTO = 3


@dataclass(frozen=True)
class Singer:
    name: str
    voice: Voice
    height: int

    @classmethod
    def read(cls, line):
        """ "Mette A 171": name, first letter of the voice, centimetres."""
        name, letter, height = line.rsplit(maxsplit=2)
        for voice in Voice:
            if voice.name.startswith(letter.upper()):
                return cls(name, voice, int(height))
        raise ValueError(f"{line!r}: no voice {letter!r}")
