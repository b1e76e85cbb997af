"""Personal data and secrets out of a text, each kind behind its own fixed placeholder.

The placeholders do not depend on what they replace, so a sentence that was copied from a report
still equals its original after both are scrubbed.
"""

import ipaddress
import re
from collections.abc import Callable

from training.recipe.first_names import ALSO_WORDS, FIRST_NAMES

_Replacement = str | Callable[[re.Match[str]], str]

EMAIL = "user@example.com"
NAME = "[name]"
TOKEN = "[token]"  # noqa: S105 - this is what stands in a token's place
HEX = "[hex]"
ADDRESS = "[ip]"
PHONE = "[phone]"
CARD = "[number]"

_NOT_PEOPLE = (
    "override|test|before|after|beforeclass|afterclass|ignore|param|return|returns|throws|see|link"
    "|since|author|deprecated|suppresswarnings|nullable|nonnull|notnull|null|inject|entity|id"
    "|column|table|media|import|keyframes|font-face|charset|supports|property|synthesize"
    "|implementation|interface|end|selector|protocol|autoreleasepool|try|catch|finally|class"
    "|public|private|protected|kroll|bean|component|service|repository|controller|autowired"
    "|value|xmlelement|xmlattribute|xmlrootelement|functionalinterface|safevarargs"
    "|interfaceaudience"
    "|browser|ua_header|reported_with|public_url|extra_labels|available|objc|optional|required"
    "|module|babel|types|angular|react-native|react|expensify|import-normalize|page|viewport|here"
    "|all|everyone|channel|runwith|parameterized|resource|named|singleton|provides|generated"
    "|version|beta|latest|next|default|string|style|dimen|drawable|layout|color|android|attr|anim"
)
_NOT_SURNAMES = (
    r"(?:The|This|That|It|When|After|In|On|For|To|And|But|If|As|Is|Was|Has|Had|Said|Please|Thanks"
    r"|Regards|Steps|Expected|Actual|Ti|Titanium|Android|Eclipse|Java|Firefox|Windows)\b"
)
_NOT_SIGNERS = (
    r"(?:Regards?|Sirs?|All|Team|There|Everyone|Guys|Folks|In|When|For|The|This|It|We|I|Steps|Note"
    r"|Notes|Environment|Expected|Actual|Result|Results|Update|Edit|Attached|Attachments?|Log|Logs"
    r"|Console|Error|Code|Example|Android|Windows|Linux|Xcode|Titanium|Studio|Version)\b"
)
_NOT_ADVISERS = (
    r"(?:Apple|Google|Microsoft|Mozilla|Oracle|Appcelerator|Titanium|Android|Eclipse|Firefox"
    r"|Chrome|Java|Javadoc|Maven|Windows|Xcode|Facebook|Design|Spec|Docs|The|This|That)\b"
)
_NOT_A_SUBJECT = (
    r"(?:CA|Inc|Ltd|LLC|Corp|Root|Authority|Server|Client|Test|Debug|Android|Apple|Microsoft"
    r"|Developer|Users|Computers|Domain)\b"
)
_STOP_WORDS = (
    r"(?:in|on|at|and|or|for|to|of|as|is|was|has|with|from|via|but|when|if|so|then|that|this|the"
    r"|who|which|it|he|she|i|we|you|a|an|by|here|there|yesterday|today|also|just)\b"
)
_ACCOUNTS_KEPT = r"(?:shared|public|default|all users|user|username|name|me|you|yourname)"
_HOMES = (
    r"(?:/Users/|(?<!\w)Users/(?=[\w.-]+/(?:Library|Documents|Desktop|Downloads|workspace))"
    r"|/home/|\b[A-Z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2})"
)
_FIRST_NAME = "|".join(FIRST_NAMES)
_LOWER_CASE_NAME = "|".join(name.lower() for name in FIRST_NAMES if name not in ALSO_WORDS)
_SURNAME = (
    rf"(?!{_NOT_SURNAMES})(?:(?:Mc|Mac|De|Di|Le|Van|Abu|Al-|El-|O')(?=[A-Z]))?"
    r"[A-Z][a-z\u00e0-\u00ff]{2,15}"
)
_TEAM_ID = r"\((?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{10}\)"


