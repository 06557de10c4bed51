"""Small copies of clips' videos, as they may be shown: which are wanted, and which are made."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import Base


class ClipVideo(Base):
    """asked_at: when somebody asked for it; None where nobody has. begun_at: when a worker last
    began to make it, so that two do not. file_key: None until it is made. error_code: why there
    will be none."""

    __tablename__ = "clip_videos"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    asked_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    begun_at: Mapped[datetime | None] = mapped_column(default=None)
    file_key: Mapped[str | None] = mapped_column(default=None)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger, default=None)
    error_code: Mapped[str | None] = mapped_column(String(64), default=None)
