"""Every setting has a value that cannot be used, which is refused at the start with a sentence.

The sentence has the variable's name, or the value where it is a path or an address: whoever set it
finds it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tingzhen.bundle import open_bundle
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.patterns import read_exposure
from tingzhen.errors import TingzhenError
from tingzhen.serving import Settings, load_settings
from tingzhen.serving.access.authentication import open_authenticator
from tingzhen.serving.access.oidc_code_flow import code_flow_of
from tingzhen.serving.files import open_files
from tingzhen.serving.listener import listen
from tingzhen.serving.operations.port import operations_port
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.unknown_settings import unknown_settings

BAD_VALUES = {
    "lang": "fr",
    "s3_endpoint": "store.example:9000",
    "vehicle_secret": "short",
    "frequencies": "yes",
    "experience": "yes",
    "labour_cny_per_min": "0",
    "port": "65536",
    "workers": "-1",
    "worker_clips": "0",
    "worker_silence_s": "1",
    "queue_limit": "0",
    "open_uploads": "0",
    "upload_expiry_s": "0.5",
    "max_bytes": "0",
    "max_duration_s": "0",
    "max_pixels": "1.5",
    "max_streams": "0",
    "max_frames": "257",
    "decode_timeout_s": "-1",
    "decode_memory_bytes": "lots",
    "sandbox": "off",
    "inference_provider": "gpu",
    "inference_threads": "-1",
    "batch_max_rows": "0",
    "batch_wait_ms": "1001",
    "models_check_s": "0",
    "runs_dir": "/none",
    "open_docs": "true",
    "open_metrics": "true",
    "public_url": "cars.example",
    "session_idle_hours": "0",
    "workshop_videos": "never",
    "rate_owner_per_min": "-1",
    "rate_technician_per_min": "-1",
    "rate_engineer_per_min": "-1",
    "rate_admin_per_min": "many",
    "rate_failures_per_min": "0",
    "audit_days": "0",
    "keep_original_days": "-1",
    "keep_clips_days": "-1",
    "oidc_client_secret": "",
    "oidc_session_hours": "0",
    "oidc_role_claim": "",
    "oidc_workshop_claim": "",
    "oidc_skew_s": "301",
    "operations_port": "-1",
    "webhook_targets": "private",
    "webhook_timeout_s": "0",
    "webhook_retry_s": "0",
    "webhook_max_age_s": "0",
    "webhook_keep_days": "0",
    "log_level": "loud",
}
"""Found out when the settings are read."""


def start_models(settings: Settings) -> None:
    open_bundle(settings.noise_model, "noise")
    open_bundle(settings.damage_model, "damage")


def start_records(settings: Settings) -> None:
    upgrade_records(open_records(settings.records_url()))


def start_files(settings: Settings) -> None:
    open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    ).check()


def start_access(settings: Settings) -> None:
    records = open_records("sqlite://")
    open_authenticator(records, settings)
    records.dispose()


def start_port(settings: Settings) -> None:
    with operations_port(settings, dict):
        pass


Start = Callable[[Settings], object]
BAD_STARTS: dict[str, tuple[dict[str, str], Start]] = {
    "config": ({"config": "/none.toml"}, lambda settings: None),
    "noise_model": ({"noise_model": "/none"}, start_models),
    "damage_model": ({"damage_model": "/none"}, start_models),
    "knowledge": ({"knowledge": "/none"}, lambda settings: load_knowledge(settings.knowledge)),
    "data_dir": ({"data_dir": "/dev/null/data"}, start_records),
    "database_url": ({"database_url": "postgres at home"}, start_records),
    "files_url": ({"files_url": "ftp://store"}, start_files),
    "host": ({"host": "256.0.0.1"}, lambda settings: listen(settings.host, 0)),
    "oidc_client_id": (
        {"oidc_client_id": "pages"},
        code_flow_of,
    ),
    "oidc_issuer": ({"oidc_issuer": "not a url", "oidc_audience": "a"}, start_access),
    "oidc_audience": ({"oidc_issuer": "https://id.example"}, start_access),
    "oidc_algorithms": (
        {"oidc_issuer": "https://i.example", "oidc_audience": "a", "oidc_algorithms": "HS256"},
        start_access,
    ),
    "oidc_roles": (
        {"oidc_issuer": "https://i.example", "oidc_audience": "a", "oidc_roles": "boss=king"},
        start_access,
    ),
    "exposure": (
        {"exposure": "/none.csv"},
        lambda settings: settings.exposure and read_exposure(settings.exposure),
    ),
    "operations_host": ({"operations_port": "0", "operations_host": "256.0.0.1"}, start_port),
}
"""Found out when what they name is opened, before anything is served."""

ANY_VALUE = {"s3_region": "stores name their regions as they like"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("TINGZHEN_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TINGZHEN_DATA_DIR", str(tmp_path / "data"))
    yield


def test_every_setting_is_here() -> None:
    assert {*BAD_VALUES, *BAD_STARTS, *ANY_VALUE} == set(Settings.model_fields)


@pytest.mark.parametrize(("name", "value"), BAD_VALUES.items())
def test_a_value_that_cannot_be_used_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TINGZHEN_{name.upper()}", value)
    said(name, value, load_settings)


@pytest.mark.parametrize("name", BAD_STARTS)
def test_what_cannot_be_opened_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, start = BAD_STARTS[name]
    for key, value in settings.items():
        monkeypatch.setenv(f"TINGZHEN_{key.upper()}", value)
    said(name, settings.get(name, ""), lambda: start(load_settings()))


def test_a_misspelt_setting_is_told() -> None:
    environment = {
        "TINGZHEN_WORKER": "3", "tingzhen_frobnicate": "1", "TINGZHEN_PORT": "1", "PATH": "/",
        "TINGZHEN_SERVICE_HOST": "10.0.0.1", "TINGZHEN_PORT_80_TCP": "tcp://10.0.0.1:80",
    }  # fmt: skip
    sentences = unknown_settings(environment, Settings.model_fields.keys())
    assert [text.en for text in sentences] == [
        "TINGZHEN_WORKER is no setting and does nothing. Is TINGZHEN_WORKERS meant?",
        "tingzhen_frobnicate is no setting and does nothing. See docs/settings.md.",
    ]
    assert "TINGZHEN_WORKERS" in sentences[0].zh


def said(name: str, value: str, start: Callable[[], object]) -> None:
    with pytest.raises(TingzhenError) as caught:
        start()
    for text in (caught.value.text.en, caught.value.text.zh):
        assert f"TINGZHEN_{name.upper()}" in text or (value and value in text)
