"""Access rights in the OpenAPI document: the token, who may ask what, the gate's answers."""

from typing import Any

from tingzhen.serving.access.endpoints import action_of, is_open
from tingzhen.serving.access.roles import ACTIONS, ROLES
from tingzhen.serving.http.problems import documented

_REFUSALS = ("token_missing", "token_invalid", "token_expired", "token_revoked",
             "session_ended", "csrf_failed", "not_allowed",
             "too_many_requests", "identity_unavailable", "records_unavailable")  # fmt: skip


def describe_access(document: dict[str, Any]) -> None:
    """Add to the document how every operation is guarded."""
    document["components"]["securitySchemes"] = {
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "A token of `tingzhen token create`, or one of the identity provider.",
        }
    }  # fmt: skip
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if is_open(method.upper(), path):
                operation["security"] = []
                continue
            operation["security"] = [{"token": []}]
            operation["description"] = (
                f"{operation.get('description', '')}\n\n{_who(method.upper(), path)}".strip()
            )
            for status, refusal in documented(*_REFUSALS).items():
                _merge(operation["responses"], str(status), refusal)


def _who(method: str, path: str) -> str:
    action = action_of(method, path)
    if action is None:
        return "Nobody may ask this."
    reaches = ((role, ACTIONS[action].reach(role)) for role in ROLES)
    return f"`{action}`: " + ", ".join(f"{role} ({reach})" for role, reach in reaches if reach)


def _merge(responses: dict[str, Any], status: str, refusal: dict[str, Any]) -> None:
    """The codes of the gate beside those of the endpoint with the same status."""
    own = responses.setdefault(status, refusal)
    if own is refusal:
        return
    for kind, content in refusal["content"].items():
        there = own.setdefault("content", {}).setdefault(kind, {"schema": content["schema"]})
        there["examples"] = there.get("examples", {}) | content["examples"]
