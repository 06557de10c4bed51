"""/bay: the pages of a workshop.

A page holds no data; but a clip that the caller does not reach has no page either.
"""

from fastapi import APIRouter, Request, Response

from tingzhen.serving.access import Granted
from tingzhen.serving.http.asking import ClipId, known_clip
from tingzhen.serving.pages.shell import render

router = APIRouter(prefix="/bay", include_in_schema=False)


@router.get("", response_model=None)
async def queue(request: Request) -> Response:
    """The workshop's clips, the most urgent first."""
    return render(request, "bay/queue.html", area="bay", title="bay.queue.title")


@router.get("/clips/{clip_id}", response_model=None)
async def clip(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """One clip: hear, see, correct, confirm. Raises ClipUnknown."""
    await known_clip(request, access.caller.grant("clips.read"), clip_id)
    return render(
        request, "bay/clip.html", area="bay", title="bay.clip.title", clip_id=clip_id
    )  # fmt: skip


@router.get("/clips/{clip_id}/guide", response_model=None)
async def guide(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """Its guided session, one test a screen. Raises ClipUnknown."""
    await known_clip(request, access.caller.grant("clips.read"), clip_id)
    return render(
        request, "bay/guide.html", area="bay", title="bay.guide.title", clip_id=clip_id
    )  # fmt: skip
