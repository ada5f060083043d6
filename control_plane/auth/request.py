"""What comes in to sign in: forms, as OAuth 2.0 wants."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException

from control_plane.auth.passwords import LONGEST
from schemas.scan import DEFAULT_CLIENT

FORM: Final = "application/x-www-form-urlencoded"
EMAIL: Final = r"^[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,189}$"
CLIENT: Final = r"^[\w.-]{1,200}$"
M = TypeVar("M", bound=BaseModel)


class TokenRequest(BaseModel):
    """RFC 6749, sections 4.3.2 and 6. Parameters that are not known are ignored, as it says."""

    grant_type: Literal["password", "refresh_token"]
    username: str = Field("", max_length=254, pattern=f"^$|{EMAIL}", description="With `password`: the e-mail address.")
    password: str = Field("", max_length=LONGEST, description="With `password`.")
    client: str = Field(DEFAULT_CLIENT, pattern=CLIENT, description="With `password`: at which client.")
    refresh_token: str = Field("", max_length=200, description="With `refresh_token`.")

    @model_validator(mode="after")
    def _what_belongs_together(self) -> TokenRequest:
        needed = ("username", "password") if self.grant_type == "password" else ("refresh_token",)
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            text = f"grant_type {self.grant_type} needs {' and '.join(missing)}"
            raise PydanticCustomError("missing_together", "{text}", {"text": text})
        return self


class RevokeRequest(BaseModel):
    """RFC 7009."""

    token: str = Field(min_length=1, max_length=200, description="A refresh token.")


async def read_form(request: Request, kind: type[M]) -> M:
    """The fields of a form. Raises what a JSON body that is wrong would, without the values."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"a form is wanted here (content-type: {FORM})")
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=50)
        return kind.model_validate(dict(pairs))
    except ValidationError as error:
        told = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False)]
        raise RequestValidationError(told) from None
    except ValueError:
        raise HTTPException(400, "the form cannot be read") from None


def described(kind: type[BaseModel]) -> dict[str, Any]:
    """How the description tells a form."""
    schema = kind.model_json_schema()
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
