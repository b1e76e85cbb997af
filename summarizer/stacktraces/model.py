"""What a stack trace consists of."""

from dataclasses import dataclass
from enum import StrEnum


class LineKind(StrEnum):
    """What one line of a stack trace is."""

    EXCEPTION = "exception"
    CAUSE = "cause"
    FRAME = "frame"
    OMITTED = "omitted"
    HEADER = "header"


class Language(StrEnum):
    """The language family whose runtime printed a trace."""

    PYTHON = "python"
    JAVA = "java"
    JAVASCRIPT = "javascript"
    DOTNET = "dotnet"
    GO = "go"
    RUBY = "ruby"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a line does to the trace around it, where its kind alone does not say so."""

    PLAIN = "plain"
    OPENING = "opening"
    """A header that begins a trace: `Traceback (most recent call last):`."""
    CHAIN = "chain"
    """A header that ties two exceptions together: `During handling of the above …`."""
    END_OF_INNER = "end of inner"
    """`--- End of inner exception stack trace ---`: the frames of an inner exception end."""
    SUPPRESSED = "suppressed"
    """An exception that was thrown beside the chain of causes, not in it."""
    RAISED_HERE = "raised here"
    """An exception line that also names the frame that raised it, as Ruby writes it."""
    LOCATION = "location"
    """The second line of a Go frame: file and line."""
    LIBRARY = "library"
    """A frame that the trace itself shows to be a library's."""
    NOTEBOOK = "notebook"
    """A frame as IPython writes it: several lines of its source follow."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One trace line. `start` and `end` are offsets into the text that was parsed."""

    kind: LineKind
    start: int
    end: int
    language: Language = Language.UNKNOWN
    role: Role = Role.PLAIN
    function: str = ""
    file: str = ""
    line: int | None = None
    type_name: str = ""
    message: str = ""
    indent: int = 0
    origin: str = ""
    """What a Java frame's class was loaded from: `classes!/:na`, `spring-web-5.3.9.jar:5.3.9`."""
    inner: tuple[tuple[str, str, int, int], ...] = ()
    """Inner exceptions named in the same line: type, message, start, end; outermost first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One call, at `start` to `end` of the searched text.

    `function` is as the runtime writes it, with package and class; empty where it is anonymous.
    `is_application` is false for standard libraries, runtimes and well-known frameworks.
    """

    function: str
    file: str
    line: int | None
    is_application: bool
    start: int
    end: int
    is_plumbing: bool = False
    """The language's own runtime and library: reflection, collections, event loops."""


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """The line that names an exception, at `start` to `end` of the searched text."""

    type_name: str
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """An exception and its own frames, the frame that raised it first."""

    exception: ExceptionLine | None
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class StackTrace:
    """A stack trace: its sections from the root cause outwards, at `start` to `end` of a text."""

    language: Language
    sections: tuple[Section, ...]
    start: int
    end: int

    @property
    def exceptions(self) -> tuple[ExceptionLine, ...]:
        """All exceptions in the order of the text."""
        found = [s.exception for s in self.sections if s.exception is not None]
        return tuple(sorted(found, key=lambda exception: exception.start))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames in the order of the text."""
        found = [frame for section in self.sections for frame in section.frames]
        return tuple(sorted(found, key=lambda frame: frame.start))

    @property
    def root_cause(self) -> ExceptionLine | None:
        """The exception that the others wrap."""
        return next((s.exception for s in self.sections if s.exception is not None), None)

    @property
    def frames_from_root(self) -> tuple[Frame, ...]:
        """All frames, the one nearest to where the root cause was raised first."""
        return tuple(frame for section in self.sections for frame in section.frames)

    @property
    def top_application_frame(self) -> Frame | None:
        """The frame to start from.

        That is the application frame nearest to where the root cause was raised. Without one it
        is the first frame that is no plumbing, else the first.
        """
        frames = self.frames_from_root
        application = (frame for frame in frames if frame.is_application)
        others = (frame for frame in frames if not frame.is_plumbing)
        return next(application, None) or next(others, None) or next(iter(frames), None)
