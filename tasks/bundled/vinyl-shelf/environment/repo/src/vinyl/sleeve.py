"""The back of the sleeve."""

from vinyl.lengths import length

WIDTH = 30


def sleeve(record):
    """Both sides with their tracks and lengths, and the length of the whole."""
    lines = [f"{record.artist}: {record.title} ({record.year})"]
    for name, tracks in record.sides.items():
        lines.append(f"Side {name}")
        for number, track in enumerate(tracks, start=1):
            lines.append(_dotted(f"{number} {track.title}", length(track.seconds)))
    lines.append(_dotted("all", length(record.seconds())))
    return "\n".join(lines)


def _dotted(left, right):
    dots = "." * (WIDTH - len(left) - len(right) - 2)
    return f"{left} {dots} {right}"
