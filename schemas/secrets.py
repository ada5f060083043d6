"""How a secret is recognized: by the name of its field, or by its own shape."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = re.compile(
    "secret|passw(or)?d|passphrase|token|privatekey|accesskey|apikey|sessionkey|accountkey|sharedkey|credential"
    "|certificate|connectionstring|sastoken|authorization|bearer"
)
_SHAPES: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key ids, long-lived and temporary
    r"|-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"  # JSON web tokens
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bAIza[\w-]{35}"
)
_SECRET_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9/+]{40}")


def looks_secret(text: str) -> bool:
    """Whether the text has the shape of a key, a token or a secret access key."""
    return bool(_SHAPES.search(text)) or _is_secret_access_key(text)


def named_secret(name: object) -> bool:
    """Whether a field of this name holds a secret."""
    return bool(_NAMES.search(re.sub(r"[^a-z]", "", str(name).lower())))


def _is_secret_access_key(text: str) -> bool:
    """Forty characters of base64 with small and capital letters and digits; a SHA-1 does not mix its case."""
    return bool(_SECRET_ACCESS_KEY.fullmatch(text)) and all(
        any(map(kind, text)) for kind in (str.islower, str.isupper, str.isdigit)
    )
