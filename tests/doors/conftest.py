"""What several doors share: the distributions of this tree, and an environment that has them."""

from __future__ import annotations

from pathlib import Path

import pytest

import built


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist of this tree, and the wheel that is built from that."""
    return built.distributions(tmp_path_factory)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of an environment that has the wheel and flake8, and no torch."""
    return built.installed(tmp_path_factory)
