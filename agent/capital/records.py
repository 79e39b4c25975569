"""The frozen records of the seams as JSON, and back, exactly.

A record becomes an object of its fields; tuples and sets become lists (sets sorted), enums their
value, bytes base64. JSON knows no infinity: `inf`, `-inf` and `nan` become these words. What a
value was is read from the field's annotation when it comes back, so nothing but the record's
class is needed, fields added later take their defaults, and fields no longer known are passed
over.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import types
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from fixit_runtime.agent.errors import TraceError

Record = TypeVar("Record")


def encode(record: object) -> dict[str, object]:
    """A dataclass or named tuple as an object that `json.dumps(allow_nan=False)` accepts.

    Raises:
        TypeError: it holds something that no field of a trace can be.
    """
    fields = _fields(record)
    if fields is None:
        raise TypeError(f"{type(record).__name__} is not a record")
    return {name: plain(value) for name, value in fields.items()}


def plain(value: object) -> object:
    """Any value that a record may hold, as JSON. Raises TypeError for one that it may not."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {_key(key): plain(item) for key, item in value.items()}
        case AbstractSet():
            return sorted((plain(item) for item in value), key=repr)
    if (fields := _fields(value)) is not None:
        return {name: plain(item) for name, item in fields.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"a trace cannot hold a {type(value).__name__}")


def decode(cls: type[Record], data: Mapping[str, object]) -> Record:
    """The record that `encode` made this object from.

    Raises:
        TraceError: a field is missing, or holds what it cannot.
    """
    known: dict[str, Any] = _hints(cast(type, cls))
    given: dict[str, Any] = {}
    for name, hint in known.items():
        if name in data:
            given[name] = _value(hint, data[name], f"{cls.__name__}.{name}")
    try:
        return cls(**given)
    except (TypeError, ValueError) as error:
        raise TraceError(f"this is no {cls.__name__}: {error}", hint=_HINT) from error


_HINT = "The trace was damaged, or written by another version of fixit."


def _fields(value: object) -> dict[str, object] | None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    return None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a trace's objects have text for keys, not {key!r}")
    return str(key)


@lru_cache(maxsize=128)
def _hints(cls: type) -> dict[str, Any]:
    """The types of the fields that its constructor takes."""
    hints = get_type_hints(cls)
    if dataclasses.is_dataclass(cls):
        return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}
    return {name: hints[name] for name in getattr(cls, "_fields", ())}


def _value(hint: Any, data: object, where: str) -> object:
    """`data` as the annotation says."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), data, where)
    if origin is not None:
        return _collection(origin, get_args(hint), data, where)
    if hint in (Any, object):
        return data
    if hint is type(None):
        return _expect(data is None, data, where)
    if issubclass(hint, Enum):
        return _made(hint, data, where)
    if _hints_a_record(hint):
        return decode(hint, _expect(isinstance(data, Mapping), data, where))
    return _scalar(hint, data, where)


def _scalar(hint: type, data: object, where: str) -> object:
    if hint is float:
        number = isinstance(data, int | float) and not isinstance(data, bool)
        words = isinstance(data, str) and data in {"inf", "-inf", "nan"}
        return _made(float, _expect(number or words, data, where), where)
    if hint is bytes:
        return _made(_from_base64, data, where)
    exact = isinstance(data, hint) and not (hint is int and isinstance(data, bool))
    return _expect(exact, data, where)


def _one_of(hints: Sequence[Any], data: object, where: str) -> object:
    """The first member of a union that the data fits; None goes first."""
    if data is None and type(None) in hints:
        return None
    fits = [hint for hint in hints if hint is not type(None)]
    for hint in fits[:-1]:
        try:
            return _value(hint, data, where)
        except TraceError:
            continue
    return _value(fits[-1], data, where)


def _collection(origin: type, args: Sequence[Any], data: object, where: str) -> object:
    if issubclass(origin, Mapping):
        _expect(isinstance(data, Mapping), data, where)
        return {key: _value(args[1], item, where) for key, item in data.items()}  # type: ignore[attr-defined]
    _expect(isinstance(data, list | tuple), data, where)
    items: list[object] = list(data)  # type: ignore[call-overload]
    if issubclass(origin, tuple) and args[-1] is not Ellipsis:
        _expect(len(items) == len(args), data, where)
        return tuple(_value(hint, item, where) for hint, item in zip(args, items, strict=True))
    made = [_value(args[0], item, where) for item in items]
    if issubclass(origin, frozenset):
        return frozenset(made)
    return tuple(made) if issubclass(origin, tuple) else made


def _hints_a_record(hint: type) -> bool:
    return dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")


def _expect(holds: bool, data: object, where: str) -> Any:
    if not holds:
        raise TraceError(f"{where} cannot be {data!r:.80}", hint=_HINT)
    return data


def _made(make: Callable[[Any], object], data: object, where: str) -> object:
    try:
        return make(data)
    except (TypeError, ValueError) as error:
        raise TraceError(f"{where} cannot be {data!r:.80}", hint=_HINT) from error


def _from_base64(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
