"""What to check first, by the kind of an exception.

A hint says only what the exception itself says: it names no cause that the report does not name.
"""

import re

from summarizer.stacktraces.model import ExceptionLine

_HINTS: tuple[tuple[str, str, str], ...] = (
    (
        r"(?:Kotlin)?NullPointer|NullReference|ArgumentNull|UninitializedPropertyAccess",
        (
            r"NoneType|nil pointer dereference|nil:NilClass|for nil\b|of (?:null|undefined)\b"
            r"|\b\w+ is (?:null|undefined)\b|(?:null|undefined)['\]]? is not an object"
            r"|on a null object"
        ),
        "Check what is null or not set, and why.",
    ),
    (
        r"StackOverflow|InsufficientExecutionStack|RecursionError|SystemStack",
        r"Maximum call stack|too much recursion|stack overflow|stack exceeds|stack level too deep",
        "Check what calls itself without an end.",
    ),
    (
        r"(?:Array|String)?IndexOutOfBounds|IndexError|IndexOutOfRange",
        r"index out of (?:range|bounds)|slice bounds out of range",
        "Check the index against the size of what it indexes.",
    ),
    (
        r"KeyError|KeyNotFound|NoSuchElement|MissingKey",
        r"",
        "Check that the key or element that is looked up exists.",
    ),
    (
        r"ConcurrentModification",
        r"concurrent map|Collection was modified|changed size during iteration",
        "Check what changes the collection while it is read.",
    ),
    (
        (
            r"ModuleNotFound|ImportError|ClassNotFound|NoClassDefFound|LoadError|TypeLoad"
            r"|UnsatisfiedLink|DllNotFound"
        ),
        r"Cannot find module|Could not load file or assembly|No module named",
        "Check that the module, class or library it names is installed and on the search path.",
    ),
    (
        r"FileNotFound|NoSuchFile|DirectoryNotFound|ENOENT",
        r"No such file or directory|ENOENT|system cannot find the (?:file|path)",
        "Check that the path that is opened exists.",
    ),
    (
        r"Permission(?:Denied)?|AccessDenied|UnauthorizedAccess|SecurityException|AccessControl|EACCES",
        r"Permission denied|EACCES|EPERM|Access is denied|Access to the path",
        "Check which permission the running user or app lacks.",
    ),
    (
        r"ConnectionRefused|Connect|ECONNREFUSED|HttpHostConnect",
        r"Connection refused|ECONNREFUSED|actively refused",
        "Check that the service it connects to is running and reachable at that address.",
    ),
    (
        r"\w*(?:Timeout|TimedOut)|DeadlineExceeded",
        r"\btimed out\b|ETIMEDOUT|deadline exceeded",
        "Check what is waited for, and how long it is given.",
    ),
    (
        r"(?:Insufficient|OutOf|No)?Memory",
        r"heap out of memory|out of memory|Java heap space|bitmap size exceeds",
        "Check how much memory is taken, and by what.",
    ),
    (
        r"ZeroDivision|DivideByZero",
        r"divide by zero|division by zero|divided by 0|/ by zero",
        "Check which divisor is zero.",
    ),
    (
        (
            r"JSONDecode|Json(?:Reader|Syntax)?|JSON|(?:Number|Invalid)?Format|\w*Parse|Parser|Xml"
            r"|MalformedURL"
        ),
        r"in JSON at position|is not valid JSON|Unexpected end of JSON|invalid literal for int",
        "Check the input that is parsed.",
    ),
    (
        r"Syntax|Indentation|TabError",
        r"",
        "Check the syntax of the text that is read.",
    ),
    (
        r"ClassCast|InvalidCast|ArrayStore",
        (
            r"cannot be cast to|cannot convert|interface conversion|unsupported operand type"
            r"|can only concatenate|must be str|no implicit conversion|argument type mismatch"
        ),
        "Check the type of the value that is used.",
    ),
    (
        r"ReferenceError|NameError|UnboundLocal",
        r"^\S+ is not defined|Can't find variable|uninitialized constant",
        "Check that the name is defined where it is used.",
    ),
    (
        r"AttributeError|NoMethod|NoSuchMethod|NoSuchField|MissingMethod|UndefinedMethod",
        r"is not a function|has no method|undefined method|is not a constructor",
        "Check that the object has the member that is used.",
    ),
    (
        r"Assert(?:ion)?(?:Failed)?|ComparisonFailure",
        r"^assertion failed",
        "Check which condition the assertion expects, and what it got.",
    ),
)


def _last_part(types: str) -> re.Pattern[str]:
    """`ChunkLoadError` is no `LoadError`: the name after its package must be one of `types`."""
    return re.compile(rf"(?:^|[.:$+/])(?:{types})(?:(?:::)?Error|Exception)?$")


_COMPILED = tuple(
    (_last_part(types), re.compile(messages, re.IGNORECASE) if messages else None, hint)
    for types, messages, hint in _HINTS
)
_MOST_MESSAGE_CHARS = 1_000


def hint_for(exception: ExceptionLine) -> str | None:
    """One sentence on what to check; None for an exception that says too little of its kind."""
    message = exception.message[:_MOST_MESSAGE_CHARS]
    for _, messages, hint in _COMPILED:
        if messages is not None and messages.search(message):
            return hint
    for types, _, hint in _COMPILED:
        if types.search(exception.type_name):
            return hint
    return None
