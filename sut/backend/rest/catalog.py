"""``/api/agents`` and ``/api/tools``: what there is, and a question that makes each of it run."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from sut.agents import catalog
from sut.backend.rest.request import answer


async def list_agents(_request: Request) -> Response:
    """Answer ``GET /api/agents``."""
    return _adverts(catalog.AGENTS)


async def list_tools(_request: Request) -> Response:
    """Answer ``GET /api/tools``."""
    return _adverts(catalog.TOOLS)


def _adverts(adverts: Iterable[catalog.Advert]) -> Response:
    return answer({"items": [advert.as_dict() for advert in adverts], "next_cursor": None})
