"""Who asks, and how far what they may do reaches."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from tingzhen.errors import NotAllowed
from tingzhen.language import Text
from tingzhen.serving.access.roles import ACTIONS, Reach
from tingzhen.serving.records import Role

SUBJECT: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
"""What a key looks like: the subject of a token, and a workshop."""
IN_SCOPE: Final = "tingzhen.access"


def key_of(subject: str) -> str:
    """What stands in the log and in histories for a subject: itself where it looks like a key, else
    a pseudonym. An identity provider may put a name or an address into `sub`."""
    if SUBJECT.fullmatch(subject):
        return subject
    return "u" + hashlib.sha256(subject.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token is good. subject: a key, no name. workshop: which a technician always
    has. scopes: actions, or kinds of them (`clips.*`); empty for all that the role may do.
    token_id: None for a token of an identity provider."""

    subject: str
    role: Role
    workshop: str | None = None
    scopes: frozenset[str] = frozenset()
    token_id: str | None = None

    @property
    def key(self) -> str:
        """The subject, or a pseudonym of it where it does not look like a key: what stands in
        histories."""
        return key_of(self.subject)

    def grant(self, action: str) -> "Access":
        """Raises NotAllowed where the role or the scopes do not allow the action."""
        reach = ACTIONS[action].reach(self.role)
        if reach is None:
            raise NotAllowed(
                Text(f"角色 {self.role} 不允许此操作（{action}）。请使用有权限的令牌。",
                     f"The role {self.role} may not do this ({action}). "
                     "Use a token of somebody who may.")
            )  # fmt: skip
        if self.scopes and not self.scopes & {action, f"{action.partition('.')[0]}.*"}:
            raise NotAllowed(
                Text(f"令牌的权限范围不含 {action}。请另建包含它的令牌。",
                     f"The scopes of the token leave out {action}. Use a token that has it.")
            )  # fmt: skip
        return Access(self, action, reach)


@dataclass(frozen=True, slots=True)
class Access:
    """A caller who may do something. Objects beyond reach do not exist for them: answer 404."""

    caller: Caller
    action: str
    reach: Reach

    def admits(self, owner: str | None, workshop: str | None) -> bool:
        """Whether an object of that owner and that workshop is within reach, in full."""
        if self.reach == "all":
            return True
        if self.reach == "own":
            return owner == self.caller.subject
        return self.caller.workshop is not None and workshop == self.caller.workshop

    @property
    def only_owner(self) -> str | None:
        """The owner whose objects a list is limited to; None for no such limit."""
        return self.caller.subject if self.reach == "own" else None

    @property
    def only_workshop(self) -> str | None:
        """The workshop whose objects a list is limited to; None for no such limit."""
        if self.reach != "workshop":
            return None
        if self.caller.workshop is None:
            raise NotAllowed(_NO_WORKSHOP)
        return self.caller.workshop

    def workshop_of_new(self, named: str | None) -> str | None:
        """The workshop that a new object belongs to. named: what the caller asks for.

        An owner may let a workshop see it; what a technician makes is their workshop's. Raises
        NotAllowed for a technician who names another.
        """
        if self.caller.role != "technician":
            return named
        if self.caller.workshop is None:
            raise NotAllowed(_NO_WORKSHOP)
        if named not in (None, self.caller.workshop):
            raise NotAllowed(
                Text(f"只能为自己的车间 {self.caller.workshop} 上传。",
                     f"You can send for your own workshop only, {self.caller.workshop}.")
            )  # fmt: skip
        return self.caller.workshop


_NO_WORKSHOP: Final = Text(
    "令牌没有车间。请让管理员签发带车间的令牌。",
    "The token names no workshop. Ask for one that does.",
)


def access_of(request: Request) -> Access:
    """What the gate granted for this request. Raises NotAllowed where no gate was passed."""
    access: Access | None = request.scope.get(IN_SCOPE)
    if access is None:
        raise NotAllowed(
            Text("请求未经过权限检查。", "The request has passed no check of access rights.")
        )
    return access


Granted = Annotated[Access, Depends(access_of)]
"""For the endpoints: who asks and how far they reach."""
