"""Names of people, in every form in which reports hold them, behind one placeholder."""

import re
from collections.abc import Callable

from training.recipe.first_names import ALSO_WORDS, FIRST_NAMES
from training.recipe.placeholders import NAME, TOKEN

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

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


NAME_RULES: tuple[Rule, ...] = (
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
)
"""In the order in which they are to be applied, once addresses and secrets are gone."""
