"""Processes that work on clips, and when each was last heard of."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import Base


class WorkerProcess(Base):
    """executor_id: under which its jobs are kept. beat_at: when it last said that it lives."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)
    stopping: Mapped[bool] = mapped_column(default=False)
