"""The OpenAPI description: what FastAPI finds out, and the problems that every operation can answer with."""

from __future__ import annotations

from importlib import metadata
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from control_plane.problems import MEDIA_TYPE, Problem

PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
EVERYWHERE: Final = {
    "500": "An internal error; nothing of it is told here.",
    "503": "The store cannot be reached.",
}


OWN: Final = frozenset({"400", "403", "404", "409", "415", "429", "501"})
"""Problems that an operation may tell in words of its own."""


def version() -> str:
    """The version of the product."""
    return metadata.version("cloud-sentinel")


def install(app: FastAPI) -> None:
    """Make ``app.openapi()`` tell of the problems too. Computed once."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    components |= described.pop("$defs", {}) | {"Problem": described}
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            operation["responses"] |= {
                status: {"description": text, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
                for status, text in _problems(path, operation).items()
            }
    return schema


def _problems(path: str, operation: dict[str, Any]) -> dict[str, str]:
    told = dict(EVERYWHERE)
    if "security" in operation:
        told |= {"401": "Nobody known asks.", "429": "Too many requests; `Retry-After` tells when to try again."}
        if any(scopes for each in operation["security"] for scopes in each.values()):
            told["403"] = "Whoever asks may not do this."
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "{" in path or "scan_id" in names:
        told["404"] = "There is no such thing for this client."
    told |= {status: answer["description"] for status, answer in operation["responses"].items() if status in OWN}
    if names or "requestBody" in operation:
        told["422"] = "A field is wrong: which, and what is allowed."
    if "requestBody" in operation:
        told = {"400": "The body cannot be read.", "413": "The body is larger than 64 KiB."} | told
    return told
