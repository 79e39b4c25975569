"""Where everybody stands."""


def rows(singers, width):
    """Rows from the back to the front, `width` singers in each but perhaps the first in front.

    The tallest stand behind; who is of one height goes by name.
    """
    if width < 1:
        raise ValueError("a row has a place at least")
    ordered = sorted(sorted(singers, key=lambda s: s.name), key=lambda s: s.height)
    return [
        sorted(ordered[start : start + width], key=lambda s: (s.voice, s.name))
        for start in range(0, len(ordered), width)
    ]


def hidden(stage):
    """Names of those who stand right behind a taller singer."""
    names = []
    for behind, front in zip(stage, stage[1:]):
        for singer, other in zip(behind, front):
            if other.height > singer.height:
                names.append(singer.name)
    return names
