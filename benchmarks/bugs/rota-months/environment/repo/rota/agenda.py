"""What is due when."""

from itertools import count


def occurrences(rule, first, last):
    """Dates of a rule between two days, both included."""
    found = []
    for number in count():
        day = rule.nth(number)
        if day > last or (rule.until and day > rule.until):
            return found
        if day >= first:
            found.append(day)


class Agenda:
    def __init__(self):
        self._entries = []

    def add(self, what, rule):
        self._entries.append((what, rule))

    def between(self, first, last):
        """(day, what) in order of days, then of entry."""
        due = []
        for what, rule in self._entries:
            due += [(day, what) for day in occurrences(rule, first, last)]
        return sorted(due, key=lambda pair: pair[0])

    def text(self, first, last):
        return "\n".join(f"{day:%d.%m.%Y} {what}" for day, what in self.between(first, last))
