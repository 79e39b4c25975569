"""In which order things are played."""


def in_order(tracks):
    """Tracks by folder, then by name."""
    return sorted(tracks, key=lambda track: (track.folder.lower(), track.name.lower()))


def shuffled(tracks, random):
    """Tracks in random order, but never two of one folder in a row where that can be avoided."""
    waiting = list(tracks)
    random.shuffle(waiting)
    played = []
    while waiting:
        last = played[-1].folder if played else None
        index = next((i for i, t in enumerate(waiting) if t.folder != last), 0)
        played.append(waiting.pop(index))
    return played
