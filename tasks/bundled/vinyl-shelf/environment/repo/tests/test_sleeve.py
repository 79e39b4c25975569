from vinyl.sleeve import sleeve


def test_the_back_of_the_sleeve(record):
    assert sleeve(record).splitlines() == [
        "The Low Tides: Harbour Songs (1974)",
        "Side A",
        "1 Anchor ................ 3:07",
        "2 Bell Buoy ............. 4:20",
        "Side B",
        "1 Long Swell ........... 20:05",
        "all .................... 27:32",
    ]


def test_every_line_of_a_track_is_equally_long(record):
    lines = [line for line in sleeve(record).splitlines() if ".." in line]

    assert {len(line) for line in lines} == {30}
