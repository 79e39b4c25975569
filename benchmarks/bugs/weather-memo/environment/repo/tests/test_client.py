import pytest

from weather.place import Place


def test_a_forecast(client, holm):
    assert client.forecast(holm) == [10, 11, 12]


def test_fahrenheit(client, holm):
    assert client.forecast(holm, 2, "fahrenheit") == [50, 51.8]


@pytest.mark.parametrize("units", [("celsius", "fahrenheit"), ("fahrenheit", "celsius")])
def test_units_do_not_mix(client, holm, units):
    answers = {unit: client.forecast(holm, 1, unit) for unit in units}

    assert answers == {"celsius": [10], "fahrenheit": [50]}


def test_the_service_is_asked_once(client, service, holm):
    for _ in range(3):
        client.forecast(holm)

    assert service.asked == [(20.0, 10.0, 3)]


def test_near_places_share_an_answer(client, service, holm):
    client.forecast(holm)
    client.forecast(Place("Holm mill", 20.01, 9.98))

    assert len(service.asked) == 1


def test_other_days_are_another_question(client, service, holm):
    client.forecast(holm, 1)
    client.forecast(holm, 2)

    assert len(service.asked) == 2


def test_it_is_asked_again_later(client, service, clock, holm):
    client.forecast(holm)
    clock.now = 599
    client.forecast(holm)
    clock.now = 600
    client.forecast(holm)

    assert len(service.asked) == 2


def test_answers_may_be_changed_by_the_caller(client, holm):
    client.forecast(holm).clear()

    assert client.forecast(holm) == [10, 11, 12]


@pytest.mark.parametrize(("days", "unit"), [(0, "celsius"), (15, "celsius"), (3, "kelvin")])
def test_questions_without_an_answer(client, service, holm, days, unit):
    with pytest.raises(ValueError):
        client.forecast(holm, days, unit)
    assert service.asked == []


def test_the_warmest(client, holm):
    oasis = Place("Oasis", 60.0, 0.0)

    assert client.warmest([holm, oasis]) is oasis
