"""How messages and written studies spell values, keys and suggestions: as TOML does."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_SHOWN = 100


def written(value: object) -> str:
    """A value as a study file writes it, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(written(item) for item in value)}]"
    if isinstance(value, dict):
        pairs = (f"{written_key(str(key))} = {written(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return str(value)


def written_key(key: str) -> str:
    """A key as TOML writes it: bare where it may be, quoted where it must be."""
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def shown(value: object) -> str:
    """A value for a message: as written, its tail cut off where it is long."""
    text = written(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown `word`: the nearest known one, or all of them."""
    names = list(known)
    nearest = get_close_matches(word.lower(), names, n=1)
    return f"; did you mean {nearest[0]}?" if nearest else f"; known are {', '.join(names)}"


def _quoted(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in plain)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
