"""Tokens: shown once, kept as a hash, good until they expire or are taken back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from tests.postgres import on_both_databases
from tingzhen.command_line import app
from tingzhen.errors import (
    TokenExpired,
    TokenInvalid,
    TokenOptionInvalid,
    TokenRevoked,
    TokenUnknown,
)
from tingzhen.serving.access.tokens import (
    check_token,
    create_token,
    first_admin_token,
    list_tokens,
    revoke_token,
)
from tingzhen.serving.records import AccessToken, open_records, writing

DAY = timedelta(days=1)


@on_both_databases
def test_a_token_opens_until_it_is_taken_back(records: Engine) -> None:
    made = create_token(
        records, subject="t017", role="technician", workshop="w1", scopes=["clips.read"],
        valid_for=DAY,
    )  # fmt: skip
    caller = check_token(records, made.text)
    assert (caller.subject, caller.role, caller.workshop) == ("t017", "technician", "w1")
    assert (caller.scopes, caller.token_id) == (frozenset({"clips.read"}), made.id)
    revoke_token(records, made.text)
    first = list_tokens(records)[0].revoked_at
    with pytest.raises(TokenRevoked):
        check_token(records, made.text)
    revoke_token(records, made.id)
    assert list_tokens(records)[0].revoked_at == first


def test_the_secret_is_kept_nowhere(records: Engine) -> None:
    made = create_token(records, subject="o1", role="owner", valid_for=DAY)
    secret = made.text.rsplit("_", 1)[-1]
    with records.connect() as connection:
        rows = connection.execute(text("SELECT * FROM tokens")).all()
    assert len(rows) == 1
    assert secret not in str(rows)
    assert made.text not in repr(list_tokens(records))


def test_an_expired_token_says_so_only_to_who_has_its_secret(records: Engine) -> None:
    made = create_token(records, subject="o1", role="owner", valid_for=DAY)
    with writing(records) as session:
        record = session.get_one(AccessToken, made.id)
        record.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    with pytest.raises(TokenExpired):
        check_token(records, made.text)
    changed = made.text[:-1] + ("A" if made.text[-1] != "A" else "B")
    with pytest.raises(TokenInvalid):
        check_token(records, changed)


@pytest.mark.parametrize(
    "written",
    ["", "tz_", "tz_000000000000_" + "A" * 43, "tz_%_x", "tz_' OR 1=1 --_" + "A" * 43, "听" * 60],
)
def test_what_is_no_token_of_ours_is_invalid(records: Engine, written: str) -> None:
    with pytest.raises(TokenInvalid):
        check_token(records, written)


def test_the_last_use_is_kept_to_the_minute(records: Engine) -> None:
    made = create_token(records, subject="o1", role="owner", valid_for=None)
    assert list_tokens(records)[0].last_used_at is None
    check_token(records, made.text)
    first = list_tokens(records)[0].last_used_at
    assert first is not None
    check_token(records, made.text)
    assert list_tokens(records)[0].last_used_at == first
    with writing(records) as session:
        session.get_one(AccessToken, made.id).last_used_at = first - timedelta(minutes=2)
    check_token(records, made.text)
    assert list_tokens(records)[0].last_used_at != first - timedelta(minutes=2)


def test_a_database_that_cannot_be_written_still_lets_people_in(tmp_path: Path) -> None:
    from tingzhen.serving.records.schema import upgrade_records

    address = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    records = open_records(address)
    upgrade_records(records)
    made = create_token(records, subject="o1", role="owner", valid_for=None)
    with records.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert check_token(records, made.text).subject == "o1"
    assert list_tokens(records)[0].last_used_at is None
    records.dispose()


@on_both_databases
def test_the_first_admin_token_is_made_once_by_one_of_many(records: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: first_admin_token(records), range(4)))
    (token,) = [one for one in made if one is not None]
    assert check_token(records, token.text).role == "admin"
    assert list_tokens(records)[0].expires_at is None
    revoke_token(records, token.id)
    assert first_admin_token(records) is None


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "Zhang San"}, {"subject": "a@b.c"}, {"role": "root"}, {"workshop": "Wu 1"},
        {"scopes": ["clips.fly"]}, {"scopes": ["*"]}, {"role": "technician"},
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_named(records: Engine, given: dict[str, object]) -> None:
    fitting = {"subject": "o1", "role": "owner", "valid_for": DAY}
    with pytest.raises(TokenOptionInvalid) as raised:
        create_token(records, **(fitting | given))  # type: ignore[arg-type]
    assert raised.value.text.zh != raised.value.text.en
    assert list_tokens(records) == []


def test_unknown_tokens_cannot_be_revoked_and_their_secret_is_not_repeated(
    records: Engine,
) -> None:
    with pytest.raises(TokenUnknown) as raised:
        revoke_token(records, "tz_0123456789ab_SECRETSECRET")
    assert "SECRET" not in str(raised.value)


def test_the_command_makes_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGZHEN_DATA_DIR", str(tmp_path / "data"))

    def tingzhen(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["token", *arguments])

    made = tingzhen("create", "--subject", "t017", "--role", "technician", "--workshop", "w1",
                    "--scope", "clips.*", "--days", "7")  # fmt: skip
    assert (made.exit_code, made.stderr) == (0, "")
    token_id = made.stdout.split("_")[1]
    monkeypatch.setenv("TINGZHEN_PUBLIC_URL", "https://cars.example")
    link = tingzhen("create", "--subject", "o1", "--role", "owner", "--link").stdout
    assert link.startswith("https://cars.example/login#tz_")
    tingzhen("revoke", link.strip().partition("#")[2])
    listed = tingzhen("list", "--json")
    (line,) = [json.loads(row) for row in listed.stdout.splitlines()]
    assert (line["id"], line["role"], line["state"]) == (token_id, "technician", "valid")
    assert made.stdout.strip() not in listed.stdout
    assert tingzhen("revoke", token_id).exit_code == 0
    assert tingzhen("list").stdout == ""
    assert "revoked" in tingzhen("list", "--all").stdout
    wrong = tingzhen("create", "--subject", "T 17", "--role", "owner")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("token_option_invalid: ")
