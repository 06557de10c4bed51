"""`client.owners`: all data of one owner, as a file or deleted for good."""

from dataclasses import dataclass
from pathlib import Path

from tingzhen.client.connection import Connection
from tingzhen.client.receiving import receive_file


@dataclass(frozen=True, slots=True)
class Owners:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def export_mine(self, path: Path | str, *, originals: bool = False) -> None:
        """Write all data of who asks to a ZIP file (docs/privacy.md). originals: with the clips as
        they were sent. The file is there once it is whole. Raises OSError too."""
        receive_file(
            self._connection, "GET /v1/owners/me/export", Path(path),
            params={"originals": originals},
        )  # fmt: skip

    def export(self, subject: str, path: Path | str, *, originals: bool = False) -> None:
        """The same of another owner, for admins. Raises OwnerUnknown."""
        receive_file(
            self._connection, "GET /v1/owners/{subject}/export", Path(path),
            params={"originals": originals}, subject=subject,
        )  # fmt: skip

    def delete_me(self) -> None:
        """For good: clips, uploads, webhooks; the token of this client opens nothing afterwards."""
        self._connection.send("DELETE /v1/owners/me")

    def delete(self, subject: str) -> None:
        """The same of another owner, for admins. Asked again it changes nothing."""
        self._connection.send("DELETE /v1/owners/{subject}", subject=subject)
