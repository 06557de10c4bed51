"""A network without interfaces and a root folder without files (namespaces(7), chroot(2))."""

import os

from tingzhen.media.sandbox import kernel

_NEW_MOUNTS, _NEW_UTS, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8
_RECURSIVE, _PRIVATE = 0x4000, 0x40000
# Any folder that is there will do: the empty file system is laid over it, for us alone.
_COVERED = "/proc"


def leave() -> None:
    """Take this process, which must have one thread, out of the machine's network and IPC.

    Raises OSError, mostly EPERM: unprivileged user namespaces are switched off.
    """
    kernel.unshare(_NEW_USER | _NEW_MOUNTS | _NEW_NETWORK | _NEW_IPC | _NEW_UTS)


def empty_root() -> None:
    """Make an empty, read-only file system the root of this process. Raises OSError.

    Leaving it again takes a capability: drop them all after this. The old root is not unmounted,
    which would take the kernel some 20 ms and gain nothing.
    """
    kernel.mount("none", "/", None, _RECURSIVE | _PRIVATE)
    flags = _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_EXEC
    kernel.mount("none", _COVERED, "tmpfs", flags, "size=4k,nr_inodes=1,mode=0555")
    os.chroot(_COVERED)
    os.chdir("/")
