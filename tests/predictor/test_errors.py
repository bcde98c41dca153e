"""The tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect
import re

import pytest

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


def test_what_no_part_may_raise_comes_out_as_a_defect_with_its_cause() -> None:
    with pytest.raises(errors.DefectError, match="ZeroDivisionError") as caught, errors.contained():
        1 / 0  # noqa: B018

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_error_of_the_tree_passes_unchanged() -> None:
    with pytest.raises(errors.StoreError, match=r"^full$"), errors.contained():
        raise errors.StoreError("full")
