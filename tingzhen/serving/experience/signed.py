"""Who says a rule of experience that comes over HTTP: the caller, whatever the request claims."""

from tingzhen.errors import ExperienceError
from tingzhen.language import Text
from tingzhen.serving.access import Caller


def signed(caller: Caller, item: object) -> object:
    """A statement with its author and workshop. A technician speaks for themself; an admin may
    enter what another said. Raises ExperienceError."""
    if not isinstance(item, dict):
        return item
    own = {"author": caller.key} | ({"workshop": caller.workshop} if caller.workshop else {})
    if caller.role != "admin":
        for name, value in own.items():
            must_be(caller, name, item.get(name), value)
    return own | item


def must_be(caller: Caller, name: str, given: object, own: str | None = None) -> None:
    """given: None where it was left out. own: the caller's key without it. Raises ExperienceError
    where it is somebody else's."""
    own = own or caller.key
    if given not in (None, own):
        raise ExperienceError(
            Text(f"{name} 只能是您自己的（{own}），或省略。",
                 f"`{name}` is your own ({own}), or is left out.")
        )  # fmt: skip
