"""Which language and which theme somebody reads pages in: chosen once, kept in a cookie."""

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from fastapi import Request, Response

from tingzhen.language import LANGUAGES, Language
from tingzhen.serving.http.problems import request_language

T = TypeVar("T", bound=str)
Theme = Literal["auto", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("auto", "light", "dark")
_YEAR_S: Final = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Taste:
    """theme: auto is what the device says; dark is for a dark garage."""

    language: Language
    theme: Theme


def taste_of(request: Request) -> Taste:
    """`?lang=` and `?theme=` go first, then the cookies, then Accept-Language and the device."""
    language = _chosen(request, "lang", LANGUAGES) or request_language(request)
    return Taste(language, _chosen(request, "theme", THEMES) or THEMES[0])


def _chosen(request: Request, name: str, known: tuple[T, ...]) -> T | None:
    given = (request.query_params.get(name), request.cookies.get(name))
    return next((one for said in given for one in known if one == said), None)


def keep_taste(request: Request, response: Response) -> None:
    """What the address chose, for the next pages."""
    for name, known in (("lang", LANGUAGES), ("theme", THEMES)):
        given = request.query_params.get(name)
        if given in known:
            response.set_cookie(name, str(given), max_age=_YEAR_S, samesite="strict", path="/",
                                httponly=True, secure=request.url.scheme == "https")  # fmt: skip
