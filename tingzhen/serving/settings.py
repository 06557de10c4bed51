"""Settings of the command and of the service: environment variables that begin with TINGZHEN_, and
before their defaults the file that TINGZHEN_CONFIG names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import DirectoryPath, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tingzhen.bundle import MODELS_DIR, ProviderChoice
from tingzhen.errors import SettingsError
from tingzhen.language import Language, Text
from tingzhen.media.limits import Limits
from tingzhen.serving.settings_file import read_settings_file

_LIMITS = Limits()


def _data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tingzhen"


class Settings(BaseSettings):
    """All settings; docs/settings.md has the same table, proven by a test."""

    model_config = SettingsConfigDict(env_prefix="TINGZHEN_", extra="ignore", frozen=True)

    config: Path | None = Field(default=None, description="File of settings (TOML).")
    lang: Language | None = Field(default=None, description="Language of reports: zh or en.")
    noise_model: Path = Field(
        default=MODELS_DIR / "noise", description="Folder of the noise bundle."
    )
    damage_model: Path = Field(
        default=MODELS_DIR / "damage", description="Folder of the damage bundle."
    )
    knowledge: Path | None = Field(
        default=None, description="Folder of fault trees, instead of ours."
    )
    data_dir: Path = Field(default_factory=_data_dir, description="Where the service keeps clips.")
    database_url: str | None = Field(
        default=None,
        description="Database of the service and of cases (SQLAlchemy URL); files in data_dir "
        "without.",
    )
    files_url: str | None = Field(
        default=None,
        description="Store of clips: a folder or s3://bucket/prefix; in data_dir without.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d+)?/?$",
        description="Address of an S3 store that is not AWS.",
    )
    s3_region: str | None = Field(default=None, description="Region of the S3 store.")
    vehicle_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Key that VINs are hashed with; made without."
    )
    frequencies: Literal["on", "off"] = Field(
        default="off", description="Whether a diagnosis weighs how often faults were confirmed."
    )
    experience: Literal["on", "off"] = Field(
        default="on", description="Whether a diagnosis weighs the rules of technicians' experience."
    )
    exposure: Path | None = Field(
        default=None, description="Table of vehicles in service (CSV), for rates per vehicle."
    )
    labour_cny_per_min: float = Field(
        default=4.0, gt=0, le=10_000, description="Price of a minute of labour, CNY."
    )
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port of the service; 0 takes a free one."
    )
    workers: int = Field(
        default=2, ge=0, le=64, description="Worker processes that `tingzhen serve` starts."
    )
    worker_clips: int = Field(
        default=2, ge=1, le=64, description="Clips that one worker analyses at once."
    )
    worker_silence_s: float = Field(
        default=10.0,
        ge=2.0,
        le=3600.0,
        description="Seconds after which the clips of a silent worker are taken over.",
    )
    queue_limit: int = Field(
        default=1000, ge=1, description="Clips that may wait; beyond it queue_full."
    )
    open_uploads: int = Field(
        default=20, ge=1, le=10_000, description="Unfinished uploads that one sender may have."
    )
    upload_expiry_s: float = Field(
        default=86_400.0,
        ge=1,
        le=31_536_000,
        description="Seconds after which an unfinished upload is removed when nothing more comes.",
    )
    max_bytes: int = Field(
        default=_LIMITS.max_bytes,
        ge=1,
        description="Largest clip, bytes; a larger one is too_large.",
    )
    max_duration_s: float = Field(
        default=_LIMITS.max_duration_s,
        gt=0,
        description="Longest clip, seconds; beyond it too_long.",
    )
    max_pixels: int = Field(
        default=_LIMITS.max_pixels,
        ge=1,
        description="Pixels of one picture; beyond it too_many_pixels.",
    )
    max_streams: int = Field(
        default=_LIMITS.max_streams,
        ge=1,
        description="Tracks of a clip; beyond it too_many_streams.",
    )
    max_frames: int = Field(
        default=_LIMITS.max_frames, ge=1, le=256, description="Pictures looked at in one clip."
    )
    decode_timeout_s: float = Field(
        default=_LIMITS.decode_timeout_s, gt=0, description="Seconds that decoding a clip may take."
    )
    decode_memory_bytes: int = Field(
        default=_LIMITS.max_memory_bytes,
        ge=1,
        description="Memory that decoding a clip may take, bytes.",
    )
    sandbox: Literal["strict", "available"] = Field(
        default=_LIMITS.sandbox,
        description="Whether a machine that cannot confine the decoder decodes nothing or goes on.",
    )
    inference_provider: ProviderChoice = Field(
        default="auto", description="What runs the networks: auto, cpu or cuda."
    )
    inference_threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads of one run of a network; 0: up to two."
    )
    batch_max_rows: int = Field(
        default=8, ge=1, le=256, description="Pictures of several jobs that one run may hold."
    )
    batch_wait_ms: float = Field(
        default=0.0, ge=0, le=1000, description="Milliseconds that a busy run waits to be filled."
    )
    models_check_s: float = Field(
        default=2.0,
        gt=0,
        le=3600,
        description="Seconds between two looks at which models are active.",
    )
    runs_dir: DirectoryPath | None = Field(
        default=None, description="Folder of training runs that engineers may watch."
    )
    open_docs: Literal["on", "off"] = Field(
        default="off", description="Whether /docs and /openapi.json need no token."
    )
    open_metrics: Literal["on", "off"] = Field(
        default="off", description="Whether /metrics needs no token."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="Address at which people reach the service, such as https://cars.example.",
    )
    session_idle_hours: float = Field(
        default=336.0,
        gt=0,
        le=87_600,
        description="Hours without use after which somebody is signed out of the pages.",
    )
    rate_owner_per_min: int = Field(
        default=240, ge=0, description="Requests a minute of an owner's token; 0: any number."
    )
    rate_technician_per_min: int = Field(
        default=600, ge=0, description="Requests a minute of a technician's token; 0: any number."
    )
    rate_engineer_per_min: int = Field(
        default=600, ge=0, description="Requests a minute of an engineer's token; 0: any number."
    )
    rate_admin_per_min: int = Field(
        default=1200, ge=0, description="Requests a minute of an admin's token; 0: any number."
    )
    rate_failures_per_min: int = Field(
        default=30, ge=1, description="Failed tokens a minute from one address."
    )
    audit_days: int = Field(
        default=365, ge=1, le=36_500, description="Days that the log of who did what is kept."
    )
    workshop_videos: Literal["ahead", "asked"] = Field(
        default="ahead",
        description="Whether the video that a workshop sees is made while nothing is analysed, or "
        "when somebody first asks.",
    )
    keep_original_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days that the original of an analysed clip is kept; 0: for good.",
    )
    keep_clips_days: int = Field(
        default=0, ge=0, le=36_500, description="Days that clips are kept; 0: until deleted."
    )
    oidc_issuer: str | None = Field(
        default=None, description="URL of an identity provider whose tokens are taken."
    )
    oidc_audience: str | None = Field(
        default=None, description="What the tokens of the identity provider are for (aud)."
    )
    oidc_client_id: str | None = Field(
        default=None, min_length=1, description="What the pages are called at the provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, min_length=1, description="Secret of the pages at the provider, if any."
    )
    oidc_session_hours: float = Field(
        default=12.0,
        gt=0,
        le=8760,
        description="Hours after which somebody signs in at the provider again.",
    )
    oidc_algorithms: str = Field(
        default="RS256,PS256,ES256,EdDSA", description="Signatures that are accepted."
    )
    oidc_role_claim: str = Field(
        default="roles", min_length=1, description="Claim that names roles; dots go deeper."
    )
    oidc_roles: str = Field(
        default="admin=admin,engineer=engineer,technician=technician,owner=owner",
        description="Role here for each role there, the first that somebody has.",
    )
    oidc_workshop_claim: str = Field(
        default="workshop", min_length=1, description="Claim that names the workshop."
    )
    oidc_skew_s: float = Field(
        default=30.0, ge=0, le=300, description="Seconds by which clocks may differ."
    )
    operations_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address of the port for probes and measuring systems.",
    )
    operations_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port with /healthz and /metrics, without a token; 0 takes a free one.",
    )
    webhook_targets: Literal["public", "any"] = Field(
        default="public",
        description="Whether webhooks go to public https addresses alone, or also inside.",
    )
    webhook_timeout_s: float = Field(
        default=10.0, ge=0.1, le=60.0, description="Seconds that one attempt of a webhook may take."
    )
    webhook_retry_s: float = Field(
        default=5.0, ge=0.01, le=3600.0, description="Seconds to the second attempt of a webhook."
    )
    webhook_max_age_s: float = Field(
        default=259_200.0,
        ge=1,
        le=2_592_000,
        description="Seconds after which a delivery is put aside.",
    )
    webhook_keep_days: int = Field(
        default=30, ge=1, le=3650, description="Days that ended deliveries can be replayed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event that the service logs."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments go before the environment, and that before the file. Raises SettingsError."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _of_file())

    def cases_url(self) -> str:
        """SQLAlchemy URL of the database of cases and experience."""
        return self.database_url or f"sqlite:///{self.data_dir / 'cases.sqlite3'}"

    def records_url(self) -> str:
        """SQLAlchemy URL of the database of the service."""
        return self.database_url or f"sqlite:///{self.data_dir / 'records.sqlite3'}"

    def files_location(self) -> str:
        """Folder or s3:// address of the file store."""
        return self.files_url or str(self.data_dir / "files")

    def limits(self) -> Limits:
        """What one clip may cost, for the media room."""
        return Limits(
            max_bytes=self.max_bytes,
            max_duration_s=self.max_duration_s,
            max_pixels=self.max_pixels,
            max_streams=self.max_streams,
            max_frames=self.max_frames,
            decode_timeout_s=self.decode_timeout_s,
            max_memory_bytes=self.decode_memory_bytes,
            sandbox=self.sandbox,
        )


