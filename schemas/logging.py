"""Logging of every process: structlog on standard error, as JSON or for a terminal. Called once, at the start."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from schemas.tracing import add_trace_id

if TYPE_CHECKING:
    from schemas.settings import Settings


class _FromStandardLibrary(logging.Handler):
    """Hands what libraries log to structlog, so that there is one form of line."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def configure(settings: Settings) -> None:
    """Set up structlog. Libraries are heard from WARNING on: below that an SDK would log requests and headers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_trace_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_renderer(settings.log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_FromStandardLibrary()], force=True)


def _renderer(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "console" or (log_format == "auto" and sys.stderr.isatty()):
        # Plain: the default shows local variables, and those may hold a request's body.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
