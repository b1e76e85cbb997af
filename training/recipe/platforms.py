"""Operating systems, browsers and versions in what reporters write."""

import re

from training.recipe.words import words

Env = dict[str, str]

_WINDOWS_NT = {"5.1": "XP", "6.0": "Vista", "6.1": "7", "6.2": "8", "6.3": "8.1", "10.0": "10"}
_VERSION = r"(?P<version>\d+(?:[._]\d+){0,4}(?:[ab]\d+)?)"

_AGENT = re.compile(r"Mozilla/\d\.\d \((?P<system>[^)]*)\)[^\n]*", re.IGNORECASE)
_AGENT_SYSTEMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Windows", re.compile(r"Windows NT (?P<version>[\d.]+)", re.IGNORECASE)),
    ("iOS", re.compile(r"(?:iPhone |iPad )?OS (?P<version>\d+(?:_\d+)+) like", re.IGNORECASE)),
    ("macOS", re.compile(r"Mac OS X (?P<version>[\d._]+)?", re.IGNORECASE)),
    ("Android", re.compile(r"Android(?: (?P<version>[\d.]+))?", re.IGNORECASE)),
    ("Linux", re.compile(r"Linux(?P<version>\b)", re.IGNORECASE)),
)
_AGENT_BROWSERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"{token}/(?P<version>[\d.]+\w*)", re.IGNORECASE))
    for name, token in (
        ("SeaMonkey", "SeaMonkey"),
        ("Edge", "Edge?"),
        ("Opera", "OPR"),
        ("Firefox", "(?:Firefox|FxiOS)"),
        ("Chrome", "(?:Chrome|CriOS)"),
        ("Safari", "Version"),
    )
)

_SYSTEMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "iOS",
        re.compile(
            rf"\b(?<!Firefox )(?:iOS|iPhone OS)(?: version)?:?[ -]*v?{_VERSION}|\b(?:iPhone|iPad"
            rf"|iPod)[^\n,;()]{{0,24}}"
            rf"\((?:iOS )?v?(?P<other>\d+(?:\.\d+)+)",
            re.IGNORECASE,
        ),
    ),
    (
        "Android",
        re.compile(rf"\bAndroid(?: OS)?(?: version)?:?[ -]*v?{_VERSION}", re.IGNORECASE),
    ),
    (
        "macOS",
        re.compile(
            r"\b(?:mac ?os(?: ?x)?|os ?x|macosx)(?:[ :-]*(?:version|lion|mountain lion|mavericks"
            r"|yosemite|el capitan|sierra"
            r"|high sierra))*[ :(=v-]*(?P<version>1[0-5](?:[._]\d+){0,2})\b",
            re.IGNORECASE,
        ),
    ),
    (
        "Windows",
        re.compile(
            r"\b(?:MS |Microsoft )?Windows(?: phone)?[ :-]*(?P<version>xp|vista|[78](?:\.1)?"
            r"|1[01]|2000|2003|2008|2012)"
            r"(?:\b|(?=x\d\d\b))",
            re.IGNORECASE,
        ),
    ),
    ("Ubuntu", re.compile(rf"\bUbuntu(?: linux)?[ :-]*{_VERSION}", re.IGNORECASE)),
    ("Fedora", re.compile(rf"\bFedora[ :-]*{_VERSION}", re.IGNORECASE)),
)
_BARE_SYSTEMS = re.compile(
    r"\b(?:(?P<iOS>iOS)|(?P<Android>Android)|(?P<macOS>Mac ?OS(?: ?X)?|OS ?X)"
    r"|(?P<Windows>Windows)|(?P<Linux>Linux))\b",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"\b(?P<name>Firefox|Chrome|Safari|Edge|Opera|SeaMonkey|Internet Explorer|IE)"
    r"(?P<channel> (?:nightly|beta|mobile|iOS|ESR|release))?[ :/-]*(?:version )?v?"
    r"(?P<version>\d+(?:\.\d+)*(?:[ab]\d+)?(?:esr)?)",
    re.IGNORECASE,
)
_BROWSER_NAMES = {
    name.lower(): name for name in ("Firefox", "Chrome", "Safari", "Edge", "Opera", "SeaMonkey")
} | {"internet explorer": "Internet Explorer", "ie": "Internet Explorer"}


