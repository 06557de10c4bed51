"""Settings come from the environment, and a wrong one is named."""

import pytest

from tingzhen.errors import SettingsError
from tingzhen.serving import Settings, default_language, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TINGZHEN_{name.upper()}", raising=False)


def test_limits_follow_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_MAX_DURATION_S", "12.5")
    monkeypatch.setenv("TINGZHEN_MAX_BYTES", "1000")
    limits = load_settings().limits()
    assert (limits.max_duration_s, limits.max_bytes) == (12.5, 1000)


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_PORT", "eighty")
    monkeypatch.setenv("TINGZHEN_LANG", "fr")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "TINGZHEN_PORT='eighty'" in caught.value.text.en
    assert "TINGZHEN_LANG" in caught.value.text.zh


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, "zh"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], language: str) -> None:
    assert default_language(Settings(), environment) == language


def test_the_setting_beats_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_LANG", "en")
    assert default_language(load_settings(), {"LANG": "zh_CN.UTF-8"}) == "en"
