import pytest

from knitting.codec import long, short
from knitting.stitches import PatternError


@pytest.mark.parametrize(
    ("pattern", "stitches"),
    [("", ""), ("k", "k"), ("kp", "kp"), ("3k2p", "kkkpp"), ("2ky2ps", "kkypps")],
)
def test_a_pattern_is_written_out(pattern, stitches):
    assert long(pattern) == stitches


def test_numbers_may_have_two_digits():
    assert long("12k") == "k" * 12
    assert long("10k2p11k") == "k" * 10 + "pp" + "k" * 11


def test_and_three():
    assert long("120s") == "s" * 120


def test_a_number_counts_for_one_stitch_only():
    assert long("3kp") == "kkkp"
    assert long("2k2kp") == "kkkkp"


@pytest.mark.parametrize("pattern", ["3", "k2", "2k12"])
def test_a_number_without_a_stitch_is_refused(pattern):
    with pytest.raises(PatternError, match="ends in a number"):
        long(pattern)


def test_an_unknown_stitch_is_refused():
    with pytest.raises(PatternError, match="'x'"):
        long("3kx")


@pytest.mark.parametrize("stitches", ["", "k", "kkkpp", "ksssy"])
def test_there_and_back(stitches):
    assert long(short(stitches)) == stitches


def test_there_and_back_for_any_number():
    for count in range(1, 130):
        stitches = "p" + "k" * count + "y"
        assert long(short(stitches)) == stitches
