"""What holds a secret is not pickled: a cache, a queue or another process would keep it (R7.2)."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex


class NotPickled:
    """Refuses to be pickled, and to be copied by way of it. Make it anew from where its secrets are kept."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret, and is not pickled: make it anew")
