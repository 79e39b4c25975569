"""What an apiary sells. Prices are cents without VAT."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    name: str
    cents: int
    food: bool = False


HONEY = Article("heather honey 500 g", 890, food=True)
CANDLE = Article("beeswax candle", 650)
VISIT = Article("a hive in your orchard, per month", 4500)


@dataclass(frozen=True)
class Line:
    """So many pieces of an article."""

    article: Article
    pieces: int

    def cents(self):
        return self.article.cents * self.pieces
