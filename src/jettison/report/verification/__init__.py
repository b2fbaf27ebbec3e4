"""``jettison verify``: a report held against its own raw data and against the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ...errors import ReportUnreadable
from ...records import Checked, Report
from ..formats.json import Envelope, read
from . import claims, files, image, pages

REPORT = "report.json"


def stated(folder: Path) -> Envelope:
    """The report in a folder that `jettison optimize` wrote, as it stands there.

    :raises ReportUnreadable: there is no report.json, or it is no report.
    """
    path = folder / REPORT
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise ReportUnreadable(
            f"{REPORT} cannot be read: {cause.strerror}",
            where=str(path),
            next_step="give the folder that `jettison optimize --out` wrote",
        ) from cause
    return read(data, where=str(path))


def verified(folder: Path, also: Callable[[Report], Iterable[Checked]] = lambda report: ()) -> tuple[Checked, ...]:
    """Every claim of the report in that folder, each with what was found when it was worked out again.

    :param also: gives claims that the report alone cannot check, from its records.
    :raises ReportUnreadable: there is no report.json, it is no report, or its figures are of a kind no run can give.
    """
    envelope = stated(folder)
    report = envelope.report
    try:
        worked_out = (*claims.headline_claims(envelope), *claims.score_claims(report), *claims.record_claims(report))
        further = tuple(also(report))
        page = pages.page_claims(folder, report)
    except (ArithmeticError, ValueError, LookupError) as cause:
        raise ReportUnreadable(
            f"the report holds figures that no run can give: {cause}",
            where=str(folder / REPORT),
            next_step="run `jettison optimize` again, or restore the file as it was written",
        ) from cause
    return (*worked_out, *further, *page, *files.file_claims(folder, report), *image.image_claims(folder, report))
