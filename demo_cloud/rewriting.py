"""Odd answers: one field of an answer left out, empty, or of another type, as it stands on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Response

from demo_cloud.faults import Fault


def rewrite(response: Response, protocol: str, fault: Fault) -> None:
    """Change the answer in place.

    ``path`` are the names on the wire from below the root on (``volumeSet/item/size``, ``MetricDataResults/Values``;
    lists of JSON are walked through); ``within`` restricts it to parents that hold this text somewhere.
    """
    *above, name = fault.path.split("/")
    if protocol == "json":
        document = json.loads(response.get_data(as_text=True))
        for parent in _objects(document, above):
            if name in parent and fault.within in json.dumps(parent):
                _put(parent, name, fault)
        response.set_data(json.dumps(document))
        return
    root = ET.fromstring(response.get_data(as_text=True))  # noqa: S314 - our own answer
    for node in _elements(root, above):
        if fault.within in ET.tostring(node, encoding="unicode"):
            _put_element(node, name, fault)
    response.set_data(ET.tostring(root, encoding="unicode"))


def _objects(value: Any, path: list[str]) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for one in value:
            yield from _objects(one, path)
    elif path:
        yield from _objects(value.get(path[0], []), path[1:])
    else:
        yield value


def _put(parent: dict[str, Any], name: str, fault: Fault) -> None:
    if fault.leave_out:
        del parent[name]
    else:
        parent[name] = fault.value


def _elements(node: ET.Element, path: list[str]) -> Iterator[ET.Element]:
    if not path:
        yield node
    for child in node if path else ():
        if _local(child) == path[0]:
            yield from _elements(child, path[1:])


def _put_element(parent: ET.Element, name: str, fault: Fault) -> None:
    for child in [one for one in parent if _local(one) == name]:
        if fault.leave_out:
            parent.remove(child)
        else:
            child.clear()
            child.text = None if fault.value is None else str(fault.value)


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]
