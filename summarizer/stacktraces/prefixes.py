"""What loggers, build tools and markup put around a trace line."""

import re

_MOST_PREFIXES = 6

_PREFIX = re.compile(
    r"""\s*(?:
      \x1b\[[\d;]*m                                                            # terminal colour
    | </?(?:p|br|b|i|code|pre|li|tt|td|div|span|blockquote)\b[^<>]{0,80}>
    | \{(?:code|noformat|quote)(?::[^{}\s]{0,80})?\}
    | `{1,3}
    | (?:>|&gt;)(?=\s|>) | [|+*](?=\s)
    | \[?\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{2,4})?[T ]\d{1,2}:\d{2}(?::\d{2})?(?:[.,:]\d{1,9})?
      (?:Z|[ ]?[+-]\d{2}:?\d{2})?\]?:?(?=\s)                                   # date and time
    | \d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?=\s)                           # time
    | \[(?!cause\]|errors\]|native\ code|Previous\ line|\.{3}\ skipping|signal\ |\w*Error)
      [^\[\]\n]{1,60}\]\s*:?
    | \d{1,7}\s+\d{1,7}\s+[VDIWEFA]\s+[\w.$/-]{1,60}\s*:                       # logcat threadtime
    | \d{1,7}\s+[\w.$-]{1,60}\s+[VDIWEFA](?=\s)
    | (?:[VDIWEFA]|ERROR|WARN|INFO|DEBUG)/[\w.$-]{1,60}\s*(?:\(\s*\d{1,7}\))?\s*:
    | (?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL(?!\ EXC)|SEVERE|TRACE|CRITICAL)\b\s*[:|]?(?=\s)
    | (?:[A-Z][a-z]{2}\s{1,2}\d{1,2}\s\d\d:\d\d:\d\d\s)?
      [\w.-]{1,80}\s[\w./-]{1,60}\[\d{1,7}\]:(?=\s)                            # syslog
    | [IWEF]\d{4}\s\d\d:\d\d:\d\d\.\d{6}\s+\d{1,9}\s[\w.-]{1,80}:\d{1,6}\]           # klog
    | [a-z]{2,20}=\S{1,80}(?=\s)                                               # key and value
    | [\w.-]{1,60}\s+\|(?=\s)                                                  # docker compose
    | (?!Suppressed|Caused|panic:|\[|[\w.$]{0,80}(?:Exception|Error)\b)[\w.$-]{1,80}\s*[:-]\s+
      (?=at\s|Caused\ by:
        |(?:[a-z_]\w{0,60}\.){1,20}[\w$]{1,100}+(?:[:(]|\s*$))                 # a logger's name
    | \d{1,7}-\d{1,7}(?:/\S{1,80}(?=\s)                                        # Android Studio
        |\s+\S{1,60}\s+\S{1,100}\s+[VDIWEFA](?=\s))
    | Error:\s+(?=Traceback\ \()
    | (?:\d{1,9}\s)?\[?\s?['"](?=\s{2,8}at\s|\w{0,60}Error:\s)                 # a printed array
    | npm\ ERR! | [\w/]{1,80}\.cc:\d{1,6}\]
    | !(?:STACK\ \d+|MESSAGE|ENTRY)
    )""",
    re.VERBOSE,
)

_SUFFIXES = (
    "<br>", "<br/>", "<br />", "</p>", "</code>", "</pre>", "{code}", "{noformat}", "```",
             "',", "' ]", '",', "\\n", "\\r")  # fmt: skip


def content_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of `text[start:end]` without log prefixes, surrounding markup and white space."""
    for _ in range(_MOST_PREFIXES):
        match = _PREFIX.match(text, start, end)
        if match is None:
            break
        start = match.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start:
        if text[end - 1].isspace():
            end -= 1
        elif text.endswith(_SUFFIXES, start, end):
            end -= next(len(s) for s in _SUFFIXES if text.endswith(s, start, end))
        else:
            break
    return start, end
