from abacus import Session


def test_names_last_from_line_to_line():
    session = Session()

    assert session.say("legs = 6") == "legs is 6"
    assert session.say("legs / 4") == "3/2"
    assert session.say("legs = legs + 2") == "legs is 8"


def test_a_price_with_a_tax():
    session = Session()

    assert session.say("price = 12.50") == "price is 25/2"
    assert session.say("price + 20% * price") == "15"