def _reviewers(match: re.Match[str]) -> str:
    """Of `r=jdoe,build-reviewers` the group stays."""
    nicks = match["nicks"].split(",")
    kept = (nick if nick.endswith("-reviewers") else NAME for nick in nicks)
    return match["lead"] + ",".join(kept)


def _joined(match: re.Match[str]) -> str:
    """`[name] or jane` are two people."""
    return re.sub(rf"\b(?:{_FIRST_NAME}|{_LOWER_CASE_NAME})\b", NAME, match[0])


def _public_address(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    if address.is_global and not _like_a_version(match[0]):
        return ADDRESS
    return match[0]


def _like_a_version(text: str) -> bool:
    """`2.0.0.1` and `10.2.3.4` are versions far more often than somebody's address."""
    first, second, third, last = (int(octet) for octet in text.split("."))
    return first < 20 or (second < 10 and third < 10) or (third == 0 and last < 10)


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return CARD if _luhn(digits) else match[0]


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _secret_value(match: re.Match[str]) -> str:
    """`password: hunter2` loses its value; `password: the field is empty` is a sentence."""
    value = match["value"].strip("\"'`,;.:!?")
    if value.lower() in _PLAIN_VALUES or not re.search(r"[\d\W_]", value):
        return match[0] if not match["quoted"] else match["key"] + TOKEN
    return match["key"] + TOKEN


_PLAIN_VALUES = {"null", "none", "true", "false", "undefined", "''", '""', "{", "[", ""}

_RULES: tuple[tuple[re.Pattern[str], _Replacement], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*(?:KEY|CERTIFICATE)[A-Z ]*-----.*?(?:-----END [A-Z ]*-----|\Z)",
            re.DOTALL,
        ),
        TOKEN,
    ),
    (
        re.compile(
            r"\b[\w.+%-]{1,64}@(?!\dx\b)(?:[\w-]{1,63}\.)+[a-zA-Z]{2,15}\b(?!\.(?:png|jpg))"
        ),
        EMAIL,
    ),
    (re.compile(r"(?<=://)[^\s/@:\"'<>]{1,80}:[^\s/@\"'<>]{1,80}@"), f"{TOKEN}@"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), TOKEN),
    (re.compile(r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})"), TOKEN),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,20}\b"), TOKEN),
    (
        re.compile(r"\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bsk-[\w-]{20,}|\bxox[abprs]-[\w-]{8,}"),
        TOKEN,
    ),
    (re.compile(r"\bAIza[\w-]{30,}"), TOKEN),
    (
        re.compile(
            r"(?<=\bBearer )[\w.~+/=-]{8,}|(?<=\bAuthorization: Basic )\S{4,}", re.IGNORECASE
        ),
        TOKEN,
    ),
    (
        re.compile(
            r"(?P<key>[?&;](?:access_?token|token|api_?key|key|secret|sig(?:nature)?|auth|session"
            r"(?:id)?|sid|password|pwd|client_?secret)=)[^\s&#\"'<>\]\)]{6,}",
            re.IGNORECASE,
        ),
        rf"\g<key>{TOKEN}",
    ),
    (
        re.compile(
            r"(?P<key>\b(?:password|passwd|pwd|passphrase|secret|api[_ -]?key|access[_ -]?key|"
            r"auth[_ -]?token|access[_ -]?token|client[_ -]?secret|oauth[\w.]*(?:key|secret)[\w.]*)"
            r"[\"']?\s*(?::|=>?"
            r"|\bis\b:?)\s*)(?P<quoted>[\"'])?"
            r"(?P<value>[^\s\"',;<>(){}/\[][^\s\"',;<>(){}]{2,})[\"']?",
            re.IGNORECASE,
        ),
        _secret_value,
    ),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), HEX),
    (re.compile(r"\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{16,}\b", re.IGNORECASE), HEX),
    (
        re.compile(
            r"\b(?=[a-zA-Z]*\d)(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])"
            r"(?:[A-Za-z]*\d){4}[A-Za-z0-9]{28,}\b"
        ),
        TOKEN,
    ),
    (re.compile(r"\[~[^\]\n]{1,60}\]"), NAME),
    (
        re.compile(
            rf"(?P<home>(?i:{_HOMES}))(?!(?i:{_ACCOUNTS_KEPT})(?:[\\/\s]|$))"
            r"(?:\[name\]|[^\\/\s:\"'<>|*,;)\]]+)(?: [A-Z][\w.-]*(?=[\\/]))?"
        ),
        rf"\g<home>{NAME}",
    ),
    (re.compile(r"(?<=/var/folders/)\w{2}/\w{20,}"), TOKEN),
    (
        re.compile(r"^[\w.-]+:(?P<folder>[\w~./-]+) [\w.-]+\$(?=[ \t]|$)", re.MULTILINE),
        rf"{NAME}:\g<folder> {NAME}$",
    ),
    (re.compile(r"\b(?!root@)[a-z_][\w.-]{0,40}@[\w-]+(?=[: ][~/][^\s\]]*\]?[$#%][ \t])"), NAME),
    (re.compile(r"\b[A-Za-z]{3,}s-(?=(?:MacBook|MBP|iMac|Mac-mini|Mac-Pro)\b)"), f"{NAME}s-"),
    (
        re.compile(
            r"(?P<site>\b(?:gist\.github\.com|codepen\.io|twitter\.com)/)"
            r"(?!(?:pen|i|intent|hashtag|search|home|share)/)[\w-]+(?=/)"
        ),
        rf"\g<site>{NAME}",
    ),
    (
        re.compile(
            rf"(?<=\bgithub\.com/)(?!alibaba|aliyun|ericsson)(?:{_LOWER_CASE_NAME})[\w-]*(?=/)"
        ),
        NAME,
    ),
    (
        re.compile(
            r"(?P<site>://(?!(?:unpkg|esm|cdn|(?:www\.)?npmjs)\.)[\w.-]+/(?:web/)?@)[A-Za-z]\w+"
        ),
        rf"\g<site>{NAME}",
    ),
    (re.compile(r"(?<=[\w]/~)[a-z][\w-]+"), NAME),
    (
        re.compile(rf"(?<=://)(?:{_LOWER_CASE_NAME})\.[a-z-]{{3,}}\.(?:com|net|org|me|de|io)\b"),
        NAME,
    ),
    (re.compile(rf"(?<=\bcom\.)(?:{_LOWER_CASE_NAME})(?=\.)"), NAME),
    (
        re.compile(rf"(?<![\w.-])(?:{_LOWER_CASE_NAME})(?=[-_]?(?:Dev|Test|App|Demo)(?![a-z]))"),
        NAME,
    ),
    (
        re.compile(
            r"(?P<lead>\b(?:Developer|Distribution|Development|Application|Installer):[ ]?)"
            rf"[^\W\d_][^\n\"'():]{{1,60}} {_TEAM_ID}"
        ),
        rf"\g<lead>{NAME} ({TOKEN})",
    ),
    (
        re.compile(rf"(?P<quote>[\"'])[A-Z][^\n\"'():]{{1,60}} {_TEAM_ID}(?=(?P=quote))"),
        rf"\g<quote>{NAME} ({TOKEN})",
    ),
    (
        re.compile(
            rf"(?<=\bCN=)(?![^,\n/<\"']*\b{_NOT_A_SUBJECT})[A-Z][\w.'-]+(?: [A-Z][\w.-]+){{1,3}}"
        ),
        NAME,
    ),
    (
        re.compile(
            r"(?P<key>\b(?:first|last|full|given|family|middle|nick)_?[nN]ame[\"']?\s*[:=]\s*[\"'])"
            r"(?!John|Jane|Doe|First|Last|Test|Some|My|Your|Name|Foo|Bar|User)"
            r"[A-Z][a-z\u00e0-\u00ff]{1,14}(?: [A-Z][a-z\u00e0-\u00ff]{1,14})?(?=[\"'])"
        ),
        rf"\g<key>{NAME}",
    ),
    (
        re.compile(rf"(?<![\w@/.])@(?!(?i:{_NOT_PEOPLE})\b)[a-z][\w-]{{2,38}}(?![\w(./\"'=:;@])"),
        f"@{NAME}",
    ),
    (
        re.compile(
            rf"(?P<lead>\b(?:by|cc|thanks|from|ask|ping|per)[:*]*\s+"
            rf"|/\s)@(?!(?i:{_NOT_PEOPLE})\b)[A-Z][\w-]+\b(?: {_SURNAME}\b)?"
        ),
        rf"\g<lead>@{NAME}",
    ),
    (
        re.compile(
            rf"(?P<lead>(?:^|[.!?>])[ \t]*)@(?!(?i:{_NOT_PEOPLE})\b)[A-Z][a-z]{{2,14}}"
            rf"(?: {_SURNAME})?(?=[,:]?[ ][^\n;{{}}()=<@]{{0,60}}\b(?:you|your|please|thanks)\b)"
            r"(?![^\n]*[;{}][ \t]*(?:$|//))",
            re.MULTILINE,
        ),
        rf"\g<lead>@{NAME}",
    ),
    (
        re.compile(
            rf"(?<![\w@/.])(?P<at>@ ?)(?:{_FIRST_NAME}|{_LOWER_CASE_NAME})\b(?: {_SURNAME}\b)?"
            r"(?![\w(/\"'=@-]|\.\w)"
        ),
        rf"\g<at>{NAME}",
    ),
    (
        re.compile(
            r"(?P<lead>\b(?:reported|created|written|found|suggested|discovered|provided"
            r"|submitted|raised|verified"
            r"|logged|thanks|credits?)\s+(?:by|to)\s*:?\s+)"
            r"(?P<who>[A-Z][a-z]+(?:[ .][A-Z][a-zA-Z'-]+){1,2}\b)"
        ),
        rf"\g<lead>{NAME}",
    ),
    (
        re.compile(
            r"^(?P<lead>(?:<\w+>)*[ \t]*(?i:hi|hello|hey|dear|(?:many )?thanks|thank you|cheers"
            r"|ciao|(?:best |kind )?regards|best|sincerely)(?:[ \t]+(?:there|all|team))?"
            r"[,!.]?[ \t]*(?:<br ?/?>)?[ \t]*\n{0,2}[ \t]*)"
            rf"(?P<who>(?!{_NOT_SIGNERS})[A-Z][a-z]{{2,14}}(?: [A-Z][a-z]{{1,15}})?)"
            r"(?P<end>[,.!]?[ \t]*(?:</[^\n]*)?)$",
            re.MULTILINE,
        ),
        rf"\g<lead>{NAME}\g<end>",
    ),
    (
        re.compile(
            r"^(?P<lead>[^\n]{0,80}\b(?i:thanks|thank you)\b[^\n]{0,40}[,.!][ \t]*\n[ \t]*)"
            rf"(?P<who>(?!{_NOT_SIGNERS})[A-Z][a-z]{{2,14}}(?: [A-Z][a-z]{{1,15}})?)"
            r"(?P<end>[.]?[ \t]*)$",
            re.MULTILINE,
        ),
        rf"\g<lead>{NAME}\g<end>",
    ),
    (
        re.compile(
            r"(?P<lead>^[ \t]*[-\u2013\u2014]{1,2}[ \t]?)[A-Z][a-z]{2,14} [A-Z][a-z]{1,15}[ \t]*\Z",
            re.MULTILINE,
        ),
        rf"\g<lead>{NAME}",
    ),
    (
        re.compile(
            r"(?P<lead>\b(?:my name is|this is|i am|i'm)[ \t]+)[A-Z][a-z]{2,14} [A-Z][a-z]{2,15}"
            r"(?=[ \t]+(?:from|at|of)\b|[,.])"
        ),
        rf"\g<lead>{NAME}",
    ),
    (
        re.compile(
            r"(?P<key>\b(?:issue (?:reported|found) by|reporter|reported by|contact|author|owner"
            r"|assignee)\*{0,2}+:\*{0,2}+[ \t]*+)"
            r"(?![\[{(\"'$]|[A-Z]\w+\.|https?:)[^\n,]{2,60}",
            re.IGNORECASE,
        ),
        rf"\g<key>{NAME}",
    ),
    (
        re.compile(
            r"(?P<lead>\b(?i:talked to|spoke to|(?:discussed|talked|spoke|chatted) with|as per"
            rf"|thanks to)[ ])(?!{_NOT_ADVISERS})(?:[A-Z][a-z]{{2,14}}(?: {_SURNAME})?(?='s\b|,[ ])"
            r"|[a-z]{3,15}(?=, who\b))"
        ),
        rf"\g<lead>{NAME}",
    ),
    (
        re.compile(rf"(?<![\w./\\#-])(?:{_FIRST_NAME})(?: [A-Z]\.)? {_SURNAME}(?![\w(-]|\.\w)"),
        NAME,
    ),
    (
        re.compile(
            rf"(?<![\w.@/\\\"'=#-])(?:{_FIRST_NAME})(?: [A-Z]\.)?(?: {_SURNAME})?"
            r"(?=(?:'s)?(?:[\s,;:!?)<]|\.(?:\s|$)|$))"
        ),
        NAME,
    ),
    (
        re.compile(
            rf"(?<=\bby )(?:{_LOWER_CASE_NAME})\b"
            rf"(?:(?: (?!{_STOP_WORDS})[a-z]{{3,15}}){{0,2}}(?=[.,;)\n]|$))?"
        ),
        NAME,
    ),
    (
        re.compile(
            rf"(?<![\w./@-])(?:{_LOWER_CASE_NAME})(?: (?!{_STOP_WORDS})[a-z]{{2,15}})?"
            r"(?= (?:asked|said|mentioned|suggested|reported|noted|told|wrote|commented|pointed)\b)"
        ),
        NAME,
    ),
    (
        re.compile(rf"(?P<bullet>^[ \t]*[*>-][ \t]*)(?:{_LOWER_CASE_NAME})(?=: )", re.MULTILINE),
        rf"\g<bullet>{NAME}",
    ),
    (
        re.compile(
            r"\[name\](?:(?: and| or| &| & or)"
            rf" (?:\[name\]|(?:{_FIRST_NAME}|{_LOWER_CASE_NAME})\b))+"
        ),
        _joined,
    ),
    (
        re.compile(
            r"(?P<lead>[.)\"'\d] r=)(?P<nicks>[a-z][\w-]{2,}(?:,[a-z][\w-]{2,})*)(?![\w(.])"
        ),
        _reviewers,
    ),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\.\d|\w|-)"), _public_address),
    (
        re.compile(
            r"(?<![\w.\-/])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?|\d{1,4}[ .-]){1,4}\d{3,4}"
            r"|\+\d{1,3} ?\d{9,10}|1([ -])\d{3}\1\d{3}\1\d{4}"
            r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w.\-/])"
        ),
        PHONE,
    ),
    (
        re.compile(
            r"(?<![\w.\-])(?:[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{13})(?![\w-]|\.\d)"
        ),
        _card,
    ),
)


def scrub(text: str) -> str:
    """The text without e-mail addresses, names, secrets, long hex strings and numbers of people.

    Scrubbing twice changes nothing more.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
