"""The page at ``/sign-in``: a form for people, and one for whoever has a key."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.pages import PAGES


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What the page shows. ``message``: what was wrong with the last try."""

    message: str = ""
    client: str = ""
    email: str = ""
    wants_new_password: bool = False
    provider: bool = False
    """Whether there is a provider (OIDC) to sign in at."""


def render(form: SignInForm) -> str:
    """The page as HTML."""
    return PAGES.get_template("sign_in.html").render(form=form)
