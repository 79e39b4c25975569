"""Words of a setting as Python values."""

import re

SECONDS = {"s": 1, "min": 60, "h": 3600}
WORDS = {"yes": True, "on": True, "no": False, "off": False}

_DURATION = re.compile(r"(\d+)\s*(s|min|h)")


def value(written):
    """yes/no, whole numbers, durations in seconds, "quoted text", or the text itself."""
    if written.lower() in WORDS:
        return WORDS[written.lower()]
    if written.lstrip("-").isdigit():
        return int(written)
    duration = _DURATION.fullmatch(written)
    if duration:
        return int(duration[1]) * SECONDS[duration[2]]
    if len(written) >= 2 and written[0] == written[-1] == '"':
        return written[1:-1]
    return written
