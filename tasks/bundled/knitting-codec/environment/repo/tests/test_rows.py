from knitting.gauge import stitches_for, yarn_m
from knitting.rows import fits, from_behind, repeated, width


def test_the_width_of_a_row():
    assert width("3k2p") == 5
    assert width("") == 0


def test_the_width_of_a_scarf():
    assert width("20k") == 20


def test_the_other_side():
    assert from_behind("3kpy") == "yk3p"
    assert from_behind(from_behind("2k3ps")) == "2k3ps"


def test_a_pattern_is_repeated():
    assert repeated("k2p", 2) == "k2pk2p"
    assert repeated("3k", 3) == "9k"


def test_rows_of_one_piece():
    assert fits(["4k", "2k2p", "kpkp"])
    assert not fits(["4k", "5k"])
    assert fits([])


def test_stitches_for_a_scarf():
    assert stitches_for(20, 22) == 44
    assert stitches_for(20, 22, multiple=6) == 48
    assert yarn_m(44, 300, 1.5) == 217.8
