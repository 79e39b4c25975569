"""Keys, tokens and passwords never come through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.capital.redact import REDACTED, redactor


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "GITHUB_TOKEN", "client_secret", "DB_PASSWORD", "PGPASSWORD", "DB_PWD",
     "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "SENTRY_DSN", "SESSION_COOKIE", "API_KEYS"],
)  # fmt: skip
def test_the_value_of_a_variable_named_like_a_secret_is_blanked(name):
    redact = redactor({name: "hunter2-häns"})
    for form in ("hunter2-häns", "hunter2-h\\xe4ns", "hunter2-h%C3%A4ns"):
        assert redact(f"a {form} b") == f"a {REDACTED} b"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/usr/bin"),
        ("PWD", "/home/anna"),
        ("SSH_AUTH_SOCK", "/tmp/agent"),
        ("SSH_KEY_FILE", "/home/anna/key"),
        ("MAX_TOKENS", "4096000"),
        ("GIT_AUTHOR_NAME", "Anna Muster"),
        ("TOKENIZERS_PARALLELISM", "disabled"),
        ("API_TOKEN", "yes"),
        ("DOCS_URL", "https://example.org/docs"),
    ],
)
def test_plain_settings_are_left_alone(name, value):
    assert redactor({name: value})(f"x {value} y") == f"x {value} y"


def test_an_address_with_a_password_is_blanked_wherever_it_stands():
    redact = redactor({"DATABASE_URL": "postgres://anna:pw@db/shop"})
    assert redact("postgres://anna:pw@db/shop") == REDACTED
    assert redact("at https://bert:geheim@host/x") == f"at https://{REDACTED}@host/x"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-" + "a1B2" * 8,
        "sk-ant-api03-" + "x9_-" * 8,
        "ghp_" + "a1B2c3" * 6,
        "github_pat_" + "a1B2c3" * 6,
        "glpat-" + "a1B2c3" * 4,
        "AKIA" + "A1B2C3D4" * 2,
        "AIza" + "a1B2c" * 7,
        "hf_" + "aBcDe" * 6,
        "xoxb-" + "123456-abcdef",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nabc cut off",
    ],
)
def test_well_known_shapes_are_blanked_without_any_variable(secret):
    assert redactor({})(f"key={secret}") == f"key={REDACTED}"


def test_a_bearer_token_is_blanked_and_the_word_stays():
    assert redactor({})("Bearer abcdefghij0123456789") == f"Bearer {REDACTED}"


@pytest.mark.parametrize(
    "text", ["task-based-scheduling-of-jobs-1", "sk-learn-contrib-packages", "risk-free", "a:b@c"]
)
def test_ordinary_words_are_no_keys(text):
    assert redactor({})(text) == text


@given(
    st.text(alphabet="abc", max_size=9),
    st.text(min_size=6).filter(lambda t: len(t.strip()) >= 6 and not t.isdigit()),
    st.text(alphabet="abc", max_size=9),
)
def test_no_secret_value_survives_in_any_text(before, secret, after):
    assert secret not in redactor({"MY_TOKEN": secret})(before + secret + after)
