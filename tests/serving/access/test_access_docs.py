"""docs/access.md says what the tables say; `python -m tests.serving.access.test_access_docs` prints
its tables anew."""

from pathlib import Path

from tingzhen.serving.access.endpoints import ENDPOINTS, OPEN
from tingzhen.serving.access.roles import ACTIONS, ROLES

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


def action_rows() -> list[str]:
    return [
        f"| `{name}` | {action.what} | "
        + " | ".join(action.reach(role) or "–" for role in ROLES)
        + f" | {'yes' if action.audited else '–'} |"
        for name, action in ACTIONS.items()
    ]


def endpoint_rows() -> list[str]:
    return [f"| `{endpoint}` | `{action}` |" for endpoint, action in ENDPOINTS.items()]


def table(rows: list[str], first: str) -> list[str]:
    start = next(number for number, row in enumerate(rows) if row.startswith(first)) + 2
    end = next(number for number, row in enumerate(rows[start:], start) if not row.startswith("|"))
    return rows[start:end]


def test_the_page_shows_what_each_role_may_do() -> None:
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    assert table(rows, "| action ") == action_rows()


def test_the_page_shows_which_action_each_endpoint_is() -> None:
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    assert table(rows, "| endpoint ") == endpoint_rows()
    assert [e for e in OPEN if f"`{e}`" not in "\n".join(rows)] == []


if __name__ == "__main__":
    print("\n".join(action_rows()), "\n".join(endpoint_rows()), sep="\n\n")
