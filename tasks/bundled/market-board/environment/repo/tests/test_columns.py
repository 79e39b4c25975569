from board.columns import fill, width, widths


def test_an_accent_takes_no_room():
    assert width("Möhre") == 5
    assert width("Mo\u0308hre") == 5


def test_the_widest_cell_makes_the_column():
    assert widths([("Äpfel", "1 kg"), ("Ei", "geschenkt")]) == [5, 9]


def test_cells_are_filled_on_either_side():
    assert fill("Ei", 4) == "Ei  "
    assert fill("Ei", 4, ">") == "  Ei"
