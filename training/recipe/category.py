"""What kind of bug a report is about, by rules; no source file carries a human category.

The rules are tried in this order and the first that holds decides:

1. `documentation`: the title or a label names documentation, or the report is about wrong docs.
2. `security`: the title or text names a weakness that somebody could exploit.
3. `crash`: the program or its process ends; the title decides before the text.
4. `hang`: it stops answering or never ends.
5. `performance`: it is slow, or takes more and more memory or processor time.
6. `build`: building, packaging, installing or publishing fails.
7. `network`: requests, connections, downloads and what stands on them.
8. `data`: values are lost, changed, misread or wrongly stored.
9. `ui`: something is seen or touched wrongly.
10. `functional`: the rest.

The title weighs most, since it says in one line what is wrong; then the sentences that tell the
actual behaviour. The rest of the text is read for attackers and weaknesses only: a log that
mentions a crash in passing decides nothing. A compiler's own errors are what a compiler is for, so
they are no `build` bugs.
"""

import re
from collections.abc import Sequence

CATEGORIES = (
    "crash",
    "hang",
    "performance",
    "ui",
    "security",
    "data",
    "network",
    "build",
    "documentation",
    "functional",
)
RARE_CATEGORIES = frozenset({"security", "hang", "performance", "documentation"})


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_DOCUMENTATION = _any(
    r"\b(?:documentation|javadocs?|api ?docs?|docs?|user guide|read-?me|wiki|help page|tutorial)\b"
    r"(?!\.\w)(?! ?(?:view|type|comment|popup|hover|window|folder|location|generation|wizard))",
    r"\b(?:undocumented|not documented|incorrectly documented)\b",
    r"\bexample in the (?:docs|documentation|guide)\b",
)
_NOT_DOCUMENTATION = _any(
    r"\bjavadoc (?:\w+ )?(?:hover|view|comment|wizard|export|tag|completion|formatt?\w*|attachment"
    r"|location|compl\w+|warning|error|search|reference)",
    r"\[javadoc\]|\b(?:in|inside|within) javadoc\b|@\w+|\bword doc|google docs|\.docs?\b|\.odt\b",
    r"\bdocs? (?:file|app|editor)|\bcrash|\bNPE\b|exception",
)
_SECURITY = _any(
    r"\bsecurity (?:issue|hole|flaw|bug|risk|vulnerabilit\w+|problem|concern|warning|bypass"
    r"|hazard)",
    r"\b(?:vulnerabilit\w+|vulnerable|exploit(?:able|ed|s)?|xss|csrf|xxe|ssrf|clickjack\w*"
    r"|cve-\d{4}-\d+|privilege escalation|remote code execution|spoof(?:ed|ing|s)?|phishing"
    r"|man.in.the.middle|mitm|path traversal|directory traversal|heap-?buffer-?overflow"
    r"|use-after-free|cross[- ]site scripting)\b",
    r"\b(?:sql|script|code|command|header|html) injection\b",
    r"\b(?:plain[- ]?text|unencrypted|cleartext) (?:password|credential|token)s?",
    r"\b(?:password|credential|secret|token|private key)s?\b.{0,40}\b(?:leak\w*|exposed|visible"
    r"|in (?:the )?clear|plain ?text|unmasked|in (?:the )?logs?|readable|logged)\b",
    r"\b(?:leak|expos|disclos)\w*\b.{0,30}\b(?:password|credential|secret|token|private|user data)",
    r"\b(?:bypass(?:es|ed|ing)?)\b.{0,30}\b(?:auth|login|permission|acl|access|restriction|security"
    r"|pin|lock|passcode|verification)",
    r"\b(?:unauthori[sz]ed|anyone can|without (?:permission|authentication|authorization))\b"
    r".{0,40}\b(?:access|read|see|edit|delete|user|member)",
    r"\b(?:accepts?|trusts?|validat\w+|ignor\w+|verif\w+)\b.{0,25}\b(?:invalid|self-?signed|expired"
    r"|any|all|ssl|tls|https)\b.{0,20}\bcertificates?\b",
    r"\b(?:self-?signed|invalid|expired"
    r"|untrusted) (?:\w+ ){0,2}certificates?\b.{0,30}\b(?:accepted|allowed|trusted)"
    r"|\bable to access\b.{0,30}\bself-?signed|\b(?:leaks?|leaked|exposes?) .{0,30}\b(?:referrer"
    r"|history|ip address"
    r"|location|private|personal|credentials)|\bprivacy (?:leak|issue|violation|problem)"
    r"|\bdenial of service\b"
    r"|\bhard-?coded (?:key|password|secret|credential)|\bweak (?:cipher|hash|encryption)"
    r"|\bsession fixation\b"
    r"|\bcontent[- ]security[- ]policy\b.{0,40}\b(?:bypass|not enforced|ignored)",
    r"\bpermission check|access control|\bacls?\b.{0,30}\b(?:not|ignored|wrong|bypass)",
    r"\bsame[- ]origin policy\b|\bmixed content\b.{0,20}\b(?:not|allowed|loaded)|\bsandbox escape",
    r"\bsecurity exception\b(?!.*\bcrash)|\bencrypt(?:ed|ion)\b.{0,30}\b(?:not|weak|broken|fail)",
)
_ATTACK = _any(
    r"\battackers?\b(?! (?:on|the) )|\bmalicious\w*\b|\bvulnerabilit\w+|\bvulnerable\b"
    r"|\bproof[- ]of[- ]concept"
    r"|\bcve-\d{4}|\bsecurity (?:hole|flaw|risk|bug|issue|vulnerab\w+|concern|hazard)\b"
    r"|\bexploit(?:ed|able|s)?\b"
    r"|\b(?:heap-)?use[- ]after[- ]free\b|\b(?:heap|stack|global)-buffer-overflow\b"
    r"|\bprivilege escalation\b"
    r"|\bsensitive (?:data|information)\b|\bxss\b|\bcsrf\b|\bman[- ]in[- ]the[- ]middle\b",
)
_CRASH = _any(
    r"\bcrash(?:es|ed|ing|er|s)?\b(?! ?(?:report|log|analytic|ytics))",
    r"\b(?:segfault\w*|segmentation fault|sigsegv|sigabrt|sigbus|exc_bad_access|bad_access"
    r"|core dump\w*"
    r"|access violation|fatal signal|force[- ]?clos\w+|app (?:closes|quits|exits|dies|terminates)"
    r"|jvm (?:crash|dies|exit)\w*|abort(?:s|ed)? unexpectedly|quits? unexpectedly|has stopped"
    r"|closes? (?:itself|unexpectedly)|unexpected(?:ly)? (?:quit|exit|close|terminat)\w*"
    r"|terminat\w+ due to uncaught|terminating app|blue screen|kernel panic)\b",
)
_NOT_CRASH = _any(
    r"\b(?:does(?:n'?t| not)|did(?:n'?t| not)|won'?t|without|instead of|no longer|not) crash",
    r"\bcrash(?:es)? (?:report|log|dump file|ID)",
)
_HANG = _any(
    r"\b(?:hangs?|hung|hanging)\b(?! (?:out|on to|in the air))|\bfreez(?:es?|ing)\b|\bfroze\b"
    r"|\bfrozen\b",
    r"\b(?:dead-?lock\w*|interlock\w*|live-?lock\w*|unresponsive|non-?responsive|anr)\b",
    r"\b(?:not|stops?|stopped) respond(?:ing)?\b(?! to)|\b(?:infinite|endless)(?:ly)? ?(?:\w+ )?"
    r"(?:loop|recursion|load|spin|redirect)\w*|\bloads? (?:forever|infinitely|endlessly"
    r"|indefinitely)",
    r"\bnever (?:returns|finishes|completes|ends|terminates|stops loading)\b",
    r"\b(?:stuck|blocked) (?:on|at|in|while|when|forever|indefinitely|loading|after)\b",
    r"\b(?:locks? up|locked up|blocks? (?:the )?(?:ui|main) thread|goes into (?:a |an )?loop)\b",
    r"\bruns? forever\b|\bspins? (?:forever|endlessly)|\bgets? stuck\b|\bis stuck\b",
)
_PERFORMANCE = _any(
    r"\b(?:slow(?:s|er|ly|ness|down)?|sluggish|laggy|lags?|lagging|stutter\w*|choppy|jank\w*)\b"
    r"(?! motion)",
    r"\b(?:performance|perf)\b(?! (?:tab|tool|test|panel|profiler|monitor|suite|api))",
    r"\bmemory (?:leak\w*|usage|consumption|footprint|bloat|pressure|hog|grow\w*)|\bleak(?:s|ed"
    r"|ing)?\b"
    r"(?=.{0,40}\b(?:memory|object|instance|handle|thread|window|view|listener|editor|document"
    r"|connection|class ?loader|descriptor|reference)s?\b)|\b(?:memory|handle|resource|thread"
    r"|object)s? leak\w*",
    r"\bout ?of ?memory\w*|\boom\b|\bgc overhead\b",
    r"\b(?:high|100 ?%|excessive|too much|lots of|huge|constant|full) (?:cpu|memory|processor"
    r"|battery)\b"
    r"|\bcpu (?:usage|load|spike|consumption|hog)|\bdrains? (?:the )?battery",
    r"\btakes? (?:too|very|so|a very|an? (?:extremely |really )?) ?long\b|\btakes? (?:forever"
    r"|ages)\b",
    r"\b(?:inefficient\w*|not efficient|unnecessar(?:y|ily) (?:\w+ )?(?:re-?render|refresh|comput"
    r"|reload|redraw|re-?build|load)\w*|bottleneck|scalab\w+|o\(n\W?2\)|quadratic|optimi[sz]e)\b",
    r"\bdelay(?:s|ed)? (?:of|in|before|when|after)\b|\bseconds? (?:delay|to (?:load|open|start))\b",
)
_BUILD = _any(
    r"\b(?:build|builds|building|compil(?:e|es|ing|ation)|link(?:ing|er)|packag(?:e|es|ing)"
    r"|install(?:s|ing|ation|er)?|publish\w*|transpil\w+|deploy\w*|archive|archiving"
    r"|sign(?:ing)?)\b"
    r".{0,60}\b(?:fail\w*|errors?|broken|breaks?|does(?:n'?t| not)|can'?t|cannot|unable|not|won'?t"
    r"|stuck|missing|wrong)\b",
    r"\b(?:fail\w*|errors?|can'?t|cannot|unable|broken|unabled|won'?t|does(?:n'?t| not)"
    r"|couldn'?t)\b"
    r".{0,40}\b(?:build|compil(?:e|ing|ation)|package|install|publish|deploy|archive)\b",
    r"\b(?:gradle|maven|pom\.xml|makefile|cmake|scons|xcodebuild|dexer|proguard|linker|node-?gyp"
    r"|ant (?:build|task|script)|webpack|jarsigner|code ?sign\w*|provisioning profile"
    r"|build\.properties"
    r"|build script|bustage|compilation error|npm install|aapt2?|buildhive|mach build)\b",
)
_NOT_BUILD = _any(r"\bbuild path\b|\bpackage (?:explorer|view|declaration|name)|\blinked resource")
_NETWORK = _any(
    r"\b(?:http ?client|xhr|xmlhttprequest|websockets?|sockets?|tcp|udp|dns|proxy|proxies"
    r"|network\w*"
    r"|wi-?fi|3g|4g|bonjour|imap|pop3|smtp|ftp|webdav|dial-?up|offline|cookies?"
    r"|http[s2]? (?:request"
    r"|response|header|status|post|get|put|proxy)s?|timed? ?out|timeouts?|cors|ssl|tls|handshake"
    r"|xmpp|xmlrpc|keep-?alive|rest (?:api|call)|redirects?|multipart|user-?agent header)\b",
    r"\b(?:download|upload|request|connection|server|connect)(?:s|ing|ed)?\b.{0,40}\b(?:fail\w*"
    r"|errors?|abort\w*|lost|drop\w*|refused|reset|not|never|can'?t|cannot|closed|broken"
    r"|stall\w*)\b",
    r"\b(?:can(?:'?t|not)|unable to|fails? to|failed to) (?:connect|download|upload|reach"
    r"|log ?in)\b",
)
_DATA = _any(
    r"\b(?:data ?loss|los(?:es|t|ing) (?:\w+ )?(?:data|messages?|changes|values?|settings)"
    r"|corrupt\w*"
    r"|database|sqlite|sql|encoding|utf-?8|utf-?16|charset|unicode|mojibake|garbled|json|xml|csv"
    r"|pars(?:e|es"
    r"|er|ing)|(?:de)?seriali[sz]\w+|time ?zone|date ?format\w*|rounding|overflow(?:s|ed)? (?:of"
    r"|in)? ?(?:int|long)"
    r"|truncat\w+|precision|not (?:saved|persisted|stored)|wrong (?:value|result|count|number"
    r"|total|sum|date|sort"
    r"|order|amount)|incorrect (?:value|result|count|number|total|sum|date|sort|order|amount)s?"
    r"|duplicate[sd]?"
    r"|import(?:ed|ing)? (?:of|from|fail|mail|book|data)|export(?:ed|ing)? (?:of|to|fail)|migrat\w+"
    r"|blob|base64|checksum|backup|sync(?:ed|ing|hroni\w+)?|database)\b",
    r"\b(?:does(?:n'?t| not)|fails? to|not|cannot|can'?t) (?:save|persist|store|restore"
    r"|remember)\b",
)
_UI = _any(
    r"\b(?:buttons?|layout|displays?|displayed|render\w*|redraw\w*|repaint\w*|dialogs?|menus?"
    r"|menu ?bar"
    r"|context menu|tool-?bars?|tool-?tips?|scroll\w*|icons?|fonts?|colou?rs?|text ?(?:field"
    r"|area|box)s?|labels?"
    r"|overlap\w*|align\w*|misalign\w*|cut off|cropped|clipped|blurry|flicker\w*|rotat\w+"
    r"|orientation|landscape"
    r"|portrait|animat\w+|themes?|dark mode|cursor|caret|focus(?:ed)?|keyboard|table ?views?"
    r"|list ?views?"
    r"|web ?views?|image ?views?|scroll(?:able)? ?views?|map ?view|pickers?|tab ?(?:group|bar)s?"
    r"|tabs?|popups?"
    r"|pop-ups?|pop ?over|splash(?: ?screen)?|status ?bar|nav(?:igation)? ?bar|side ?bar|panel"
    r"|placeholder|hint ?text"
    r"|padding|margins?|border\w*|opacity|background\w*|visible|invisible|hidden|hover|tap(?:s"
    r"|ped|ping)?|swipe|zoom\w*"
    r"|pinch|touch\w*|screen|window|title ?bar|check ?box\w*|radio button|drop-?down|text color"
    r"|highlight\w*"
    r"|truncated|ellipsis|outline|badge|avatar|emoji|shadow|gradient|css|style\w*|resiz\w+"
    r"|accessib\w+"
    r"|screen reader|voice-?over|talkback|contrast|modal|wizard page|preference page|decorat\w+"
    r"|banner|header"
    r"|footer|rows?|column|searchbar|url ?bar|address bar|page is blank|blank page|white screen)\b",
)
_OPENING_CHARS = 1500
_LABEL_CATEGORIES = {
    "documentation": "documentation",
    "docs": "documentation",
    "doc": "documentation",
    "security": "security",
    "performance": "performance",
    "perf": "performance",
    "memory-leak": "performance",
    "crash": "crash",
    "crasher": "crash",
    "hang": "hang",
}


