import pytest

from training.recipe.category import CATEGORIES, categorize


@pytest.mark.parametrize(
    ("title", "category"),
    [
        pytest.param("App crashes when rotating the device", "crash", id="crash"),
        pytest.param("EXC_BAD_ACCESS when closing a window", "crash", id="signal"),
        pytest.param("Studio freezes while saving", "hang", id="hang"),
        pytest.param("Deadlock between reader and writer", "hang", id="deadlock"),
        pytest.param("Memory leak in ListView", "performance", id="leak"),
        pytest.param("Scrolling is very slow", "performance", id="slow"),
        pytest.param("Passwords are written to the log in plain text", "security", id="password"),
        pytest.param("SQL injection in search", "security", id="injection"),
        pytest.param("Typo in the documentation of createWindow", "documentation", id="docs"),
        pytest.param("Build fails with Gradle 7", "build", id="build"),
        pytest.param("HTTPClient ignores the timeout", "network", id="network"),
        pytest.param("Umlauts are garbled after import", "data", id="data"),
        pytest.param("Button label is misaligned", "ui", id="ui"),
        pytest.param("Method returns null", "functional", id="rest"),
        pytest.param("App does not crash but returns null", "functional", id="no-crash"),
        pytest.param("[javadoc] hover shows nothing", "ui", id="javadoc-is-a-feature"),
    ],
)
def test_the_title_decides(title: str, category: str) -> None:
    assert categorize(title, "", ()) == category
    assert category in CATEGORIES


def test_the_title_outweighs_the_failure() -> None:
    assert categorize("List scrolls slowly", "Later the app crashes.", ()) == "performance"


def test_the_failure_decides_where_the_title_says_nothing() -> None:
    assert categorize("Problem with maps", "The app crashes.", ()) == "crash"


def test_a_label_decides_before_the_subject() -> None:
    assert categorize("Wrong button colour", "", ("crash",)) == "crash"


def test_compiler_errors_of_a_compiler_are_no_build_bugs() -> None:
    title = "Compilation error in a generic method"
    assert categorize(title, "", ("eclipse.jdt.core",)) == "functional"
    assert categorize(title, "", ()) == "build"


def test_an_attacker_in_the_text_makes_it_a_security_bug() -> None:
    text = "The address bar can be hidden, so an attacker can imitate a page."
    assert categorize("Address bar", "", (), text) == "security"
