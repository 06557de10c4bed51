"""A page: the frame around a template, in the language and the theme that somebody chose."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from tingzhen.errors import NotAllowed
from tingzhen.language import LANGUAGES
from tingzhen.serving.access.caller import IN_SCOPE, Access, Caller
from tingzhen.serving.access.csrf import csrf_token
from tingzhen.serving.access.gate import Doorkeeper
from tingzhen.serving.pages.shell.areas import AREAS, HOME, Area, folder
from tingzhen.serving.pages.shell.headers import PAGE_HEADERS
from tingzhen.serving.pages.shell.static import address, files, imported
from tingzhen.serving.pages.shell.taste import THEMES, keep_taste, taste_of
from tingzhen.serving.pages.shell.texts import script_texts, text

_HTML_LANGUAGE: Final = {"zh": "zh-CN", "en": "en"}


def render(
    request: Request,
    template: str,
    *,
    area: Area,
    title: str,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """The page. template: such as "bay/queue.html", which extends "shell/page.html"; title: key of
    a text, which may have `values` in it.

    The template has `t(key, **values)`, `language`, `caller` (None where nobody is signed in),
    `may(action)`, `static(name)`, and all `values`. Who may open the page is for the table of
    endpoints to say.
    """
    taste = taste_of(request)
    caller, secret = caller_of(request), _secret_of(request)
    t = partial(text, language=taste.language)

    def may(action: str) -> bool:
        return caller is not None and _may(caller, action)

    html = _templates().get_template(template).render(
        t=lambda key, **given: text(key, taste.language, **given),
        language=taste.language,
        html_language=_HTML_LANGUAGE[taste.language],
        theme=taste.theme,
        themes=THEMES,
        languages=LANGUAGES,
        area=area,
        title=t(title, **_words(values)),
        caller=caller,
        may=may,
        signed_in_by_cookie=secret is not None and caller is not None,
        homes=[(part, HOME[part]) for part in HOME if may(f"pages.{part}")],
        csrf=csrf_token(secret) if secret is not None else "",
        static=address,
        has_static=files().__contains__,
        imported=imported,
        script_texts=script_texts(area, taste.language),
        **values,
    )  # fmt: skip
    response = HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)
    response.headers["Content-Language"] = _HTML_LANGUAGE[taste.language]
    keep_taste(request, response)
    return response


def caller_of(request: Request) -> Caller | None:
    """Who is signed in; None on a page that needs nobody."""
    access: Access | None = request.scope.get(IN_SCOPE)
    return None if access is None else access.caller


def _may(caller: Caller, action: str) -> bool:
    try:
        caller.grant(action)
    except NotAllowed:
        return False
    return True


def _secret_of(request: Request) -> str | None:
    keeper: Doorkeeper = request.app.state.doorkeeper
    return keeper.sessions.secret_of(request)


def _words(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PrefixLoader({area: FileSystemLoader(folder(area) / "templates") for area in AREAS}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