def categorize(title: str, failure: str, labels: Sequence[str], text: str = "") -> str:
    """The category of a report.

    `failure` is the text that says what went wrong, `text` the whole report; both may be empty.
    """
    filed = {_LABEL_CATEGORIES.get(label.lower(), "") for label in labels}
    if _is_documentation(title or failure) or "documentation" in filed:
        return "documentation"
    if _is_security(f"{title}\n{failure}", text) or "security" in filed:
        return "security"
    compiler = any(label.startswith("eclipse.jdt") for label in labels)
    return (
        _by_symptom(title)
        or _by_symptom(failure)
        or max(filed, default="")
        or _by_subject(title, builds=not compiler)
        or _by_subject(failure, builds=not compiler)
        or "functional"
    )


def _is_security(head: str, text: str) -> bool:
    return bool(_SECURITY.search(head) or _ATTACK.search(text[:_OPENING_CHARS]))


def _by_symptom(text: str) -> str:
    if _is_crash(text):
        return "crash"
    for name, pattern in (("hang", _HANG), ("performance", _PERFORMANCE)):
        if pattern.search(text):
            return name
    return ""


def _is_documentation(title: str) -> bool:
    return bool(_DOCUMENTATION.search(title)) and not _NOT_DOCUMENTATION.search(title)


def _is_crash(text: str) -> bool:
    return bool(_CRASH.search(text)) and not _NOT_CRASH.search(text)


def _by_subject(text: str, builds: bool) -> str:
    if builds and _BUILD.search(text) and not _NOT_BUILD.search(text):
        return "build"
    for name, pattern in (("network", _NETWORK), ("data", _DATA), ("ui", _UI)):
        if pattern.search(text):
            return name
    return ""
