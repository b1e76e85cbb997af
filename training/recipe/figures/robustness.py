"""The same reports in other forms: how much a model is put off by each."""

from collections.abc import Callable, Mapping

from schemas.record import TrainingRecord
from training.recipe import noise
from training.recipe.figures.held_out import HeldOut

Form = Callable[[HeldOut], str]


def _plain(one: HeldOut) -> str:
    return one.record.input.description or ""


def _with_headings(one: HeldOut) -> str:
    """`Actual result:` and `Expected result:` before the sentences that say so."""
    text = _plain(one)
    reading = one.reading
    outcomes = (
        (reading.best_actual, reading.best_expected)
        if reading
        else (one.record.output.actual_behavior, one.record.output.expected_behavior)
    )
    for heading, said in zip(("Actual result:", "Expected result:"), outcomes, strict=True):
        at = text.find(said) if said else -1
        if at >= 0:
            text = f"{text[:at].rstrip()}\n\n{heading}\n{text[at:]}".lstrip()
    return text


def _changed(change: noise.Change) -> Form:
    return lambda one: change(_plain(one), f"robustness {one.record.id}")


def _noisy(text: str, key: str) -> str:
    return noise.with_chatter(noise.with_log_between(text, key, noise.MEASURED_LOG), key)


def _behind_log(text: str, key: str) -> str:
    return noise.with_log_in_front(text, key, 200, noise.MEASURED_LOG)


FORMS: Mapping[str, Form] = {
    "as it is": _plain,
    "with headings": _with_headings,
    "chatter and log lines between": _changed(_noisy),
    "lower case": _changed(noise.lower_cased),
    "typos in 5 % of the words": _changed(noise.with_typos),
    "200 lines of log in front": _changed(_behind_log),
}


def in_form(one: HeldOut, form: Form) -> TrainingRecord:
    """The record with its description in another form; the answers stay."""
    report = one.record.input.model_copy(update={"description": form(one)})
    return one.record.model_copy(update={"input": report})
