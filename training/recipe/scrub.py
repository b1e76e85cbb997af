"""Personal data and secrets out of a text, each kind behind its own fixed placeholder.

The placeholders do not depend on what they replace, so a sentence that was copied from a report
still equals its original after both are scrubbed.
"""

import ipaddress
import re

from training.recipe.names import NAME_RULES, Rule
from training.recipe.placeholders import ADDRESS, CARD, EMAIL, HEX, PHONE, TOKEN


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

_SECRETS: tuple[Rule, ...] = (
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
)
_NUMBERS: tuple[Rule, ...] = (
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
    for pattern, replacement in (*_SECRETS, *NAME_RULES, *_NUMBERS):
        text = pattern.sub(replacement, text)
    return text
