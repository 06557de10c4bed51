"""Variables that look like settings and are none: most are misspelt, and would do nothing."""

import difflib
from collections.abc import Collection, Mapping
from typing import Final

from tingzhen.language import Text

_PREFIX: Final = "TINGZHEN_"
_NO_SETTINGS: Final = ("TINGZHEN_TEST_", "TINGZHEN_SERVICE_", "TINGZHEN_PORT_")
"""Of tests, and what Kubernetes and Docker set for a service of that name."""

_OWN: Final = frozenset({"TINGZHEN_DATA", "TINGZHEN_PROCESS", "TINGZHEN_WEIGHTS"})
"""Of tests and training, and set by one process for another."""


def unknown_settings(environment: Mapping[str, str], known: Collection[str]) -> list[Text]:
    """A sentence for each of them. known: names of settings in small letters, without prefix."""
    ours = [name for name in sorted(environment) if name.upper().startswith(_PREFIX)]
    wrong = [
        name
        for name in ours
        if name.upper().removeprefix(_PREFIX).lower() not in known
        and not name.upper().startswith(_NO_SETTINGS)
        and name.upper() not in _OWN
    ]
    return [_sentence(name, known) for name in wrong]


def _sentence(name: str, known: Collection[str]) -> Text:
    near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX).lower(), known, 1)
    meant = f"{_PREFIX}{near[0].upper()}" if near else None
    return Text(
        f"{name} 不是设置项，不起作用。"
        + (f"是否指 {meant}？" if meant else "请参阅 docs/settings.md。"),
        f"{name} is no setting and does nothing. "
        + (f"Is {meant} meant?" if meant else "See docs/settings.md."),
    )
