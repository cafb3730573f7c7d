"""What an installation brings: of all that is installed for the tests, the packages that a plain one would not have."""

import tomllib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
#: What sets the clocks of commands.
CLOCK = "time-machine"


@lru_cache
def absent(*extras):
    """Return the importable names that ``pip install .[extras]`` would not bring, though they are installed here."""
    brought = _brought(extras) | {PROJECT["name"], CLOCK}
    return frozenset(
        name
        for name, distributions in metadata.packages_distributions().items()
        if not brought & {canonicalize_name(distribution) for distribution in distributions}
    )


def _brought(extras):
    """Return the names of all distributions that an installation with *extras* consists of."""
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    wanted += [Requirement(text) for extra in extras for text in EXTRAS[extra]]
    seen = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {known for of, known in seen if of == name}:
            seen.add((name, extra))
            wanted += _needed(name, extra)
    return {name for name, _ in seen}


def _needed(name, extra):
    if name == PROJECT["name"]:
        return [Requirement(text) for text in (EXTRAS[extra] if extra else ())]
    try:
        requirements = [Requirement(text) for text in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:  # of another platform or Python, or not installed here
        return []
    return [one for one in requirements if one.marker is None or one.marker.evaluate({"extra": extra})]
