from knitting.words import aloud


def test_a_pattern_read_aloud():
    assert aloud("2kp") == "knit twice, purl once"
    assert aloud("4ks3y") == "knit 4 times, slip once, yarn over three times"


def test_nothing_to_read():
    assert aloud("") == ""
