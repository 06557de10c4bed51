"""Requests to the service: endpoints by their method and address, problems as typed errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from tingzhen import __version__
from tingzhen.client.model import Model
from tingzhen.client.problems import answer_invalid, error_of, unreachable
from tingzhen.language import Language

M = TypeVar("M", bound=Model)


class Connection:
    """One service, asked with one token. Safe to use from several threads."""

    def __init__(
        self, address: str, token: str, language: Language | None, timeout_s: float
    ) -> None:
        headers = {"authorization": f"Bearer {token}", "user-agent": f"tingzhen/{__version__}"}
        if language is not None:
            headers["accept-language"] = language
        self.timeout_s = timeout_s
        try:
            self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout_s)
        except httpx.InvalidURL as error:
            raise unreachable(error) from error

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        endpoint: str,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        body: Mapping[str, Any] | None = None,
        **parts: str | int,
    ) -> httpx.Response:
        """The answer of an endpoint, read to its end. endpoint: "GET /v1/clips/{clip_id}", whose
        parameters are parts. params: of the query, without those that are None. body: what httpx
        takes for one (json, content, files, data).

        Raises the typed error of a problem, ServiceUnreachable, AnswerInvalid.
        """
        method, url = _asked(endpoint, parts)
        try:
            response = self._http.request(
                method, url, params=_given(params), headers=headers,
                timeout=self.timeout_s if timeout_s is None else timeout_s, **(body or {}),
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error) from error
        if not response.is_success:
            raise error_of(response)
        return response

    def read(self, model: type[M], endpoint: str, /, **asked: Any) -> M:
        """The same, as a typed object."""
        return parsed(model, self.send(endpoint, **asked))

    @contextmanager
    def stream(
        self,
        endpoint: str,
        /,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        **parts: str | int,
    ) -> Iterator[httpx.Response]:
        """An answer that is read as it comes. Raises as `send`, also while it is read."""
        method, url = _asked(endpoint, parts)
        try:
            with self._http.stream(method, url, params=_given(params), headers=headers) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error) from error


def parsed(model: type[M], response: httpx.Response) -> M:
    """Raises AnswerInvalid."""
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise answer_invalid(f"{model.__name__}.{where}: {first['msg']}") from error


def _asked(endpoint: str, parts: Mapping[str, str | int]) -> tuple[str, str]:
    method, path = endpoint.split(" ")
    return method, path.format(**{name: quote(str(part), safe="") for name, part in parts.items()})


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}
