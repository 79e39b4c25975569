"""The guard's book."""


def entry(clock, gate, event):
    """One line of the book: "09:05 north: somebody climbs over"."""
    hour, minute = clock
    return f"{hour:02d}:{minute:02d} {gate.name}: {event.value}"


def busiest(gates):
    """The gate that most visitors took; of equals the first."""
    return max(gates, key=lambda gate: gate.visitors)
