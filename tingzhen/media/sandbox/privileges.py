"""Nothing to gain and nothing left to use: no_new_privs and no capabilities."""

import struct

from tingzhen.media.sandbox.kernel import PR_SET_NO_NEW_PRIVS, prctl, system_call
from tingzhen.media.sandbox.system_calls import X86_64, Architecture

_CAPABILITY_VERSION_3 = 0x20080522


def gain_none() -> None:
    """From now on no program that is started has more rights than this one. Raises OSError."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities(architecture: Architecture) -> None:
    """Give up all capabilities (capset(2), version 3), those of root as well. Raises OSError."""
    capset = 126 if architecture is X86_64 else 91
    system_call(capset, struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24))
