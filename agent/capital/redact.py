"""Keep keys, tokens and passwords out of everything that is written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

Redact = Callable[[str], str]

REDACTED = "[redacted]"
_SHORTEST = 6  # shorter values occur in innocent text
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:\w*KEYS?|\w*TOKENS?|\w*SECRETS?|\w*PASSWORDS?|PASSWD|PASSPHRASE|PWD|PASS|PAT|AUTH|CREDENTIALS?"
    r"|COOKIE|DSN|\w+_URL|\w+_URI)(?:_\w+)?$",
    re.IGNORECASE,
)
_PLAIN_NAME = re.compile(r"(?:OLD)?PWD|SSH_AUTH_SOCK|\w*(?:PATH|FILE|DIR|SOCK)", re.IGNORECASE)
_ADDRESS_NAME = re.compile(r"\w+_UR[LI]", re.IGNORECASE)
_SHAPES = re.compile(
    r"""
    \bsk-(?=[\w-]*\d)[\w-]{16,}                            # OpenAI, Anthropic and their like
    | \b(?:gh[pousr]_[A-Za-z0-9]{20,} | github_pat_\w{20,})
    | \bglpat-[\w-]{16,}
    | \b(?:AKIA | ASIA)[A-Z0-9]{16}\b
    | \bAIza[\w-]{30,}
    | \bhf_[A-Za-z0-9]{20,}
    | \bxox[abeprs]-[\w-]{10,}
    | \b(?:npm | pypi)[_-][A-Za-z0-9_-]{30,}
    | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*               # JSON web token
    | (?<=[Bb]earer[ ])[\w.~+/-]{16,}=*
    | (?<=://)[^/\s:@"']+:[^/\s:@"']+(?=@)               # name:password in an address
    | -----BEGIN[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z0-9 ]+-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)


def redactor(environment: Mapping[str, str]) -> Redact:
    """A function that blanks out every secret in a text.

    A secret is the value of a variable whose name looks like a key, token or password (as it
    is, escaped, or quoted for an address), and whatever has the shape of a well-known kind of
    key. It works by these two signs only: a secret that has neither stays.
    """
    forms = {form for value in _secrets(environment) for form in _written(value)}
    known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    values = re.compile(known) if known else None

    def redact(text: str) -> str:
        if values:
            text = values.sub(REDACTED, text)
        return _SHAPES.sub(REDACTED, text)

    return redact


def unredacted(text: str) -> str:
    """The text as it is: for stores that never reach a disk."""
    return text


def _secrets(environment: Mapping[str, str]) -> set[str]:
    return {
        value
        for name, value in environment.items()
        if len(value.strip()) >= _SHORTEST and _is_secret(name, value)
    }


def _is_secret(name: str, value: str) -> bool:
    if _PLAIN_NAME.fullmatch(name) or not _SECRET_NAME.search(name):
        return False
    if _ADDRESS_NAME.fullmatch(name):
        return "@" in value  # an address without a password is no secret
    return not value.isdigit() or len(value) > 9


def _written(value: str) -> set[str]:
    """The ways in which a value may stand in a text."""
    escaped = value.encode("unicode_escape").decode("ascii")
    return {value, value.strip(), escaped, escaped.replace('"', '\\"'), quote(value, safe="")}
