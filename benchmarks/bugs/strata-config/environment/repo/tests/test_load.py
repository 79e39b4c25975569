import pytest

from strata import load


def test_defaults_hold_where_nothing_is_said():
    settings = load()

    assert settings["log.level"] == "info"
    assert settings["plugins"] == []


def test_the_project_covers_the_defaults():
    settings = load('[log]\nlevel = "debug"\n')

    assert settings["log.level"] == "debug"
    assert settings["log.targets"] == ["stderr"]


def test_the_environment_covers_the_project():
    settings = load("[cache]\nsize = 64\n", {"STRATA_CACHE__SIZE": "32", "HOME": "/root"})

    assert settings["cache.size"] == 32


def test_the_command_line_covers_all():
    environ = {"STRATA_LOG__LEVEL": "warning"}

    assert load("", environ, ["log.level=error", "cache.on=true"])["log.level"] == "error"


@pytest.mark.parametrize("option", ["cache.size", ""])
def test_an_option_needs_a_value(option):
    with pytest.raises(ValueError, match="PATH=VALUE"):
        load("", {}, [option])


def test_new_tables_are_made_on_the_way():
    assert load("", {}, ["net.proxy.host=localhost"])["net.proxy.host"] == "localhost"


def test_missing_paths():
    with pytest.raises(KeyError, match="log.colour"):
        load()["log.colour"]
    assert load().get("log.level.deep", 3) == 3


def test_folders_are_not_shared_between_projects():
    assert load("", {}, ["cache.folder=/tmp/a"])["cache.folder"] == "/tmp/a"
    assert load()["cache.folder"] == ".cache"


def test_variables_do_not_stick():
    load("", {"STRATA_CACHE__BACKEND": "redis"})

    assert load().get("cache.backend") is None
