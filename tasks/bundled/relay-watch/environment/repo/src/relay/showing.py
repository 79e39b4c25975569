"""What stands on the board."""


def shown(time):
    """A time in tenths as "58.3" or "1:02.5"."""
    minutes, rest = divmod(time, 60)
    seconds, tenths = divmod(rest, 10)
    if minutes:
        return f"{minutes}:{seconds:02d}.{tenths}"
    return f"{seconds}.{tenths}"


def gap(time, best):
    """How far behind, as it stands beside a name: "+1.2", or nothing for the first."""
    return f"+{shown(time - best)}" if time > best else ""
