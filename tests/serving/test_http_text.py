"""Text that no database can keep is refused at the door, wherever in a request it stands."""

import asyncio

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel

from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.http.text import refuse_unkeepable_text


class Words(BaseModel):
    said: dict[str, list[str]]


app = FastAPI(dependencies=[Depends(refuse_unkeepable_text)])
app.state.language = "en"
add_problem_handlers(app)


@app.post("/{name}")
async def say(name: str, words: Words, q: str = "") -> Words:
    return words


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/a", r'{"said": {"a": ["x\u0000"]}}', 422),
        ("/a", r'{"said": {"a\u0000": []}}', 422),
        ("/a", r'{"said": {"a": ["\ud83d"]}}', 422),
        ("/a?q=%00", r'{"said": {}}', 422),
        ("/a%00", r'{"said": {}}', 422),
        ("/a?q=%E5%90%AC", r'{"said": {"a": ["\ud83d\ude97", "\\u0000"]}}', 200),
    ],
)
def test_text(path: str, body: str, status: int) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            headers = {"content-type": "application/json"}
            return await client.post(path, content=body, headers=headers)

    answer = asyncio.run(ask())
    assert answer.status_code == status, answer.text
    assert status == 200 or answer.json()["code"] == "upload_invalid"
