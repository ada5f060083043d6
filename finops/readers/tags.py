"""Tags as JSON with sorted keys, out of the forms in which bills carry them."""

from __future__ import annotations

from finops.readers.expressions import name, sorted_json, text

ENTRIES = "STRUCT(key VARCHAR, value VARCHAR)[]"


def tags(column: str, kind: str) -> str:
    """Of a MAP, a list of (key, value), or JSON text of either; Azure leaves out the braces. Null for no tag."""
    if kind.startswith("MAP"):
        return sorted_json(f"CAST({name(column)} AS MAP(VARCHAR, VARCHAR))")
    if kind.endswith("[]"):
        return sorted_json(_from_entries(_key_and_value(column)))
    told = f"trim({text(column, kind)})"
    whole = f"""CASE WHEN starts_with({told}, '"') THEN '{{' || {told} || '}}' ELSE {told} END"""
    listed = _from_entries(f"TRY_CAST(TRY_CAST({told} AS JSON) AS {ENTRIES})")
    mapped = f"TRY_CAST(TRY_CAST({whole} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    return f"CASE WHEN starts_with({told}, '[') THEN {sorted_json(listed)} ELSE {sorted_json(mapped)} END"


def unreadable_tags(column: str, kind: str) -> str:
    """Whether a text stands there that is no JSON."""
    if kind != "VARCHAR":
        return "FALSE"
    told = f"trim({text(column)})"
    whole = f"""CASE WHEN starts_with({told}, '"') THEN '{{' || {told} || '}}' ELSE {told} END"""
    return f"({told} IS NOT NULL AND NOT json_valid({whole}))"


def _key_and_value(column: str) -> str:
    """Of structs that may have more fields (``inherited`` ...), just these two."""
    plain = "{'key': CAST(entry.key AS VARCHAR), 'value': CAST(entry.value AS VARCHAR)}"
    return f"list_transform({name(column)}, lambda entry: {plain})"


def _from_entries(entries: str) -> str:
    """A MAP; of a key that stands there twice the first value."""
    keys = f"list_transform({entries}, lambda each: each.key)"
    first = f"list_position({keys}, entry.key) = place"
    return f"map_from_entries(list_filter({entries}, lambda entry, place: entry.key IS NOT NULL AND {first}))"
