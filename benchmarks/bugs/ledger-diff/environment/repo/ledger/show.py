from ledger.compare import drift


def euros(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def show(changes):
    """One line a change, and the drift where there is one."""
    lines = []
    for change in changes:
        if change.mark == "~":
            text = f"{euros(change.before)} -> {euros(change.after)} ({change.cents / 100:+.2f})"
        else:
            text = euros(change.before if change.after is None else change.after)
        lines.append(f"{change.mark} {change.account}: {text}")
    if drift(changes):
        lines.append(f"drift {euros(drift(changes))}")
    return lines or ["no changes"]
