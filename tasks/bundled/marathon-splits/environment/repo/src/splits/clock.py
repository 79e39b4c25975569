"""Race clocks: seconds on the inside, h:mm:ss on the outside."""


def seconds(text):
    """Seconds of "3:59:59", "25:00" or "45"."""
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total


def clock(total):
    """The shortest of h:mm:ss and m:ss, to the nearest second."""
    minutes, secs = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{secs:02d}"
    return f"{minutes}:{secs:02d}"
