"""Settings come from the environment, and a wrong one is named."""

from pathlib import Path

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


def config(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Path:
    file = folder / "tingzhen.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("TINGZHEN_CONFIG", str(file))
    return file


def test_a_file_gives_what_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config(monkeypatch, tmp_path, 'port = 9000\nlang = "zh"\nmax_duration_s = 12.5\n')
    monkeypatch.setenv("TINGZHEN_LANG", "en")
    settings = load_settings()
    assert (settings.port, settings.lang, settings.max_duration_s) == (9000, "en", 12.5)
    assert Settings(port=1).port == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ?", "not valid TOML: Invalid value (at line 1, column 8)"),
        ("prot = 1", "unknown keys: prot (meant: port)"),
        ("TINGZHEN_PORT = 1\nfrobnicate = 2", "unknown keys: TINGZHEN_PORT (meant: port), frob"),
        ("[server]\nport = 1", "unknown keys: server"),
        ('config = "other.toml"', "unknown keys: config"),
        ("port = 99999", "port = 99999 ("),
        ("experience = true", "experience = True ("),
        ('vehicle_secret = "guess"', "vehicle_secret = *** ("),
    ],
)
def test_each_mistake_in_a_file_is_said_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
) -> None:
    file = config(monkeypatch, tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert said in caught.value.text.en
    assert str(file) in caught.value.text.en
    assert str(file) in caught.value.text.zh


def test_a_file_that_cannot_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TINGZHEN_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read \(No such file"):
        load_settings()
    config(monkeypatch, tmp_path, "").write_bytes(b"lang = '\xff'")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings()


def test_a_secret_that_does_not_fit_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_VEHICLE_SECRET", "too-short")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "TINGZHEN_VEHICLE_SECRET=***" in caught.value.text.en
    assert "too-short" not in caught.value.text.en + caught.value.text.zh


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
