"""Lengths of tracks: whole seconds inside, m:ss or h:mm:ss outside."""


def read_length(text):
    """Seconds of "3:07" or "1:02:33". Raises ValueError for anything else."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        raise ValueError(f"not a length: {text!r}")
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return total


def length(seconds):
    """m:ss below an hour, h:mm:ss from then on."""
    minutes, secs = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}:{secs}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}"
