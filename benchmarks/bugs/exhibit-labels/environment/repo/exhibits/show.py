"""An exhibition is pieces in rooms."""


class Full(Exception):
    pass


class Show:
    def __init__(self, name, **rooms):
        self.name = name
        self.rooms = rooms  # how many pieces fit into each
        self.pieces = []

    def add(self, piece, room):
        """Hang a piece. Raises KeyError for unknown rooms, Full when it has no wall left."""
        if len(self.inside(room)) >= self.rooms[room]:
            raise Full(room)
        piece.hang(room)
        if piece not in self.pieces:
            self.pieces.append(piece)

    def inside(self, room):
        return [piece for piece in self.pieces if piece.place == room]

    def lenders(self):
        """Who must be thanked, each once."""
        return sorted({piece.lender for piece in self.pieces if hasattr(piece, "lender")})
