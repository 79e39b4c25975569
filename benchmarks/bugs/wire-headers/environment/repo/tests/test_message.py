import pytest

from wire import Message, read, write

TEXT = """\
OK 200
Host: holm
Cookie: a=1
Cookie: b=2

hello"""


def test_reading():
    message = read(TEXT)

    assert message.start == "OK 200"
    assert message.headers.get("host") == "holm"
    assert message.body == "hello"


def test_reading_and_writing():
    assert write(read(TEXT)) == TEXT.replace("\n\n", "\nLength: 5\n\n")


def test_folded_lines():
    assert read("OK\nNote: one\n  two\n\n").headers.get("Note") == "one two"


def test_a_message_without_headers():
    assert write(Message("PING")) == "PING\n\n"
    assert len(read("PING").headers) == 0


def test_garbage():
    with pytest.raises(ValueError, match="not a header: 'garbage'"):
        read("OK\ngarbage\n\n")
