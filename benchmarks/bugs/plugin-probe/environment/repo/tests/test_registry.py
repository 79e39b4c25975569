from probe.plugin import Plugin
from probe.standard import CASE, KEYS


def nothing(editor):
    pass


def broken(editor):
    editor.commands["half"] = str.strip
    raise RuntimeError("no dictionary")


def test_plugins_are_set_up(registry, editor):
    registry.add(CASE)
    registry.start(editor)

    assert editor.run("upper", "abc") == "ABC"
    assert registry.report() == "1 plugins active"


def test_order_is_kept(registry, editor):
    registry.add(KEYS)
    registry.add(CASE)
    registry.start(editor)

    assert registry.active == ["case", "keys"]
    assert editor.shortcuts == {"F1": "lower", "F2": "upper"}


def test_no_plugins(registry, editor):
    registry.start(editor)

    assert registry.active == []


def test_the_newer_one_stays(registry, editor):
    registry.add(Plugin("case", nothing, version=(0, 9)))
    registry.add(CASE)
    registry.add(Plugin("case", nothing))
    registry.start(editor)

    assert "upper" in editor.commands


def test_a_broken_plugin_stops_nobody(registry, editor):
    registry.add(Plugin("spell", broken))
    registry.add(CASE)
    registry.start(editor)

    assert registry.active == ["case"]
    assert str(registry.failed["spell"]) == "no dictionary"


def test_plugins_behind_a_broken_one_are_skipped(registry, editor):
    registry.add(Plugin("grammar", nothing, after=("spell",)))
    registry.add(Plugin("style", nothing, after=("grammar", "case")))
    registry.add(Plugin("spell", broken))
    registry.add(CASE)
    registry.start(editor)

    assert registry.active == ["case"]
    assert registry.skipped == ["grammar", "style"]


def test_unknown_plugins_are_not_waited_for(registry, editor):
    registry.add(Plugin("grammar", nothing, after=("spell",)))
    registry.start(editor)

    assert registry.skipped == ["grammar"]
    assert registry.failed == {}


def test_plugins_that_wait_for_each_other(registry, editor):
    registry.add(Plugin("egg", nothing, after=("hen",)))
    registry.add(Plugin("hen", nothing, after=("egg",)))
    registry.add(CASE)
    registry.start(editor)

    assert registry.active == ["case"]
    assert registry.skipped == ["egg", "hen"]


def test_the_report(registry, editor):
    registry.add(Plugin("spell", broken))
    registry.add(Plugin("grammar", nothing, after=("spell",)))
    registry.start(editor)

    assert registry.report() == "0 plugins active\nspell failed: no dictionary\ngrammar skipped"
