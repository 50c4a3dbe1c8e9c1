"""No canary is in an error, its traceback, or the locals of our frames (R7.2)."""

from __future__ import annotations

import pickle
import traceback
from contextlib import suppress
from pathlib import Path

import elaas_identity
from elaas_identity import ElaasIdentityError
from elaas_identity.testing.secrecy import found
from tests.canaries.watched import Watched

PACKAGE = str(Path(elaas_identity.__file__).parent)


def test_r7_2_no_canary_is_in_an_error_or_in_its_traceback_with_locals(watched: Watched) -> None:
    """An error reporter that records the locals of frames would send secrets to somebody else's server."""
    assert len(watched.errors) > 25
    for error in watched.errors:
        assert isinstance(error, ElaasIdentityError)
        assert (None, None) == (error.__cause__, error.__context__), error.code
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in told.stack if frame.filename.startswith(PACKAGE)]
        locals_ = "".join(f"{frame.name}: {frame.locals}" for frame in ours)
        whole = "".join(traceback.format_exception(error))
        text = f"{error}{error!r}{error.args!r}{error.__dict__!r}{error.message}{locals_}{whole}"
        # A refusal may say which of the person's passwords it means by its rule, and never the text itself.
        assert [] == found(watched.secrets, text.encode("utf-8", "surrogatepass")), error.code
        with suppress(TypeError):
            assert [] == found(watched.credentials, pickle.dumps(error)), error.code
