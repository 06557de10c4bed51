"""The layers in the order in which they are put on, and what is in force of them.

decoder process, once, when everything is loaded       each child, before it sees a byte
────────────────────────────────────────────────       ─────────────────────────────────
namespaces, empty root ► no privileges ► Landlock  ──fork──►  limits ► system calls
"""

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tingzhen.media.sandbox import landlock, namespaces, privileges
from tingzhen.media.sandbox.seccomp import Filter, supported
from tingzhen.media.sandbox.system_calls import rules_of, this_architecture

Name = Literal["network", "root", "privileges", "landlock", "system_calls"]
REQUIRED: Final[frozenset[Name]] = frozenset({"privileges", "system_calls"})


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. detail: its extent where it is in force, else why it is not."""

    name: Name
    in_force: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Confinement:
    """layers: of every child. system_calls: the filter to set in it; None where there is none."""

    layers: tuple[Layer, ...]
    system_calls: Filter | None


def missing(layers: Iterable[Layer]) -> list[Layer]:
    """Required layers that are not in force; decoding is then refused unless a setting allows."""
    return [layer for layer in layers if layer.name in REQUIRED and not layer.in_force]


def detect_and_isolate() -> Confinement:
    """Put on, in this process, the layers that children inherit, and find out about the rest.

    For good; from here on nothing can be opened. Layers that the machine does not offer are told.
    """
    architecture = this_architecture()
    if architecture is None:
        unknown = f"not known for {os.uname().machine}"
        absent: tuple[Name, ...] = ("network", "root", "landlock", "system_calls")
        return Confinement(
            (*(Layer(name, False, unknown) for name in absent),
             _put_on("privileges", privileges.gain_none, "no new privileges")),
            None,
        )  # fmt: skip

    def without_privileges() -> None:
        privileges.gain_none()
        privileges.drop_capabilities(architecture)

    network = _put_on("network", namespaces.leave, "own network, IPC and users")
    if network.in_force:
        root = _put_on("root", namespaces.empty_root, "empty root folder")
    else:
        root = Layer("root", False, network.detail)
    bare = _put_on("privileges", without_privileges, "no new privileges, no capabilities")
    return Confinement(
        (network, root, bare, _landlock(), _system_calls()),
        Filter(rules_of(architecture)) if supported() else None,
    )


def confine(confinement: Confinement) -> None:
    """Put on, in a child, what is not inherited. Raises OSError: the child must then end."""
    if confinement.system_calls is not None:
        confinement.system_calls.set()


def _put_on(name: Name, layer: Callable[[], None], extent: str) -> Layer:
    try:
        layer()
    except OSError as error:
        return Layer(name, False, f"refused by this machine: {error.strerror}")
    return Layer(name, True, extent)


def _landlock() -> Layer:
    try:
        offered = landlock.version()
        landlock.deny_everything(offered)
    except OSError as error:
        absent = error.errno in {errno.ENOSYS, errno.EOPNOTSUPP}
        why = "not in this kernel" if absent else f"refused by this machine: {error.strerror}"
        return Layer("landlock", False, why)
    return Layer("landlock", True, f"no file, no TCP; interface version {offered}")


def _system_calls() -> Layer:
    if supported():
        return Layer("system_calls", True, "allow-list of system calls (seccomp)")
    return Layer("system_calls", False, "this kernel takes no filter of system calls (seccomp)")
