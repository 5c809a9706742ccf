"""What the real SDKs do with every pair, asked once in a test run."""

from __future__ import annotations

import msgspec
import pytest
from support.once import once

from differential import flyte_pairs, observed


@pytest.fixture(scope="session")
def on_flytekit(tmp_path_factory: pytest.TempPathFactory) -> observed.Observations:
    said = once(tmp_path_factory, "flytekit", lambda: msgspec.json.encode(observed.ask()))
    return observed.observations(msgspec.json.decode(said, type=observed.Answers))


@pytest.fixture(scope="session")
def on_flyte(tmp_path_factory: pytest.TempPathFactory) -> flyte_pairs.Observations:
    said = once(tmp_path_factory, "flyte", lambda: msgspec.json.encode(flyte_pairs.ask()))
    return flyte_pairs.observations(msgspec.json.decode(said, type=flyte_pairs.Answers))
