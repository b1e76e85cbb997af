"""Languages of reports."""

from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks.languages import UNKNOWN, Languages

ENGLISH = "The application crashes whenever I press the save button in the settings dialog."
GERMAN = "Die Anwendung stürzt ab, sobald ich in den Einstellungen auf Speichern drücke."


def test_languages_are_counted_and_a_rare_one_is_found() -> None:
    check = Languages(FILES)
    (finding,) = checked(check, [*[made(ENGLISH)] * 60, made(GERMAN), made("NPE")])
    assert check.counts == {"en": 60, "de": 1, UNKNOWN: 1}
    assert places(finding) == [(61, "input.description", "")]
    assert "“de”" in finding.what


def test_two_languages_of_a_team_are_no_finding() -> None:
    check = Languages(FILES)
    assert checked(check, [*[made(ENGLISH)] * 10, *[made(GERMAN)] * 10]) == []


def test_code_is_in_no_language() -> None:
    check = Languages(FILES)
    checked(check, [made("0x7f3a 0x0010 0xdead 0xbeef 11:22:33 -- 404 500 {} [] () <> == !=")])
    assert check.counts == {UNKNOWN: 1}