def load_settings() -> Settings:
    """Settings from the environment and the file. Raises SettingsError that names each in error."""
    try:
        return Settings()
    except ValidationError as error:
        listed = "; ".join(_mistake(found) for found in error.errors())
        raise SettingsError(
            Text(f"设置有误：{listed}。请参阅 docs/settings.md。",
                 f"A setting cannot be used: {listed}. See docs/settings.md.")
        ) from error  # fmt: skip


def _of_file() -> dict[str, Any]:
    path = os.environ.get("TINGZHEN_CONFIG")
    if not path:
        return {}
    return read_settings_file(Path(path), Settings.model_fields.keys() - {"config"})


def _mistake(found: ErrorDetails) -> str:
    """Where the value stands, the value unless it is secret, and what is wrong with it."""
    if not found["loc"]:
        return found["msg"]  # of several settings together
    name = str(found["loc"][0])
    variable = f"TINGZHEN_{name.upper()}"
    annotation = str(Settings.model_fields[name].annotation)
    value = "***" if "SecretStr" in annotation else repr(found["input"])
    if variable in (name.upper() for name in os.environ):
        return f"{variable}={value}: {found['msg']}"
    return f"{name} = {value} ({os.environ.get('TINGZHEN_CONFIG', '')}): {found['msg']}"


def default_language(settings: Settings, environment: Mapping[str, str] | None = None) -> Language:
    """TINGZHEN_LANG, else zh for a Chinese locale (LC_ALL, LC_MESSAGES, LANG), else en."""
    if settings.lang is not None:
        return settings.lang
    env = os.environ if environment is None else environment
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
