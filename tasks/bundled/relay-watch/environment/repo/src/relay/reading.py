"""What the timekeepers call out: "58.3", "1:02.5"."""

import re

_CALL = re.compile(r"(?:(\d+):)?(\d{1,2})\.(\d)")


def read(call):
    """Tenths of a second of a call. Raises ValueError for anything else."""
    match = _CALL.fullmatch(call.strip())
    if match is None:
        raise ValueError(f"not a time: {call!r}")
    minutes, seconds, tenths = (int(part or 0) for part in match.groups())
    return minutes * 60 + seconds * 10 + tenths
