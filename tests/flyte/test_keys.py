"""The product's port of the backend's key: golden values, and agreement with the tests' port."""

from __future__ import annotations

import base64

import pytest
from oracles import pbhash

from sigclock.flyte import keys

INTEGER = {"simple": "INTEGER"}
NOISY = {**INTEGER, "metadata": {"foo": "bar"}, "annotation": {"annotations": {"k": 1}}}


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(keys.json_hash(value)).decode().rstrip("=")


def test_a_void_interface_has_the_hash_of_the_backends_own_tests() -> None:
    assert keys.interface_hash({}) == "GKw-c0Pw"


def test_two_integers_have_the_hash_of_the_backends_own_tests() -> None:
    assert keys.interface_hash({"variables": {n: {"type": INTEGER} for n in "21"}}) == "UxVtPm0k"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({}, "GKw-c0PwFokMUQ6T-TUmEWnZ4_VlQ2Qpgw-vCTT0-OQ", id="empty"),
        pytest.param(
            {"integer": "18", "floatValue": 1.3, "stringValue": "lets test this", "boolean": True},
            "GhPMTKvJfUPHK8U3vEmoi_wdVBx7IQSPqyjGXAZzquI",
            id="unset values",
        ),
        pytest.param(
            {
                "integer": "18",
                "floatValue": 1.3,
                "stringValue": "lets test this",
                "boolean": True,
                "datetime": "2019-03-29T12:00:00Z",
                "duration": "0.001s",
                "mapValue": {"z": "last", "a": "first"},
                "collections": ["1", "2", "3"],
            },
            "YpWyLCP1NW0DVk3Hj64tK70H_9t-5fQlj7yyDK2lSEQ",
            id="every kind of value",
        ),
    ],
)
def test_messages_have_the_hashes_of_the_backends_own_tests(message: object, expected: str) -> None:
    assert encoded(message) == expected


@pytest.mark.parametrize("number", [0, 1, 0.5, 0.25, 2, 3, -1.3, 1e-9, 1e300, 18, 0.1])
def test_numbers_are_spelled_as_in_the_tests_own_port(number: float) -> None:
    assert keys.float_text(number) == pbhash.normalize(number)


@pytest.mark.parametrize(
    "type_",
    [
        NOISY,
        {"structure": {"tag": "t", "dataclassType": {"field": NOISY}}},
        {"unionType": {"variants": [NOISY]}},
        {"collectionType": NOISY},
        {"mapValueType": {"collectionType": NOISY}},
        {"structuredDatasetType": {"columns": [{"name": "c", "literalType": NOISY}, {}]}},
        {**INTEGER, "annotation": {"annotations": {"cache-key-metadata": {"a": 1}}}},
    ],
)
def test_a_type_is_stripped_as_in_the_tests_own_port(type_: dict[str, object]) -> None:
    assert keys.stripped(type_) == pbhash.strip_type(type_)


def test_the_version_of_a_dataset_has_three_parts_and_no_spaces_around() -> None:
    assert keys.dataset_version(" 1.0 ", {}, {}) == "1.0-GKw-c0Pw-GKw-c0Pw"
