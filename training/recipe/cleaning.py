"""A tracker's text as people see it."""

import re

_SPACE = r"[ \t\u00a0\u2028\u200b]"
# Looked for where a run of spaces begins only, so that a long one takes linear time.
_LINE_ENDS = re.compile(rf"(?<!{_SPACE}){_SPACE}*\n")


def clean(text: str | None) -> str:
    """The text with plain line ends, and without what cannot be seen at them."""
    plain = (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return _LINE_ENDS.sub("\n", plain).strip()
