"""How a botocore session is made ours: models are read once a process, times quickly, and odd answers patiently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import create_loader
from botocore.parsers import PROTOCOL_PARSERS, BaseXMLResponseParser
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import Shape
    from botocore.parsers import ResponseParser
    from botocore.session import Session


def prepare(session: Session) -> None:
    """Share the service models with all other sessions, and set the parser of times, before the first client."""
    session.register_component("data_loader", _loader(_data_path(session)))
    session.register_component("response_parser_factory", PatientParsers())


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


class PatientParsers:
    """Makes parsers for which one value of another type does not cost the whole answer."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """As botocore's own factory does."""
        exact, patient = _parsers(PROTOCOL_PARSERS[protocol_name])
        parser = exact(timestamp_parser=moment_of)
        parser.patient = patient(timestamp_parser=moment_of)
        return parser


UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What botocore's parsers raise for a value that is not of the declared type."""


@cache
def _parsers(kind: type[Any]) -> tuple[type[Any], type[Any]]:
    """Of a protocol: the parser, and the one that reads again what was too odd for it."""
    strict = _sure(kind) if hasattr(kind, "_handle_boolean") else kind
    strict = _lists(strict, _is_xml_list if issubclass(kind, BaseXMLResponseParser) else _is_list)
    return _exact(strict), _patient(strict)


def _exact(kind: type[Any]) -> type[Any]:
    class Exact(kind):  # type: ignore[misc]  # botocore carries no types
        patient: ResponseParser

        def parse(self, response: Any, shape: Shape) -> Any:  # noqa: ANN401 - botocore's signature
            try:
                return super().parse(response, shape)
            except UNREADABLE:
                return self.patient.parse(response, shape)

    return Exact


def _patient(kind: type[Any]) -> type[Any]:
    """A value that cannot be read stands in the answer as it was told."""

    class Patient(kind):  # type: ignore[misc]
        def parse(self, response: Any, shape: Shape) -> Any:  # noqa: ANN401
            answer = super().parse(response, shape)
            if not isinstance(answer, dict):
                raise ValueError("not an object")  # noqa: TRY004 - what the engine takes for an unreadable answer
            return answer

        def _parse_shape(self, shape: Shape, told: Any) -> Any:  # noqa: ANN401
            try:
                return super()._parse_shape(shape, told)
            except UNREADABLE:
                return getattr(told, "text", told) or None

        def _inject_response_metadata(self, parsed: Any, headers: Any) -> None:  # noqa: ANN401
            if isinstance(parsed, dict):
                super()._inject_response_metadata(parsed, headers)

    return Patient


def _sure(kind: type[Any]) -> type[Any]:
    """For botocore all text that is not "true" is false: raises ``ValueError`` for what is neither."""

    class Sure(kind):  # type: ignore[misc]
        def _handle_boolean(self, shape: Shape, told: Any) -> Any:  # noqa: ANN401
            if str(getattr(told, "text", told)).lower() not in {"true", "false"}:
                raise ValueError("neither true nor false")
            return super()._handle_boolean(shape, told)

    return Sure


def _lists(kind: type[Any], is_list: Callable[[Any], bool]) -> type[Any]:
    """For botocore a text where a list should be is an empty list, or its letters: raises ``ValueError`` for one."""

    class Lists(kind):  # type: ignore[misc]
        def _handle_list(self, shape: Shape, told: Any) -> Any:  # noqa: ANN401
            if shape.serialization.get("location") != "header" and not is_list(told):
                raise ValueError("no list")
            return super()._handle_list(shape, told)

    return Lists


def _is_list(told: Any) -> bool:  # noqa: ANN401
    return isinstance(told, list)


def _is_xml_list(told: Any) -> bool:  # noqa: ANN401
    """An element without a text of its own; a list where elements are repeated side by side."""
    return isinstance(told, list) or not (told.text or "").strip()


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
