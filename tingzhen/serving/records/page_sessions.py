"""Who is signed in to the pages in a browser."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.access import Role
from tingzhen.serving.records.base import ID_CHARACTERS, Base


class PageSession(Base):
    """id: SHA-256 of the secret in the cookie, which itself is kept nowhere. token_id: the token
    that opened it, with which it ends; None where an identity provider said who it is.
    expires_at: when it ends however much it is used."""

    __tablename__ = "page_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(String(16))
    workshop: Mapped[str | None] = mapped_column(default=None)
    scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    token_id: Mapped[str | None] = mapped_column(String(ID_CHARACTERS), default=None)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
