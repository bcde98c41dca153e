"""The tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect
import re

from predictor import errors


def test_every_error_is_drawn_in_the_tree_and_the_other_way_round() -> None:
    """So that a reader can trust the picture."""
    drawn = set(re.findall(r"\b[A-Z]\w+Error\b", errors.__doc__ or ""))
    defined = {
        name for name, member in inspect.getmembers(errors, inspect.isclass) if member.__module__ == errors.__name__
    }

    assert drawn == defined


def test_an_input_error_names_the_place() -> None:
    """File, line, field, as far as they are known."""
    assert str(errors.InputError("not a time", source="a.log", line=7, field="msec")) == "a.log:7:msec: not a time"
    assert str(errors.InputError("empty")) == "empty"
