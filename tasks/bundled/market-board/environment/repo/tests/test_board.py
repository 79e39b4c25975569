import pytest

from board.board import board
from board.goods import Goods, cheapest_first


@pytest.fixture
def stall():
    return [
        Goods("Äpfel", 349, place="altes land"),
        Goods("Crème fraîche", None, grams=200, place="normandie"),
        Goods("Möhren", 129),
    ]


def test_the_cheapest_comes_first_and_what_is_gone_last(stall):
    assert [g.name for g in cheapest_first(stall)] == ["Möhren", "Äpfel", "Crème fraîche"]


def test_a_full_board():
    assert board([Goods("Äpfel", 349, place="altes land"), Goods("Möhren", 129)]) == [
        "Ware   · aus        · Menge ·  Preis",
        "────────────────────────────────────",
        "Möhren · ?          ·  1 kg · 1,29 €",
        "Äpfel  · Altes Land ·  1 kg · 3,49 €",
    ]


def test_what_is_sold_out_stays_on_the_board(stall):
    assert board(stall)[2:] == [
        "Möhren        · ?          ·  1 kg ·      1,29 €",
        "Äpfel         · Altes Land ·  1 kg ·      3,49 €",
        "Crème fraîche · Normandie  · 200 g · ausverkauft",
    ]


def test_an_empty_stall_has_a_head():
    assert len(board([])) == 2


def test_a_gift_is_not_sold_out():
    assert board([Goods("Rübenkraut", 0)])[2].endswith("geschenkt")
