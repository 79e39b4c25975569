from tunnels.closures import closures

DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


def moment(hour):
    """The hour of the week as "Tue 8:00"; its end is "Sun 24:00"."""
    if hour == 168:
        return "Sun 24:00"
    return f"{DAYS[hour // 24]} {hour % 24}:00"


def notice(tunnel, works):
    """The text for the radio."""
    found = closures(works)
    if not found:
        return f"{tunnel} is open all week."
    lines = [f"{tunnel} is closed for {sum(c.hours for c in found)} hours:"]
    for closure in found:
        why = ", ".join(closure.reasons)
        lines.append(f"{moment(closure.start)} to {moment(closure.end)} ({why})")
    return "\n".join(lines)
