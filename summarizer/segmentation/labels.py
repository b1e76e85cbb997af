"""The labels that reporters and issue templates put before the parts of a report."""

import re

_KIND = r"(?:expected|actual|observed|current|desired|correct|incorrect|wrong|intended)"
_OUTCOME = (
    r"(?:results?|behaviou?rs?|outcomes?|outputs?|response|state|issues?|problem)(?:\s?\(s\))?"
)
_THING = r"(?:bug|issue|problem|error|defect)"
_DETAILS = r"""
    (?:\s+(?:details|info|information|used|tested|affected|name|number|type|identifier|id))?
"""
_SYSTEM = r"(?:os|operating\s+systems?|platforms?|browsers?|devices?|hardware|versions?)"

_ALONE = rf"""
    {_KIND}(?:\s*(?:/|and|or)\s*{_KIND})?\s+{_OUTCOME}
    | expected | actual | observed | results? | behaviou?rs?
    | what\s+(?:(?:i|you|we|is|was|should|actually|did|does|do)\s+)*
      (?:expect(?:ed)?|happen(?:ed|s)?|see|saw|get|got)(?:\s+(?:to\s+)?(?:happen|see|instead))*
    | (?:(?:detailed|minimal|exact|test|repro|reproduction|reproduce)\s+)*steps?
      (?:\s+(?:to|for|of)\s+(?:\w*repro\w*|re-?create|replicate|test(?:ing)?|follow)
         (?:\s+(?:the\s+|this\s+)?{_THING})?)?
    | (?:how\s+|way\s+)?to\s+(?:reproduce|repro|test)(?:\s+(?:it|(?:the|this)\s+{_THING}))?
    | (?:reproduction|repro|reproducib\w+|reproducing)(?:\s+(?:steps?|in\s+\w+))? | str
    | actions?\s+(?:performed|taken)
    | (?:(?:test|tested|my|user|dev|development|system|build)\s+)?env(?:ironments?)?{_DETAILS}
    | (?:(?:short|detailed|full|{_THING})\s+)?(?:descriptions?|summary|overview)
    | (?:(?:possible|proposed|suggested|potential|recommended|temporary|known)\s+)?
      (?:work[\s-]?arounds?|fix(?:es)?|solutions?|resolution)
      (?:\s*/\s*(?:workaround|fix|solution))?
    | (?:additional|other|further|more|extra)\s+
      (?:info(?:rmation)?|notes?|details?|context|comments?)
    | (?:foot)?notes? | prerequisites? | preconditions? | (?:root\s+)?cause
    | (?:test|sample|example)\s+(?:case|code|app|project|files?)s? | testcase
    | code\s+(?:sample|snippet)s?
    | {_SYSTEM}{_DETAILS}
    | (?:(?:error|console|crash|build|debug|device|server|relevant)\s+)?logs?(?:\s+output)?
    | stack\s?-?trace | crash\s+report | screenshots?(?:\s*/\s*videos?)? | attachments?
"""
"""Labels that are one even without a colon, where they are the whole line."""

_BEFORE_COLON = rf"""
    (?:(?:app|application|browser|os|product|software|sdk|server|client|plugin|affected|build
       |host|mobile|desktop|test|titanium|ti|studio|node|java|tested|firmware|driver|framework
       |platform|alloy)\s+){{1,2}}{_SYSTEM}{_DETAILS}
    | {_SYSTEM}(?:\s*(?:/|and|&)\s*{_SYSTEM})+{_DETAILS} | builds?{_DETAILS}
    | tested(?:\s+(?:on|with|in|another\s+browser))? | user[\s-]+agent
    | (?:original|{_THING})\s+(?:summary|type|statement|details)
    | bug | issue | problem | defect | details | background | context
    | (?:possible|probable|root)\s+(?:cause|reason) | reason | analysis | outcome
    | remarks? | comments? | hint | impact | severity | frequency | regression | requirements?
    | current | desired | output | videos?
    | (?:error|console|crash|build|debug|server|log)\s+(?:trace|output|messages?)
"""
_ARTICLE = r"(?:(?:the|my|your)\s+)?"
_TAIL = r"(?:\s*\([^()\n]{0,60}\))?"
_COLON = r"[:\uff1a]+"
_DASH = r"[-\u2013\u2014]"
_LABEL = re.compile(
    rf"""
    (?:\d{{1,2}}[.)]\s*)?{_ARTICLE}
    (?: (?P<alone>{_ALONE}){_TAIL}\s*
        (?P<mark> {_COLON}(?:-(?=\s))? | (?P<dash>[-=]+>|{_DASH}+(?=\s)) | \??$ )
      | (?:{_BEFORE_COLON}){_TAIL}\s*{_COLON} )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE_DASH = re.compile(rf"{_ARTICLE}(?:{_KIND}\b|steps?\b)", re.IGNORECASE)
_LONGEST = 100


def label_end(line: str) -> int | None:
    """Where the report label that `line` starts with ends, its colon included; None without one.

    A label is followed by a colon, or is the whole line and looks like a title. "Error: could not
    open" has none: only words that name a part of a report count.
    """
    match = _LABEL.match(line[:_LONGEST])
    if match is None:
        return None
    is_label = True
    if match["dash"] is not None:
        is_label = _BEFORE_DASH.match(line) is not None
    elif match["mark"] in ("", "?"):
        is_title = " " in match["alone"] or not match["alone"][0].islower()
        is_label = is_title and match.end() == len(line)
    return match.end() if is_label else None
