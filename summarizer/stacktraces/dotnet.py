"""C#, F# and Visual Basic on .NET and Mono."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_NAME = r"(?P<function>[A-Za-z_<][\w.<>`+,|$]{0,500}+(?:\[[\w.`, ]{0,200}\])?)"
# The words are translated where the system's language is not English.
_FRAME = re.compile(
    rf"(?:at|bei|en|em|à|в|在|場所) {_NAME}(?P<mono> )?\((?P<arguments>[^()\n]{{0,1000}})\)"
    r"(?P<offset> ?\[0x[0-9a-fA-F]+\])?"
    r"(?: (?:in|en|em|dans|в|位置|場所) (?P<file>[^\n]{1,1000}?)"
    r":(?:\w{1,10} )?(?P<line>\d{1,9})\.?)?"
)
_UNITY = re.compile(
    r"(?P<function>[A-Za-z_<][\w.<>`+/|$:]{1,500}+) ?\([^()\n]{0,1000}\)"
    r" \(at (?P<file>[^()\n]{1,1000}?):(?P<line>\d{1,9})\)"
)
_ARGUMENTS = re.compile(r"(?:[\w.`<>\[\],&*?+]+ [A-Za-z_@]\w*+(?:, |$))+")
_END_OF_INNER = "--- End of inner exception stack trace ---"
_CONTINUES = re.compile(r"--- End of stack trace from previous location[^\n]{0,100}---")

_FRAMEWORKS = (
    "System.", "Microsoft.", "Mono.", "Windows.", "MS.", "Newtonsoft.", "Npgsql.", "MySql.",
    "NUnit.", "Xunit.", "Castle.", "Autofac.", "Interop.", "UnityEngine.", "UnityEditor.",
    "Dapper.", "StackExchange.", "Serilog.", "NLog.", "MassTransit.", "MediatR.", "RestSharp.",
    "Polly.", "Quartz.", "Hangfire.", "AutoMapper.", "FluentValidation.", "Amazon.", "Google.",
    "Grpc.", "RabbitMQ.", "MongoDB.", "MySqlConnector.", "Oracle.", "NHibernate.", "Swashbuckle.",
    "Moq.", "Avalonia.", "Xamarin.", "Android.", "lambda_method",
)  # fmt: skip


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a trace, other than the exception's own."""
    match = _FRAME.fullmatch(line)
    if (match is not None and _is_frame(match)) or (match := _UNITY.fullmatch(line)):
        # Mono writes the module's hash where it does not know the file.
        has_place = match["file"] is not None and not match["file"].startswith("<")
        return ParsedLine(
            LineKind.FRAME,
            0,
            len(line),
            Language.DOTNET,
            # Unity's log writes `Class:Method`.
            function=match["function"].replace(":", "."),
            file=match["file"] if has_place else "",
            line=int(match["line"]) if has_place else None,
        )
    if line == _END_OF_INNER:
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.DOTNET, Role.END_OF_INNER)
    if _CONTINUES.fullmatch(line):
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.DOTNET)
    return None


def _is_frame(match: re.Match[str]) -> bool:
    """Without a file, only arguments or a full name tell a frame from a call in prose."""
    function, arguments = match["function"], match["arguments"]
    if "." not in function or (match["mono"] and not match["offset"]):
        return False
    if match["file"]:
        return True
    if arguments:
        return _ARGUMENTS.fullmatch(arguments) is not None
    return function[0].isupper() and function.count(".") > 1


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not function.startswith(_FRAMEWORKS)


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return function.startswith("System.")
