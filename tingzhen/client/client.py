"""The client: one service, one token, and what can be asked by subject."""

from types import TracebackType
from typing import Self

from tingzhen.client.cases import Cases
from tingzhen.client.clips import Clips
from tingzhen.client.connection import Connection
from tingzhen.client.corrections import Corrections
from tingzhen.client.guide import Guide
from tingzhen.client.knowledge import Knowledge
from tingzhen.client.models import Models
from tingzhen.client.owners import Owners
from tingzhen.client.reanalyses import Reanalyses
from tingzhen.client.webhooks import Webhooks
from tingzhen.language import Language


class Client:
    """Use it in a `with` block, or close it. Safe to use from several threads; it blocks."""

    def __init__(
        self,
        address: str,
        token: str,
        *,
        language: Language | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        """address: such as https://tingzhen.example. token: of `tingzhen token create`, or of the
        identity provider. language: of reports and errors, that of the service without. timeout_s:
        for each connection, and between two pieces of an answer."""
        self._connection = Connection(address, token, language, timeout_s)
        self.clips = Clips(self._connection)
        self.corrections = Corrections(self._connection)
        self.reanalyses = Reanalyses(self._connection)
        self.guide = Guide(self._connection)
        self.knowledge = Knowledge(self._connection)
        self.cases = Cases(self._connection)
        self.models = Models(self._connection)
        self.webhooks = Webhooks(self._connection)
        self.owners = Owners(self._connection)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
