"""The mechanism that runs a README's commands, on a small one."""

from pathlib import Path

import pytest

from tests.readme import Elsewhere, command_blocks, problems, run_block, run_here

MARKDOWN = """
# A title

```sh
make test
```

```sh test=alone
echo "in $PWD"
```

```json
{"not": "a command"}
```

1. In a list:

   ```sh test=server
   echo http://127.0.0.1:8000/docs
   ```
"""
TABLE = {"make test": Elsewhere("ci", "make test")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "ci").write_text("make check\nmake test\n")
    return tmp_path


def test_blocks_are_found_with_their_marks() -> None:
    blocks = command_blocks(MARKDOWN)
    assert [(block.info, block.text, block.line) for block in blocks] == [
        (("sh",), "make test", 4),
        (("sh", "test=alone"), 'echo "in $PWD"', 8),
        (("sh", "test=server"), "echo http://127.0.0.1:8000/docs", 18),
    ]
    assert run_here(blocks, "alone") == [blocks[1]]
    assert run_here(blocks, "server") == [blocks[2]]


def test_a_readme_whose_blocks_are_all_run_has_no_problems(root: Path) -> None:
    assert problems(command_blocks(MARKDOWN), TABLE, root) == []


@pytest.mark.parametrize(
    ("markdown", "table", "problem"),
    [
        ("```sh\nmake cake\n```\n", {}, "line 1: no test runs 'make cake'"),
        ("```sh test=never\nls\n```\n", {}, "line 1: unknown mark 'sh test=never'"),
        ("```bash\nls\n```\n", {}, "line 1: unknown mark 'bash'"),
        ("", TABLE, "the table names a block that is not there: 'make test'"),
        (
            "```sh\nmake test\n```\n",
            {"make test": Elsewhere("ci", "make cake")},
            "ci does not hold 'make cake'",
        ),
        (
            "```sh\nmake test\n```\n",
            {"make test": Elsewhere("nowhere", "make test")},
            "nowhere does not hold 'make test'",
        ),
    ],
    ids=["not listed", "bad mark", "other shell", "stale entry", "no evidence", "no file"],
)
def test_a_block_that_nobody_runs_is_found(
    markdown: str, table: dict[str, Elsewhere], problem: str, root: Path
) -> None:
    assert problems(command_blocks(markdown), table, root) == [problem]


def test_a_block_runs_in_its_folder(root: Path) -> None:
    (block,) = run_here(command_blocks(MARKDOWN), "alone")
    assert run_block(block, root) == f"in {root}\n"


def test_a_block_talks_to_the_service_that_the_test_started(root: Path) -> None:
    (block,) = run_here(command_blocks(MARKDOWN), "server")
    assert run_block(block, root, "127.0.0.1:9999") == "http://127.0.0.1:9999/docs\n"


@pytest.mark.parametrize("text", ["false\ntrue", "false | true", "echo $UNSET"])
def test_a_block_fails_with_any_of_its_commands(text: str, root: Path) -> None:
    (block,) = command_blocks(f"```sh\n{text}\n```\n")
    with pytest.raises(AssertionError, match="README line 1 exits with 1"):
        run_block(block, root)
