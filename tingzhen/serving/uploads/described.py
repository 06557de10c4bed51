"""What a sender says of a clip, whichever way it comes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import ContextError, DigestInvalid, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.context import parse_context
from tingzhen.serving.report.build import printable

FORM_FIELDS: Final = frozenset({"context", "lang", "workshop"})
"""Beside `file`; a raw body has the same in its query, with `name`."""
METADATA_KEYS: Final = frozenset(
    {"filename", "name", "filetype", "type", "relativePath", "context", "workshop", "sha256"}
)
"""Of Upload-Metadata: ours, and those that well-known clients send by themselves."""
LABEL_CHARACTERS: Final = 200
_WORKSHOP: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """label: the file name without folders, shown, never opened. sha256: of the file, where the
    sender gave it, hexadecimal. priority: smaller goes first."""

    label: str
    circumstances: Circumstances
    workshop: str | None = None
    sha256: str | None = None
    priority: int = 0

    def as_details(self) -> dict[str, Any]:
        """As JSON, to be kept with an upload."""
        return {
            "label": self.label,
            "circumstances": self.circumstances.model_dump(mode="json", exclude_none=True),
            "workshop": self.workshop,
            "sha256": self.sha256,
            "priority": self.priority,
        }

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> Self:
        return cls(
            label=details["label"],
            circumstances=Circumstances.model_validate(details["circumstances"]),
            workshop=details["workshop"],
            sha256=details["sha256"],
            priority=details["priority"],
        )


def describe(
    name: str | None,
    said: Mapping[str, str],
    *,
    sha256: str | None = None,
    priority: int = 0,
) -> Described:
    """said: fields of the form, of the query or of the metadata. Raises UploadInvalid, ContextError
    and DigestInvalid."""
    context = said.get("context")
    return Described(
        label=_label(name),
        circumstances=_keepable(parse_context(context)) if context else Circumstances(),
        workshop=_workshop(said.get("workshop")),
        sha256=_sha256(said.get("sha256")) or sha256,
        priority=priority,
    )


def _keepable(circumstances: Circumstances) -> Circumstances:
    """Postgres keeps no text with a NUL. Raises ContextError."""
    vehicle = circumstances.vehicle
    for key, words in (("complaint", circumstances.complaint), ("vehicle.make", vehicle.make),
                       ("vehicle.model", vehicle.model)):  # fmt: skip
        if words is not None and "\0" in words:
            raise ContextError(
                Text(f"{key} 含有空字符（NUL），请删除。",
                     f"`{key}` holds a NUL character. Remove it.")
            )  # fmt: skip
    return circumstances


def _label(name: str | None) -> str:
    plain = printable((name or "").replace("\\", "/").rsplit("/", 1)[-1])
    plain = "".join(c for c in plain if c.isprintable()).strip()
    if not plain:
        raise UploadInvalid(
            Text("上传缺少文件名。请写明文件名。",
                 "The upload has no file name. Say what the file is called.")
        )  # fmt: skip
    return plain[:LABEL_CHARACTERS]


def _workshop(given: str | None) -> str | None:
    if not given:
        return None
    if not _WORKSHOP.fullmatch(given):
        raise UploadInvalid(
            Text("workshop 应为小写字母开头的键，可含数字、- 和 _，最多 32 个字符。",
                 "`workshop` is a key: a small letter, then small letters, digits, - and _, "
                 "32 characters at most.")
        )  # fmt: skip
    return given


def _sha256(given: str | None) -> str | None:
    if not given:
        return None
    if not _SHA256.fullmatch(given):
        raise DigestInvalid(
            Text("sha256 应为 64 位小写十六进制数字。",
                 "`sha256` is 64 hexadecimal digits in small letters.")
        )  # fmt: skip
    return given
