import pytest

from exhibits.piece import Copy, Loan, Piece
from exhibits.show import Show


@pytest.fixture
def harbour():
    return Piece("Harbour at dusk ", "Lise Aarup", 1894)


@pytest.fixture
def dunes():
    return Loan("Dunes", "Per Holm", "Kunsthal North", until=2027)


@pytest.fixture
def copy(harbour):
    return Copy(harbour, "an unknown pupil")


@pytest.fixture
def show():
    return Show("Northern light", east=2, west=1)
