"""What somebody asks about themselves."""

from __future__ import annotations

from pydantic import Field

from control_plane.auth.passwords import LONGEST, SHORTEST
from control_plane.strict import Strict


class PasswordChange(Strict):
    """Another password."""

    current_password: str = Field(min_length=1, max_length=LONGEST)
    new_password: str = Field(min_length=SHORTEST, max_length=LONGEST)