def parse_env(text: str) -> Env:
    """`os`, `browser` and `browserVersion` as far as a text names them; may be empty."""
    agent = _AGENT.search(text)
    if agent is not None:
        return _parse_agent(agent["system"], agent[0])
    env: Env = {}
    system = _parse_system(text)
    if system:
        env["os"] = system
    browser = _BROWSER.search(text)
    if browser is not None:
        env["browser"] = _BROWSER_NAMES[browser["name"].lower()]
        env["browserVersion"] = browser["version"]
    return env


def _parse_agent(system: str, agent: str) -> Env:
    env: Env = {}
    for name, pattern in _AGENT_SYSTEMS:
        found = pattern.search(system)
        if found:
            version = (found["version"] or "").replace("_", ".")
            version = _WINDOWS_NT.get(version, version) if name == "Windows" else version
            env["os"] = f"{name} {version}".strip()
            break
    for name, pattern in _AGENT_BROWSERS:
        found = pattern.search(agent)
        if found:
            env["browser"], env["browserVersion"] = name, found["version"]
            break
    return env


def _parse_system(text: str) -> str:
    found = [(match.start(), name, match) for name, p in _SYSTEMS if (match := p.search(text))]
    if found:
        _, name, match = min(found, key=lambda item: item[0])
        version = match["version"] or match.groupdict().get("other") or ""
        version = version.upper() if version.lower() == "xp" else version.replace("_", ".")
        return f"{name} {version.capitalize() if version.isalpha() else version}".replace(
            "Xp", "XP"
        )
    bare = _BARE_SYSTEMS.search(text)
    return (bare.lastgroup or "") if bare else ""


_ENV_WORD = re.compile(
    r"\b(?:iOS|Android|Mac ?OS|OS ?X|Windows|Linux|Ubuntu|SDK|CLI|Studio|Xcode|Node|npm|device"
    r"|emulator"
    r"|simulator|build|version|iPhone|iPad|Nexus|Galaxy|Firefox|Nightly|Chrome|Safari|platforms?"
    r"|Alloy|JDK|JRE|Java|Eclipse|Titanium|Hadoop)\b",
    re.IGNORECASE,
)
_BUILD_LINE = re.compile(
    r"^\s*(?:Build(?: ?id)?\s*:?\s*)?(?:[INMRSF]-?\d{8}(?:[-_]?\d{2,6})?|Build\s*:?\s*\d[\w.]*"
    r"(?:\s?M\d)?|(?:using\s+)?(?:latest\s+)?(?:HEAD|\d\.\d(?:\.\d)? ?(?:M\d\w?"
    r"|RC\d\w?))(?: plus .*)?)"
    r"[\s.,:;]*$",
    re.IGNORECASE,
)


def is_environment_line(line: str) -> bool:
    """Whether a line says where the bug was seen and nothing else."""
    text = line.strip()
    if not 3 <= len(text) <= 160 or text.startswith(("{", "<", "//")):
        return False
    if _BUILD_LINE.match(text) or re.match(r"user ?agent:|mozilla/\d", text, re.IGNORECASE):
        return True
    if not re.search(r"\d", text) or text.endswith(("?", ";", "{", "[")):
        return False
    if re.match(r"\d{1,2}[.)]\s|[\w.$]*\(", text) or re.search(r"\.java:\d|[\"'\\]|: \w+;", text):
        return False
    others = [
        word
        for word in re.findall(r"[A-Za-z]{3,}", _ENV_WORD.sub(" ", text))
        if word.lower() not in _FILLERS
    ]
    return bool(_ENV_WORD.search(text)) and len(others) <= 2


_FILLERS = frozenset(words("and with using the tested test used plugin release mobile command rev"))
