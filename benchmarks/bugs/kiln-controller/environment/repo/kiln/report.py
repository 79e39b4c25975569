"""A firing in words."""


def summary(controller):
    """How often each phase was entered, in the order of first entry."""
    counts = {}
    for _, entered in controller.log:
        counts[entered] = counts.get(entered, 0) + 1
    return ", ".join(f"{phase} {count}" for phase, count in counts.items())
