# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The JSON schemas of docs/, and documents with one thing wrong that they must refuse."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator
from functools import cache

import jsonschema
from programs import ROOT


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def subschemas(node: object) -> Iterator[dict]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from subschemas(child)
    elif isinstance(node, list):
        for child in node:
            yield from subschemas(child)


def check_strict(name: str, optional: Collection[str] = ()) -> None:
    """Every object of the schema requires all its keys but the optional ones, and allows no other; or it is a map,
    whose values the schema describes."""
    objects = [node for node in subschemas(validator(name).schema) if node.get("type") == "object"]
    assert objects
    for node in objects:
        if "properties" in node:
            assert node["additionalProperties"] is False, node
            assert set(node["required"]) == set(node["properties"]) - set(optional), node
        else:
            assert isinstance(node["additionalProperties"], dict), node


Place = tuple[str | int, ...]


def places(node: object, at: Place = (), kind: tuple = ()) -> Iterator[tuple[Place, object, tuple]]:
    """Every value of a document, itself first, with the keys that lead to it and its kind. Values of one kind are
    under one subschema: they are in entries of the same lists that have the same keys."""
    if isinstance(node, dict):
        kind = (*kind, frozenset(node))
    yield at, node, kind
    if isinstance(node, dict):
        for key, child in node.items():
            yield from places(child, (*at, key), (*kind, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from places(child, (*at, index), (*kind, list))


def with_value(document: dict, place: Place, value: object) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return broken


def without(document: dict, place: Place) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in place[:-1]:
        node = node[key]
    del node[place[-1]]
    return broken


def broken_ones(
    document: dict, optional: Collection[str], nullable: Collection[str], signed: Collection[str]
) -> Iterator[tuple[str, dict]]:
    """The document with one thing wrong, in every place where that can be, and what is wrong."""
    seen = set()
    for place, value, kind in places(document):
        if (kind, type(value)) in seen:
            continue
        seen.add((kind, type(value)))
        if isinstance(value, dict):
            yield f"{place}: another key", with_value(document, (*place, "surprise"), 1)
        if not place:
            continue
        key = place[-1]
        if isinstance(key, str) and key not in optional:
            yield f"{place}: missing", without(document, place)
        yield f"{place}: an empty object", with_value(document, place, {})
        if isinstance(value, str):
            yield f"{place}: a number for a text", with_value(document, place, 1)
        if isinstance(value, (bool, int, float)):
            yield f"{place}: a text for a number or a truth", with_value(document, place, "1")
        if isinstance(value, int) and key not in signed:
            yield f"{place}: a fraction", with_value(document, place, 0.5)
            yield f"{place}: a negative number", with_value(document, place, -1)
        if value is not None and key not in nullable:
            yield f"{place}: null", with_value(document, place, None)


def accepted(
    name: str,
    document: dict,
    optional: Collection[str] = (),
    nullable: Collection[str] = (),
    signed: Collection[str] = (),
) -> list[str]:
    """What can be wrong in the document and still be valid by the schema: nothing should.

    `optional`: keys that may be missing. `nullable`: keys whose value may be null. `signed`: numbers of any sign.
    """
    broken = broken_ones(document, optional, nullable, signed)
    checked = [(what, validator(name).is_valid(one)) for what, one in broken]
    assert len(checked) > 10, "there was something to break"
    return [what for what, is_valid in checked if is_valid]
