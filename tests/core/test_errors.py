import inspect

from chorei.core import CalculationError, ChoreiError, DocumentError, MissingExtraError, errors


def test_every_error_is_in_the_drawn_tree() -> None:
    drawn = errors.__doc__ or ""
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(kind, ChoreiError)
        assert name in drawn


def test_an_error_says_what_to_do() -> None:
    assert "pip install 'chorei[local]'" in str(MissingExtraError("torch", "local"))
    assert str(DocumentError("a.pdf", "is encrypted.", hint="Remove the password.")) == (
        "a.pdf: is encrypted. Remove the password."
    )


def test_a_calculation_error_points_at_the_character() -> None:
    error = CalculationError("Unexpected character.", expression="1 + ?", position=4)
    assert error.pointer() == "1 + ?\n    ^"
