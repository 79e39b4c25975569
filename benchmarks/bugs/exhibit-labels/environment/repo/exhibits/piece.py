"""What can be shown."""


class Piece:
    """Something that belongs to the museum."""

    owner = "our collection"

    def __init__(self, title, artist, year=None):
        self.title = title.strip()
        self.artist = artist
        self.year = year
        self.places = []

    def hang(self, room):
        """Move it to a room; the last place is where it is now."""
        if self.places and self.places[-1] == room:
            return
        self.places.append(room)

    @property
    def place(self):
        return self.places[-1] if self.places else None

    def credit(self):
        return self.owner


class Loan(Piece):
    """Something that another museum lends us until some year."""

    def __init__(self, title, artist, lender, until, year=None):
        self.title = title
        self.artist = artist
        self.year = year
        self.lender = lender
        self.until = until

    def credit(self):
        return f"lent by {self.lender} until {self.until}"


class Copy(Piece):
    """A copy stands for its original."""

    def __init__(self, original, hand):
        super().__init__(f"{original.title} (copy)", original.artist, original.year)
        self.original = original
        self.hand = hand

    def credit(self):
        return f"copied by {self.hand}; original: {self.original.credit()}"
