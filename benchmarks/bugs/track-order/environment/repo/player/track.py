from dataclasses import dataclass

KINDS = (".ogg", ".flac", ".mp3")


@dataclass(frozen=True)
class Track:
    folder: str
    name: str
    kind: str

    @classmethod
    def of(cls, path):
        """A track by its path; ValueError when it is not a recording."""
        folder, _, file = path.rpartition("/")
        name, dot, kind = file.rpartition(".")
        if not name or dot + kind.lower() not in KINDS:
            raise ValueError(f"not a recording: {path}")
        return cls(folder, name, kind.lower())

    @property
    def title(self):
        """The name without the number in front."""
        return self.name.lstrip("0123456789 ._-") or self.name
