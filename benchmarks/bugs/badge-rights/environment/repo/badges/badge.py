from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Badge:
    """A card. `doors` are opened by name, whatever the roles say."""

    holder: str
    roles: frozenset = frozenset()
    doors: frozenset = field(default=frozenset())
    expires: date = date.max

    @classmethod
    def of(cls, holder, *roles, doors=(), expires=date.max):
        return cls(holder, frozenset(roles), frozenset(doors), expires)

    def valid(self, day):
        """The day of expiry is the last one."""
        return day <= self.expires
