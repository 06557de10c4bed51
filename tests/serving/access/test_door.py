"""The first token: shown where there has never been one, and never again."""

import re

import pytest
from sqlalchemy import Engine

from tingzhen.serving.access.door import show_first_token
from tingzhen.serving.access.tokens import check_token, create_token, list_tokens, revoke_token


def test_the_first_start_shows_a_token_and_no_later_one_does(
    records: Engine, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    show_first_token(records)
    shown = capsys.readouterr()
    (token,) = re.findall(r"tz_[0-9a-f]{12}_[\w-]{43}", shown.err)
    assert (shown.out, caplog.text) == ("", "")
    assert "首个管理员令牌" in shown.err
    assert check_token(records, token).role == "admin"
    show_first_token(records)
    revoke_token(records, token)
    show_first_token(records)
    assert capsys.readouterr().err == ""


def test_who_made_a_token_before_the_first_start_is_shown_none(
    records: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    create_token(records, subject="a1", role="admin", valid_for=None)
    show_first_token(records)
    assert capsys.readouterr().err == ""
    assert len(list_tokens(records)) == 1
