"""Every test runs in an empty folder of its own, with none of the user's settings."""

import os
from pathlib import Path

import pytest

# Each of several test processes computes on one core.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CHOREI_"):
            monkeypatch.delenv(name)
    # The converted weights of the small model are worth keeping from one run to the next.
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    # First, so that nothing slow is left to wait for at the end.
    items.sort(key=lambda item: item.path not in slow)
    absent = pytest.mark.skip(reason="the shared data is not beside the repository")
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(absent)


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the repository (mark the test `shared`)."""
    return SHARED


@pytest.fixture
def company() -> Path:
    """The documents of the example company."""
    return ROOT / "examples" / "company"
