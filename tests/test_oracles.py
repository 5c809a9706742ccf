"""The oracles agree with figures that are known from elsewhere."""

from __future__ import annotations

import base64

from oracles import pbhash

INTEGER = {"simple": "INTEGER"}


def test_a_void_interface_has_the_hash_of_the_backends_own_tests() -> None:
    assert pbhash.signature(None) == "GKw-c0Pw"


def test_an_empty_map_has_the_whole_hash_of_the_backends_own_tests() -> None:
    whole = base64.urlsafe_b64encode(pbhash.object_hash({})).decode().rstrip("=")
    assert whole == "GKw-c0PwFokMUQ6T-TUmEWnZ4_VlQ2Qpgw-vCTT0-OQ"


def test_two_integers_have_the_hash_of_the_backends_own_tests() -> None:
    variables = {"variables": {"2": {"type": INTEGER}, "1": {"type": INTEGER}}}
    assert pbhash.digest(variables) == "UxVtPm0k"


def test_a_message_with_every_kind_of_value_has_the_hash_of_the_backends_own_tests() -> None:
    message = {
        "integer": "18",
        "floatValue": 1.3,
        "stringValue": "lets test this",
        "boolean": True,
        "datetime": "2019-03-29T12:00:00Z",
        "duration": "0.001s",
        "mapValue": {"z": "last", "a": "first"},
        "collections": ["1", "2", "3"],
    }
    whole = base64.b64encode(pbhash.object_hash(message)).decode()
    assert whole == "YpWyLCP1NW0DVk3Hj64tK70H/9t+5fQlj7yyDK2lSEQ="


def test_a_message_with_unset_values_has_the_hash_of_the_backends_own_tests() -> None:
    message = {"integer": "18", "floatValue": 1.3, "stringValue": "lets test this", "boolean": True}
    whole = base64.b64encode(pbhash.object_hash(message)).decode()
    assert whole == "GhPMTKvJfUPHK8U3vEmoi/wdVBx7IQSPqyjGXAZzquI="


def test_literals_have_the_hash_of_the_backends_own_tests() -> None:
    one, two = ({"scalar": {"primitive": {"integer": value}}} for value in "12")
    whole = base64.urlsafe_b64encode(pbhash.object_hash({"literals": {"1": one, "2": two}}))
    assert whole.decode().rstrip("=") == "GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8"


def test_metadata_is_stripped_at_every_depth() -> None:
    noisy = {**INTEGER, "metadata": {"foo": "bar"}, "annotation": {"annotations": {"k": 1}}}
    deep = {
        "structure": {"tag": "t", "dataclassType": {"field": noisy}},
        "unionType": {"variants": [noisy]},
        "collectionType": noisy,
        "mapValueType": noisy,
        "structuredDatasetType": {"columns": [{"name": "c", "literalType": noisy}]},
    }
    assert pbhash.strip_type(deep) == {
        "structure": {"tag": "t", "dataclassType": {"field": INTEGER}},
        "unionType": {"variants": [INTEGER]},
        "collectionType": INTEGER,
        "mapValueType": INTEGER,
        "structuredDatasetType": {"columns": [{"name": "c", "literalType": INTEGER}]},
    }


def test_an_annotation_for_the_cache_key_is_kept() -> None:
    kept = {**INTEGER, "annotation": {"annotations": {"cache-key-metadata": {"foo": "bar"}}}}
    assert pbhash.strip_type({**kept, "metadata": {"foo": "bar"}}) == kept
