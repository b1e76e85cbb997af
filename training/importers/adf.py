"""The Atlassian Document Format, in which Jira Cloud's REST API v3 gives its texts, as Markdown."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from training.importers.tool import Json, objects
from training.recipe.placeholders import NAME

Node = dict[str, Json]

_MAX_DEPTH = 60
"""No editor nests deeper; what does is an attack on the stack."""


def is_document(value: Json) -> bool:
    """Whether a field's value is a document of this format."""
    return isinstance(value, dict) and value.get("type") == "doc"


def to_markdown(document: Node) -> str:
    """The text of a document. Mentions become a placeholder, media nothing.

    A node of an unknown type is read as what it contains.
    """
    return "\n\n".join(_blocks(document, 0)).strip()


def _blocks(node: Node, depth: int) -> Iterator[str]:
    """The blocks inside a node; each is free of blank lines at its ends, none is empty."""
    if depth > _MAX_DEPTH:
        return
    for child in objects(node.get("content")):
        if _is_inline(child):
            # Inline nodes without a paragraph around them, as in a table's cell of some versions.
            text = _inline(node)
            if text.strip():
                yield text.strip()
            return
        make = _BLOCKS.get(str(child.get("type")), _inner)
        text = make(child, depth + 1).strip("\n")
        if text.strip():
            yield text


def _inner(node: Node, depth: int) -> str:
    return "\n\n".join(_blocks(node, depth))


def _is_inline(node: Node) -> bool:
    return node.get("type") == "text" or str(node.get("type")) in _INLINES


def _paragraph(node: Node, depth: int) -> str:
    return _inline(node).strip()


def _heading(node: Node, depth: int) -> str:
    level = _attribute(node, "level")
    return f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 3)} {_inline(node)}"


def _code(node: Node, depth: int) -> str:
    language = _attribute(node, "language")
    text = "".join(str(child.get("text", "")) for child in objects(node.get("content")))
    return f"```{language if isinstance(language, str) else ''}\n{text}\n```"


def _quote(node: Node, depth: int) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _inner(node, depth).split("\n"))


def _bullets(node: Node, depth: int) -> str:
    return "\n".join(_item("- ", item, depth) for item in objects(node.get("content")))


def _numbers(node: Node, depth: int) -> str:
    first = _attribute(node, "order")
    start = first if isinstance(first, int) else 1
    items = enumerate(objects(node.get("content")), start=start)
    return "\n".join(_item(f"{number}. ", item, depth) for number, item in items)


def _tasks(node: Node, depth: int) -> str:
    return "\n".join(
        _item(f"- [{'x' if _attribute(item, 'state') == 'DONE' else ' '}] ", item, depth)
        for item in objects(node.get("content"))
    )


def _item(mark: str, node: Node, depth: int) -> str:
    indent = " " * len(mark)
    lines = "\n".join(_blocks(node, depth + 1)).split("\n")
    return "\n".join((mark if not number else indent) + line for number, line in enumerate(lines))


def _table(node: Node, depth: int) -> str:
    return "\n".join(
        "| "
        + " | ".join(
            " ".join(_inner(cell, depth + 2).split()) for cell in objects(row.get("content"))
        )
        + " |"
        for row in objects(node.get("content"))
    )


def _expand(node: Node, depth: int) -> str:
    title = _attribute(node, "title")
    inner = _inner(node, depth)
    return f"{title}\n\n{inner}" if isinstance(title, str) and title else inner


def _card(node: Node, depth: int) -> str:
    return _address(node)


def _nothing(node: Node, depth: int) -> str:
    return ""


def _inline(node: Node) -> str:
    pieces = []
    for child in objects(node.get("content")):
        kind = str(child.get("type"))
        pieces.append(_text(child) if kind == "text" else _INLINES.get(kind, _unknown)(child))
    return "".join(pieces)


def _text(node: Node) -> str:
    text = str(node.get("text", ""))
    is_code = any(mark.get("type") == "code" for mark in objects(node.get("marks")))
    return f"`{text}`" if is_code else text


def _unknown(node: Node) -> str:
    return ""


def _emoji(node: Node) -> str:
    return str(_attribute(node, "text") or _attribute(node, "shortName") or "")


def _date(node: Node) -> str:
    try:
        moment = datetime.fromtimestamp(int(_attribute(node, "timestamp")) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%d}"


def _address(node: Node) -> str:
    address = _attribute(node, "url")
    return address if isinstance(address, str) else ""


def _attribute(node: Node, name: str) -> Json:
    attributes = node.get("attrs")
    return attributes.get(name) if isinstance(attributes, dict) else None


_BLOCKS: dict[str, Callable[[Node, int], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "bulletList": _bullets,
    "decisionList": _bullets,
    "orderedList": _numbers,
    "taskList": _tasks,
    "table": _table,
    "expand": _expand,
    "nestedExpand": _expand,
    "blockCard": _card,
    "embedCard": _card,
    "rule": lambda node, depth: "----",
    "mediaSingle": _nothing,
    "mediaGroup": _nothing,
}
_INLINES: dict[str, Callable[[Node], str]] = {
    "hardBreak": lambda node: "\n",
    "mention": lambda node: f"@{NAME}",
    "emoji": _emoji,
    "date": _date,
    "status": lambda node: str(_attribute(node, "text") or ""),
    "inlineCard": _address,
    "placeholder": _unknown,
    "mediaInline": _unknown,
}
