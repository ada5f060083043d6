"""How a botocore session is made cheap: service models are read once a process, and times are parsed quickly."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import create_loader
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.session import Session


def prepare(session: Session) -> None:
    """Share the service models with all other sessions, and set the parser of times, before the first client."""
    session.register_component("data_loader", _loader(_data_path(session)))
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment_of)


def moment_of(told: Any) -> datetime:  # noqa: ANN401 - as the answer has it
    """The moment that botocore's own parser gives, in UTC. ISO texts and seconds since 1970 take the fast way."""
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    if isinstance(told, str) and "T" in told:
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            moment = parse_timestamp(told)
    else:
        moment = parse_timestamp(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@cache
def _loader(data_path: str | None) -> Loader:
    return create_loader(data_path)


def _data_path(session: Session) -> str | None:
    """AWS_DATA_PATH and its setting. A profile that is not there is told by the sign-in."""
    try:
        path: str | None = session.get_config_variable("data_path")
    except BotoCoreError:
        return None
    return path
