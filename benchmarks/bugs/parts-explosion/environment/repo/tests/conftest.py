import pytest

from parts.catalogue import Catalogue


@pytest.fixture
def windmill():
    catalogue = Catalogue()
    catalogue.add("screw", 5)
    catalogue.add("board", 200)
    catalogue.add("hub", 100, board=1, screw=8)
    catalogue.add("blade", 50, board=2, screw=4)
    catalogue.add("rotor", 300, hub=1, blade=4)
    catalogue.add("tail", 80, blade=1, screw=2)
    catalogue.add("windmill", 500, rotor=1, tail=1, board=3)
    return catalogue
