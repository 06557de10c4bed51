"""Settings of the command and of the service: environment variables that begin with TINGZHEN_."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tingzhen.bundle import MODELS_DIR
from tingzhen.errors import SettingsError
from tingzhen.language import Language, Text
from tingzhen.media.limits import Limits

_LIMITS = Limits()


def _data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tingzhen"


class Settings(BaseSettings):
    """All settings; docs/settings.md has the same table, proven by a test."""

    model_config = SettingsConfigDict(env_prefix="TINGZHEN_", extra="ignore", frozen=True)

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
        default=None, description="Database of cases (SQLAlchemy URL); a file in data_dir without."
    )
    vehicle_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Key that VINs are hashed with; made without."
    )
    frequencies: Literal["on", "off"] = Field(
        default="off", description="Whether a diagnosis weighs how often faults were confirmed."
    )
    experience: Literal["on", "off"] = Field(
        default="on", description="Whether a diagnosis weighs the rules of technicians' experience."
    )
    labour_cny_per_min: float = Field(
        default=4.0, gt=0, le=10_000, description="Price of a minute of labour, CNY."
    )
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port of the service; 0 takes a free one."
    )
    workers: int = Field(
        default=2, ge=1, le=64, description="Clips that the service analyses at once."
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
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event that the service logs."
    )

    def cases_url(self) -> str:
        """SQLAlchemy URL of the database of cases and experience."""
        return self.database_url or f"sqlite:///{self.data_dir / 'cases.sqlite3'}"

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
        )


def load_settings() -> Settings:
    """Settings from the environment. Raises SettingsError that names each variable in error."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"TINGZHEN_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}"
            for e in error.errors()
        ]
        listed = "; ".join(lines)
        raise SettingsError(
            Text(f"设置有误：{listed}。请参阅 docs/settings.md。",
                 f"A setting cannot be used: {listed}. See docs/settings.md.")
        ) from error  # fmt: skip


def default_language(settings: Settings, environment: Mapping[str, str] | None = None) -> Language:
    """TINGZHEN_LANG, else zh for a Chinese locale (LC_ALL, LC_MESSAGES, LANG), else en."""
    if settings.lang is not None:
        return settings.lang
    env = os.environ if environment is None else environment
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
