"""What a model reads of a report, within a token budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.report import Environment, ReportInput
from summarizer.segmentation import SegmentKind
from summarizer.source import MAX_OTHER_TOKENS, Source, build_source


def encode(texts: list[str]) -> list[list[int]]:
    """One token a word."""
    return [[len(word) for word in text.split()] for text in texts]


def source_of(max_tokens: int = 512, max_segments: int = 256, **parts: object) -> Source:
    return build_source(ReportInput.model_validate(parts), encode, max_tokens, max_segments)


def token_count(source: Source) -> int:
    """Tokens of the context and of all segments with one marker each."""
    return len(source.context_ids) + sum(len(ids) + 1 for ids in source.segment_ids)


TRACE = "java.lang.IllegalStateException: no card\n" + "".join(
    f"\tat {'com.acme.pay' if at in {3, 4} else 'java.util'}.C{at}.run(C{at}.java:{at})\n"
    for at in range(400)
)


def test_all_of_a_short_report_is_read_in_order() -> None:
    source = source_of(description="First. Second.", stacktrace_text="panic: x")
    assert [segment.text for segment in source.segments] == ["First.", "Second.", "panic: x"]
    assert token_count(source) == 1 + 1 + 2 + 3


def test_the_environment_is_read_but_is_no_segment() -> None:
    source = source_of(description="It fails.", env=Environment(os="macOS"))
    assert len(source.context_ids) == 2
    assert [segment.text for segment in source.segments] == ["It fails."]


def test_a_huge_stack_trace_does_not_push_the_description_out() -> None:
    words = " ".join(f"Sentence number {at} is here." for at in range(12))
    source = source_of(max_tokens=120, description=words, stacktrace_text=TRACE)
    described = [segment for segment in source.segments if segment.part == "description"]
    assert len(described) == 12
    assert token_count(source) <= 120


def test_a_huge_description_does_not_push_the_stack_trace_out() -> None:
    words = " ".join(f"Sentence number {at} is here." for at in range(900))
    source = source_of(max_tokens=120, description=words, stacktrace_text=TRACE)
    traced = [segment.text for segment in source.segments if segment.part == "stacktrace_text"]
    assert traced[0].startswith("java.lang.IllegalStateException")


def test_a_long_trace_keeps_its_exception_line_and_application_frames() -> None:
    source = source_of(max_tokens=40, description="It fails.", stacktrace_text=TRACE)
    texts = [segment.text for segment in source.segments]
    assert any("IllegalStateException" in text for text in texts)
    assert any("com.acme.pay.C3" in text for text in texts)
    assert any("com.acme.pay.C4" in text for text in texts)


@pytest.mark.parametrize("exception", ["KeyError: 4711", "server.errors.OrderMissing: 4711"])
def test_an_exception_of_any_name_stays(exception: str) -> None:
    prose = "\n".join(f"Sentence number {at} stands here." for at in range(40))
    frames = "".join(
        f'  File "/srv/shop/a{at}.py", line {at}, in f{at}\n    f{at + 1}()\n' for at in range(40)
    )
    traceback = f"Traceback (most recent call last):\n{frames}{exception}"
    source = source_of(max_tokens=300, description=f"{prose}\n\n{traceback}\n\n{prose}")
    assert exception in [segment.text for segment in source.segments]


def test_the_place_of_a_go_frame_stays_as_long_as_its_call() -> None:
    calls = "".join(f"example.com/a.f{at}(0x1)\n\t/srv/a/f.go:{at} +0x1\n" for at in range(90))
    trace = f"panic: no card\n\ngoroutine 1 [running]:\n{calls}"
    texts = [segment.text for segment in source_of(max_tokens=60, stacktrace_text=trace).segments]
    assert {"panic: no card", "example.com/a.f0(0x1)", "/srv/a/f.go:0 +0x1"} <= {*texts}


def test_a_log_in_the_description_does_not_push_the_prose_out() -> None:
    log = "\n".join(f"2024-01-01 10:00:{at % 60:02d} INFO worker {at} is idle" for at in range(300))
    source = source_of(max_tokens=100, description=f"{log}\n\nThe export never ends.")
    prose = [segment.text for segment in source.segments if segment.kind is SegmentKind.PROSE]
    assert "The export never ends." in prose


def test_prose_is_read_whole_where_there_is_room_and_a_log_is_not() -> None:
    log = "".join(f"12:00:{at % 60:02} INFO worker {at} took a job\n" for at in range(900))
    prose = " ".join(f"Sentence number {at} is here." for at in range(700))
    source = source_of(16_384, 1_024, description=f"{log}\n{prose}")
    kinds = [segment.kind for segment in source.segments]
    assert kinds.count(SegmentKind.PROSE) == 700
    logged = [
        len(ids) + 1
        for segment, ids in zip(source.segments, source.segment_ids, strict=True)
        if segment.kind is SegmentKind.LOG
    ]
    assert MAX_OTHER_TOKENS - max(logged) < sum(logged) <= MAX_OTHER_TOKENS


def test_what_a_trace_may_not_use_goes_to_the_prose() -> None:
    prose = " ".join(f"Sentence number {at} is here." for at in range(100))
    trace = "java.lang.Error: x\n" + "".join(f"\tat a.B.c(B.java:{at})\n" for at in range(4_000))
    room = MAX_OTHER_TOKENS + 600
    source = source_of(room, 4_000, description=prose, stacktrace_text=trace)
    assert sum(segment.part == "description" for segment in source.segments) == 100


def test_of_long_prose_the_beginning_and_the_end_stay() -> None:
    words = " ".join(f"Sentence {at} here." for at in range(500))
    texts = [segment.text for segment in source_of(max_tokens=100, description=words).segments]
    assert "Sentence 0 here." in texts
    assert "Sentence 499 here." in texts
    assert "Sentence 250 here." not in texts


def test_a_file_in_base64_does_not_push_the_prose_out() -> None:
    blob = "QUJD" * 2_000
    text = f"It is blank. See {blob} here. It stays blank. {blob}\nIt should show the list. Bye."
    texts = [segment.text for segment in source_of(max_tokens=100, description=text).segments]
    assert {"It is blank.", "It stays blank.", "It should show the list.", "Bye."} <= {*texts}


def test_segments_are_bounded_too() -> None:
    words = " ".join(f"Sentence {at} here." for at in range(50))
    source = source_of(max_segments=9, description=words, stacktrace_text=TRACE)
    assert len(source.segments) == 9
    assert {segment.part for segment in source.segments} == {"description", "stacktrace_text"}


@given(
    description=st.text(max_size=400),
    stacktrace=st.text(max_size=400),
    max_tokens=st.integers(16, 200),
    max_segments=st.integers(1, 20),
)
def test_the_budget_holds_for_any_text(
    description: str, stacktrace: str, max_tokens: int, max_segments: int
) -> None:
    report = ReportInput.model_construct(
        description=description, stacktrace_text=stacktrace, env=None, image_paths=None
    )
    source = build_source(report, encode, max_tokens, max_segments)
    assert token_count(source) <= max_tokens
    assert len(source.segments) == len(source.segment_ids) <= max_segments
