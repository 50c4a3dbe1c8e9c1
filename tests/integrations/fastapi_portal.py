"""The adapter of FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Response
from fastapi.responses import PlainTextResponse

from elaas_identity import AsyncElaasIdentity
from elaas_identity.fastapi import Officer, current_officer, elaas_router, optional_officer, require
from elaas_identity.web import Site
from tests.integrations.world import ORIGIN, PEER, Answer, Send, World


def portal(elaas: AsyncElaasIdentity, site: Site, **settings: Any) -> FastAPI:
    """A portal with the pages that the suite wants."""
    app = FastAPI(default_response_class=PlainTextResponse)

    @app.get("/payments")
    async def payments(officer: Annotated[Officer, Depends(current_officer)]) -> str:
        return f"{officer.account.username} {officer.person.display_name}"

    @app.get("/open")
    def everybody(officer: Annotated[Officer | None, Depends(optional_officer)]) -> str:
        return officer.account.username if officer else "nobody"

    @app.get("/fresh", dependencies=[Depends(require(max_age=timedelta(minutes=10)))])
    def fresh() -> str:
        return "fresh"

    @app.get("/strict", dependencies=[Depends(require(ial="3"))])
    def strict() -> str:
        return "strict"

    @app.get("/kept", dependencies=[Depends(current_officer)])
    def kept(response: Response) -> str:
        response.headers["Cache-Control"] = "private, max-age=60"
        return "kept"

    app.include_router(elaas_router(elaas, site, **settings))
    return app


@contextmanager
def serving(world: World, **settings: Any) -> Iterator[Send]:
    """See `Serving`. In this thread, without a server: the application's lifespan has tests of its own."""
    elaas = world.async_facade()
    app = portal(elaas, world.site, root_path=world.root_path, **settings)
    carried = httpx.ASGITransport(app, root_path=world.root_path, client=(PEER, 50000))
    with asyncio.Runner() as loop:
        client = httpx.AsyncClient(transport=carried, base_url=ORIGIN)

        yield lambda *asked: answer_of(client, *asked, run=loop.run)
        loop.run(client.aclose())
        loop.run(elaas.close())


def sending(client: Any) -> Send:
    """The same over a `TestClient`."""
    return lambda *asked: answer_of(client, *asked, run=lambda answer: answer)


def answer_of(
    client: Any,
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    *,
    run: Callable[[Any], Any],
) -> Answer:
    """What came back. The client keeps no cookie: the visitor does."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    asked = client.build_request(method, url, content=body, headers={**headers, "cookie": cookie})
    answer = run(client.send(asked))
    client.cookies.clear()
    return Answer(answer.status_code, answer.headers.multi_items(), answer.content)
