"""The card's tables."""

from schemas.summary import FieldName
from training.recipe.figures.measured import Figures
from training.recipe.figures.tables import robustness_table


def test_a_form_is_shown_with_what_it_costs() -> None:
    plain, lowered = dict.fromkeys(FieldName, 0.83), dict.fromkeys(FieldName, 0.713)
    figures = Figures(
        by_group={},
        best={},
        environment={},
        coverage={},
        sentences={},
        robustness={"as it is": plain, "lower case": lowered},
    )
    first, second = robustness_table(figures).splitlines()[-2:]
    assert [cell.strip() for cell in first.split("|")[1:3]] == ["as it is", "0.830"]
    assert [cell.strip() for cell in second.split("|")[1:3]] == ["lower case", "0.713 (-0.117)"]
