import pytest

from trail.digest import digest
from trail.journal import Journal

LOG = """\
2026-02-03T04:05:06 ERROR [api.auth] no such user
    in login()
2026-02-03T04:05:09 INFO [web] GET / (35 ms)
2026-02-03T04:05:07 WARNING [api.auth] slow (900 ms)

nohup: ignoring input
2026-02-03T04:05:08 ERROR [web] broken pipe
"""


@pytest.fixture
def journal():
    return Journal(LOG.splitlines())


def test_lines_are_in_order():
    journal = Journal(LOG.replace("api.auth", "auth").splitlines())

    assert [line.at.second for line in journal.lines] == [6, 7, 8, 9]
    assert journal.rejected == ["nohup: ignoring input"]


def test_services_have_their_names(journal):
    assert journal.services() == ["api.auth", "web"]


def test_indented_lines_belong_to_the_one_above():
    journal = Journal(["2026-02-03T04:05:06 ERROR [a] x", "  y", "\tz"])

    assert journal.lines[0].text == "x\ny\nz"


def test_the_digest(journal):
    assert digest(journal) == "  2 api.auth\n  1 web\nslowest: api.auth 900 ms\n1 lines rejected"


def test_an_empty_digest():
    assert digest(Journal([])) == ""
