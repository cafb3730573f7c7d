"""Reads and asks a model of boosted decision trees that ships with the package; knows nothing of what it decides."""

from __future__ import annotations

import json
import math
import pkgutil
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A tree: ``[place, bound, low, high]``, where *low* is for numbers up to *bound*, or a number that is added up.
Tree = Any


@attrs.frozen(kw_only=True)
class Model:
    """Boosted trees for a question with two answers (Friedman 2001): the sum of one leaf of each tree, as log odds."""

    names: tuple[str, ...]
    """Of the numbers that it is asked with, in their order."""
    base: float
    trees: tuple[Tree, ...]
    _odds: Callable[..., float] = attrs.field(init=False, repr=False, eq=False)

    @_odds.default
    def _compiled(self) -> Callable[..., float]:
        # As one expression over its own variables Python runs the trees in a quarter of the time that walking takes.
        terms = " + ".join([repr(self.base), *map(_expression, self.trees)])
        row = ", ".join(map(_variable, range(len(self.names))))
        asked: Callable[..., float] = eval(f"lambda {row}: {terms}", {})  # noqa: S307  # numbers only
        return asked

    def probability(self, row: Sequence[float]) -> float:
        """Return the probability of yes, 0 to 1, for the numbers in *row*: floats, or it takes three times as long."""
        return 1 / (1 + math.exp(-self._odds(*row)))


def _variable(place: int) -> str:
    return f"n{int(place)}"


def _expression(tree: Tree) -> str:
    """Return *tree* in Python; only numbers of the model get into it."""
    if not isinstance(tree, list):
        return repr(float(tree))
    place, bound, low, high = tree
    return f"({_expression(low)} if {_variable(place)} <= {float(bound)!r} else {_expression(high)})"


@lru_cache(maxsize=4)
def shipped(name: str) -> Model:
    """Return the model in the data file *name* of this package."""
    data = pkgutil.get_data("crawler.extraction", name)
    if data is None:
        raise FileNotFoundError(f"The package lacks its data file {name}: install it again.")
    held = json.loads(data)
    return Model(names=tuple(held["names"]), base=held["base"], trees=tuple(held["trees"]))
