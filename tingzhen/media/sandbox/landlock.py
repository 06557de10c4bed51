"""No file system, no TCP, no signals to others: Landlock with no rule that allows anything.

https://docs.kernel.org/userspace-api/landlock.html; call numbers are the same everywhere.
"""

import os
import struct

from tingzhen.media.sandbox.kernel import system_call

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
# Rights by the version of the interface that brought them.
_FILES = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_NETWORK = ((4, 0b11),)
_SCOPES = ((6, 0b11),)


def version() -> int:
    """Version of the interface. Raises OSError where the kernel has none or it is switched off."""
    return system_call(_CREATE_RULESET, 0, 0, _ASK_VERSION)


def deny_everything(offered: int) -> None:
    """Take from this thread, for good, every right that version `offered` knows. Raises OSError.

    What is open already stays usable. Needs no_new_privs first.
    """
    words = [sum(bits for since, bits in kind if since <= offered)
             for kind in (_FILES, _NETWORK, _SCOPES)]  # fmt: skip
    known = 1 if offered < 4 else 2 if offered < 6 else 3
    attributes = struct.pack(f"={known}Q", *words[:known])
    ruleset = system_call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
