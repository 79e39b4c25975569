"""The plan that hangs in the rehearsal room."""

from collections import Counter

from roster.singer import Voice
from roster.stage import rows


def plan(singers, width=4):
    """Back row on top, as the singers see the wall."""
    lines = []
    for row in rows(singers, width):
        lines.append("  ".join(f"{s.name} ({s.voice.name[0]})" for s in row))
    return "\n".join(lines)


def balance(singers):
    """How many there are of each voice, absent voices included."""
    counts = Counter(singer.voice for singer in singers)
    return {voice.name.lower(): counts[voice] for voice in Voice}
