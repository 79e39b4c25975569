from datetime import datetime

import pytest

from trail.line import Line, parse


def test_a_line():
    assert parse("2026-02-03T04:05:06 INFO [api] ready\n") == Line(
        datetime(2026, 2, 3, 4, 5, 6), "INFO", "api", "ready"
    )


def test_a_duration():
    line = parse("2026-02-03T04:05:06 INFO [api] GET /plants (35 ms)")

    assert (line.text, line.ms) == ("GET /plants", 35)


@pytest.mark.parametrize("service", ["api", "worker_2", "api.auth", "billing-v2"])
def test_service_names(service):
    assert parse(f"2026-02-03T04:05:06 INFO [{service}] ready").service == service


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ready",
        "2026-02-03 04:05:06 INFO [api] ready",
        "2026-02-03T04:05:06 LOUD [api] ready",
        "2026-02-03T04:05:06 INFO api ready",
        "2026-02-03T04:05:06 INFO [] ready",
        "2026-02-03T04:05:06 INFO [two words] ready",
        "2026-02-03T04:05:06 INFO [a]b] ready",
    ],
)
def test_garbage(text):
    assert parse(text) is None


def test_brackets_in_the_text():
    assert parse("2026-02-03T04:05:06 INFO [api] took [long] (3 ms)").text == "took [long]"
