"""Languages of reports."""

import pytest

from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks.languages import UNKNOWN, Languages

ENGLISH = "The application crashes whenever I press the save button in the settings dialog."
GERMAN = "Die Anwendung stürzt ab, sobald ich in den Einstellungen auf Speichern drücke."


def test_languages_are_counted_and_a_rare_one_is_found() -> None:
    check = Languages(FILES)
    (finding,) = checked(check, [*[made(ENGLISH)] * 60, made(GERMAN), made("NPE")])
    assert check.counts == {"en": 60, "de": 1, UNKNOWN: 1}
    assert places(finding) == [(61, "input.description", "")]
    assert "“de”, which is that of 1 of 61" in finding.what


@pytest.mark.parametrize(("english", "german"), [(30, 1), (9, 1), (18, 2), (200, 3)])
def test_a_rare_language_is_found_in_data_of_any_size(english: int, german: int) -> None:
    records = [*[made(ENGLISH)] * english, *[made(GERMAN)] * german]
    (finding,) = checked(Languages(FILES), records)
    assert finding.count == german


@pytest.mark.parametrize(("english", "german"), [(8, 1), (17, 2), (30, 3), (0, 1)])
def test_a_language_that_is_not_rare_is_no_finding(english: int, german: int) -> None:
    records = [*[made(ENGLISH)] * english, *[made(GERMAN)] * german]
    assert checked(Languages(FILES), records) == []


@pytest.mark.parametrize("text", ["Login kaputt", "App crash", "Es bleibt alles leer."])
def test_a_short_text_is_in_no_language(text: str) -> None:
    check = Languages(FILES)
    assert checked(check, [*[made(ENGLISH)] * 30, made(text)]) == []
    assert check.counts[UNKNOWN] == 1


def test_two_languages_of_a_team_are_no_finding() -> None:
    check = Languages(FILES)
    assert checked(check, [*[made(ENGLISH)] * 10, *[made(GERMAN)] * 10]) == []


def test_code_is_in_no_language() -> None:
    check = Languages(FILES)
    checked(check, [made("0x7f3a 0x0010 0xdead 0xbeef 11:22:33 -- 404 500 {} [] () <> == !=")])
    assert check.counts == {UNKNOWN: 1}
