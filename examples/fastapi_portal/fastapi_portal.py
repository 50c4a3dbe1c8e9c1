"""The portal: sign-in, all pages, sign-out, and one page that only an officer may see."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_facade import elaas, lifespan, site

from elaas_identity.fastapi import Officer, current_officer, elaas_router

app = FastAPI(lifespan=lifespan)
app.include_router(elaas_router(elaas, site))


@app.get("/")
async def home(officer: Annotated[Officer, Depends(current_officer)]) -> str:
    return f"{officer.person.display_name}, {officer.account.agency_name}"
