"""GitHub issues, in every layout in which its interfaces give them."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from tests.exports import EXPORTS, import_files, import_json, load
from training.data.bad_lines import Reason
from training.importers.github import GitHub
from training.importers.tally import Note

FORM = """### Contact details

_No response_

### What happened?

<!-- Also tell us, what did you expect to happen? -->
The cart is empty after a reload.

### Expected behavior

The cart keeps its items.

### Workaround

_No response_

### Operating system

Windows 10

### Relevant log output

```shell
<!-- kept: this is code -->
```

### Code of Conduct

- [x] I agree"""

TEMPLATE = """**Describe the bug**
A clear and concise description of what the bug is.
The export button does nothing.

**To Reproduce**
Steps to reproduce the behavior:
1. Go to the list

**Expected behavior**
A clear and concise description of what you expected to happen.

**Desktop (please complete the following information):**
 - OS: [e.g. iOS]
 - Browser: [e.g. chrome, safari]"""


def issue(**changes: Any) -> dict[str, Any]:
    return {
        "number": 7,
        "title": "Cart is lost",
        "body": FORM,
        "labels": [{"name": "bug"}],
        "repository_url": "https://api.github.com/repos/acme/shop",
        **changes,
    }


def only(folder: Path, document: Any, **options: bool) -> TrainingRecord:
    records, _ = import_json(folder, GitHub(**options), document)
    (record,) = records
    return record


def test_real_issues_become_records() -> None:
    records, tally = import_files(GitHub(), EXPORTS / "github.json")
    assert [record.id for record in records] == [
        "github:Codertocat/Hello-World#1",
        "github:Expensify/App#50289",
        "github:Expensify/App#50068",
        "github:Expensify/App#50115",
    ]
    assert tally.skipped == {"pull request": 1}
    spelling, template, session, statement = (record.output for record in records)
    assert spelling.actual_behavior == "Spelling error in the README file"
    assert spelling.bug_category == "documentation"
    assert template.actual_behavior == (
        "App crashes when tracked distance expense is present in Search"
    )
    assert template.expected_behavior == "Not stated"
    assert session.actual_behavior == "Nothing happens"
    assert session.expected_behavior == "User is taken to sign in screen"
    assert session.environment == "MacOS: Chrome / Safari"
    assert session.suggested_solution == "Not stated"
    assert statement.expected_behavior == "In step 3 itself statement should be downloaded"
    assert tally.notes[Note.TITLE_IS_ACTUAL] == 2


def test_an_issue_form_is_read_by_its_headings(tmp_path: Path) -> None:
    record = only(tmp_path, [issue()])
    assert record.output.actual_behavior == "The cart is empty after a reload."
    assert record.output.expected_behavior == "The cart keeps its items."
    assert record.output.suggested_solution == "Not stated"
    assert record.output.environment == "Windows 10"
    description = record.input.description or ""
    assert description.startswith("Cart is lost\n\n### Contact details\n\n_No response_\n")
    assert "Also tell us" not in description
    assert "<!-- kept: this is code -->" in description


def test_what_a_template_asks_is_no_answer(tmp_path: Path) -> None:
    record = only(tmp_path, [issue(body=TEMPLATE)])
    assert record.output.actual_behavior == "The export button does nothing."
    assert record.output.expected_behavior == "Not stated"
    assert record.output.environment == "Not stated"


def test_a_stated_workaround_is_the_solution(tmp_path: Path) -> None:
    body = "It hangs.\n\n## Workaround\n\nDelete the cache folder and start again."
    record = only(tmp_path, [issue(body=body)])
    assert record.output.suggested_solution == "Delete the cache folder and start again."


def graphql(*nodes: Any) -> dict[str, Any]:
    return {"data": {"repository": {"issues": {"nodes": list(nodes)}}}}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([issue()], id="list"),
        pytest.param(issue(), id="one-issue"),
        pytest.param({"total_count": 1, "items": [issue()]}, id="search"),
        pytest.param({"action": "opened", "issue": issue(), "sender": {}}, id="webhook"),
        pytest.param(
            [issue(repository_url=None, url="https://github.com/acme/shop/issues/7")], id="gh-cli"
        ),
        pytest.param(
            [issue(repository_url=None, html_url="https://git.acme.example/acme/shop/issues/7")],
            id="own-server",
        ),
        pytest.param(
            graphql(
                issue(
                    labels={"nodes": [{"name": "bug"}]},
                    repository_url=None,
                    url="https://github.com/acme/shop/issues/7",
                )
            ),
            id="graphql",
        ),
        pytest.param([issue(labels=["bug"])], id="labels-as-strings"),
        pytest.param([issue(type={"id": 1, "name": "Bug"})], id="issue-type"),
        pytest.param([issue(issueType={"name": "Bug"})], id="issue-type-of-graphql"),
        pytest.param([issue(issueType=None)], id="no-issue-type-of-graphql"),
    ],
)
def test_every_layout_gives_the_same_record(tmp_path: Path, document: Any) -> None:
    assert only(tmp_path, document) == only(tmp_path, [issue()])
    assert only(tmp_path, document).id == "github:acme/shop#7"


def test_an_issue_without_an_address_still_has_an_id(tmp_path: Path) -> None:
    assert only(tmp_path, [issue(repository_url=None)]).id == "github:#7"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"pull_request": {"url": "x"}}, "pull request", id="pull-request"),
        pytest.param({"labels": ["enhancement"]}, "not a bug: enhancement", id="enhancement"),
        pytest.param({"labels": ["kind/feature"]}, "not a bug: feature", id="label-with-a-space"),
        pytest.param({"type": {"name": "Task"}}, "not a bug: Task", id="issue-type"),
        pytest.param({"issueType": {"name": "Feature"}}, "not a bug: Feature", id="graphql-type"),
    ],
)
def test_what_is_no_bug_is_skipped_and_counted(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    records, tally = import_json(tmp_path, GitHub(), [issue(**changes)])
    assert records == []
    assert tally.skipped == {reason: 1}


def test_all_types_are_taken_when_asked_for_but_no_pull_request(tmp_path: Path) -> None:
    documents = [issue(labels=["question"]), issue(number=8, pull_request={})]
    records, tally = import_json(tmp_path, GitHub(every_type=True), documents)
    assert [record.id for record in records] == ["github:acme/shop#7"]
    assert tally.skipped == {"pull request": 1}


def test_an_issue_that_is_both_is_a_bug(tmp_path: Path) -> None:
    assert only(tmp_path, [issue(labels=["enhancement", "type: bug"])]).id


@pytest.mark.parametrize("body", [None, "", "<!-- nothing -->"])
def test_a_null_body_leaves_the_title(tmp_path: Path, body: str | None) -> None:
    records, tally = import_json(tmp_path, GitHub(), [issue(body=body)])
    assert records[0].input.description == "Cart is lost"
    assert tally.notes[Note.TITLE_ONLY] == 1


@pytest.mark.parametrize(
    ("title", "actual"),
    [
        pytest.param("[Bug]: Cart is lost", "Cart is lost", id="form-prefix"),
        pytest.param("bug(cart): Cart is lost", "Cart is lost", id="conventional-prefix"),
        pytest.param("How do I empty the cart?", "Not stated", id="question"),
        pytest.param("The cart should keep its items", "Not stated", id="expectation"),
    ],
)
def test_the_title_stands_for_the_actual_behaviour(tmp_path: Path, title: str, actual: str) -> None:
    record = only(tmp_path, [issue(title=title, body="Nothing more.")])
    assert record.output.actual_behavior == actual
    assert record.input.description == f"{title}\n\nNothing more."


@pytest.mark.parametrize(
    ("label", "category"),
    [
        pytest.param("crash", "crash", id="plain"),
        pytest.param("kind/performance", "performance", id="slash"),
        pytest.param("Type: Security", "security", id="colon"),
    ],
)
def test_labels_give_the_category(tmp_path: Path, label: str, category: str) -> None:
    record = only(tmp_path, [issue(title="It is bad", body=None, labels=["bug", label])])
    assert record.output.bug_category == category


def test_images_are_told_by_their_addresses(tmp_path: Path) -> None:
    body = (
        "![shot](https://img.example/a.png?jwt=eyJhbGciOiJIUzI1.eyJhIjoxfQ.abc) "
        '<img width="3" src="https://img.example/b.png"> ![shot](https://img.example/a.png) '
        "![local](a.png) ![bad](http://[x/y.png)"
    )
    record = only(tmp_path, [issue(body=body)])
    assert record.input.image_paths == ["https://img.example/a.png", "https://img.example/b.png"]
    assert "eyJ" not in record.model_dump_json()


def test_nobody_of_the_user_fields_is_imported() -> None:
    records, _ = import_files(GitHub(), EXPORTS / "github.json")
    assert "jdoe" in str(load("github.json"))
    assert not any("jdoe" in record.model_dump_json() for record in records)


@pytest.mark.parametrize(
    ("item", "field", "reason"),
    [
        pytest.param(issue(title=None), "title", Reason.WRONG_TYPE, id="null-title"),
        pytest.param(issue(number="x"), "number", Reason.WRONG_TYPE, id="number-in-words"),
        pytest.param(issue(labels=[{"id": 1}]), "labels[0]", Reason.WRONG_TYPE, id="bad-label"),
        pytest.param({"number": 9}, "title", Reason.MISSING_FIELD, id="no-title"),
        pytest.param(issue(title=" ", body=" "), "input", Reason.EMPTY_REPORT, id="empty"),
        pytest.param(issue(title="\ud800"), "$", Reason.BAD_VALUE, id="half-a-surrogate"),
        pytest.param("secret", "$", Reason.NOT_AN_OBJECT, id="no-object"),
    ],
)
def test_a_bad_issue_is_reported_and_stops_nothing(
    tmp_path: Path, item: Any, field: str, reason: Reason
) -> None:
    records, tally = import_json(tmp_path, GitHub(), [issue(number=1), item, issue(number=2)])
    assert len(records) == 2
    (rejected,) = tally.first_rejected
    assert rejected.reason is reason
    assert str(tmp_path) in rejected.item
    assert "secret" not in str(rejected)
    assert tally.items == 3


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"message": "Bad credentials", "status": "401"}, id="error-answer"),
        pytest.param([{"key": "A-1", "fields": {}}], id="jira"),
        pytest.param("secret", id="string"),
    ],
)
def test_another_shape_is_refused_with_what_was_found(tmp_path: Path, document: Any) -> None:
    with pytest.raises(DatasetError, match=r"found .*, expected GitHub issues as GET") as caught:
        import_json(tmp_path, GitHub(), document)
    assert "credentials" not in caught.value.detail
    assert "secret" not in caught.value.detail
