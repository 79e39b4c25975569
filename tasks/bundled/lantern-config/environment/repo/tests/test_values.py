import pytest

from lantern.values import value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", True),
        ("Off", False),
        ("-12", -12),
        ("90 s", 90),
        ("2 h", 7200),
        ('"yes"', "yes"),
        ("five", "five"),
        ('"', '"'),
    ],
)
def test_words_and_what_they_mean(written, meant):
    assert value(written) == meant
