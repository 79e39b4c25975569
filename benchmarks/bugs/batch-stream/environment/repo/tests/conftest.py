import json

import pytest

from stream.messages import Message


@pytest.fixture
def line():
    return lambda topic, value: json.dumps({"topic": topic, "value": value})


@pytest.fixture
def some():
    return lambda count, size=10: [Message("t", number, size) for number in range(count)]
