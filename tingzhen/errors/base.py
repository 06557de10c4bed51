"""The root of the tree, and what belongs to no subject."""

from typing import ClassVar

from tingzhen.language import Language, Text


class TingzhenError(Exception):
    """Base of all errors that are reported to people; `text` says what to do in zh and en.

    retry_after_s: when it may be worth trying again, where that is known.
    """

    code: ClassVar[str] = ""
    retry_after_s: float | None = None

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text

    def __reduce__(self) -> tuple[type["TingzhenError"], tuple[Text], dict[str, object]]:
        """For errors that come from another process."""
        return type(self), (self.text,), self.__dict__

    def message(self, language: Language) -> str:
        return self.text.to(language)


class InternalError(TingzhenError):
    code = "internal_error"


class SettingsError(TingzhenError):
    code = "settings_invalid"
