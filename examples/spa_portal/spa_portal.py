"""The portal: a front end in one page, the JSON interface that it asks, and what officers alone may fetch."""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse
from fastapi_facade import elaas, lifespan, site  # pyright: ignore[reportMissingImports]  beside it

from elaas_identity.fastapi import Officer, current_officer, elaas_router

HERE = Path(__file__).parent
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
app = FastAPI(lifespan=lifespan)


@app.get("/")
@app.get("/auth/callback")  # before the library's router, which would answer it with a page
async def front_end() -> FileResponse:
    return FileResponse(HERE / "index.html", headers=HEADERS)


@app.get("/portal.js")
async def script() -> FileResponse:
    return FileResponse(HERE / "portal.js", headers=HEADERS)


@app.get("/payments")
async def payments(officer: Annotated[Officer, Depends(current_officer)]) -> list[str]:
    return [f"{officer.account.agency_name}: 1,200.00"]


app.include_router(elaas_router(elaas, site))
