from letters.mailing import mailing


def test_a_mailing():
    people = [{"name": "Ada", "fee": 20}, {"name": "Bo"}]

    assert mailing("[=name]: [=fee]", people) == (
        {"Ada": "Ada: 20"},
        {"Bo": "nothing is known about fee"},
    )
