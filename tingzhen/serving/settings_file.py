"""The file of settings that TINGZHEN_CONFIG names (TOML); its values are checked by Settings."""

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tingzhen.errors import SettingsError
from tingzhen.language import Text


def read_settings_file(path: Path, known: Collection[str]) -> dict[str, Any]:
    """The keys of the file with their values. known: names that may stand in it.

    Raises SettingsError for a file that cannot be read, is no TOML, or has another key.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            Text(f"无法读取设置文件 {path}（{reason}）。请检查 TINGZHEN_CONFIG。",
                 f"The file of settings {path} cannot be read ({reason}). Check TINGZHEN_CONFIG.")
        ) from error  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            Text(f"设置文件 {path} 不是有效的 TOML：{error}。请改正该处。",
                 f"The file of settings {path} is not valid TOML: {error}. Correct that place.")
        ) from error  # fmt: skip
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise SettingsError(
            Text(f"设置文件 {path} 中有未知的键：{'、'.join(_guessed(unknown, known, '是否指'))}。"
                 "请参阅 docs/settings.md。",
                 f"The file of settings {path} has unknown keys: "
                 f"{', '.join(_guessed(unknown, known, 'meant:'))}. See docs/settings.md.")
        )  # fmt: skip
    return found


def _guessed(unknown: list[str], known: Collection[str], words: str) -> list[str]:
    """Each unknown key, with the known one that it looks like."""
    listed = []
    for key in unknown:
        plain = key.lower().removeprefix("tingzhen_")
        near = difflib.get_close_matches(plain, known, 1)
        listed.append(f"{key} ({words} {near[0]})" if near else key)
    return listed
