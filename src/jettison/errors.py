"""Every way in which jettison can fail to do its work.

::

    JettisonError
    ├── NotAService             10  the folder holds no service
    ├── UnsupportedApp          11  the app is neither Flask nor FastAPI
    ├── ModelMissing            12  the code names a model that is not here
    ├── ModelUnreadable         13  a model file is truncated, or of no known form
    ├── UnsafeModel             14  a pickle holds more than tensors
    ├── UnsupportedModel        15  no converter for this architecture
    ├── TokenizerMissing        16  a model without its tokenizer
    ├── DockerfileUnreadable    17  a Dockerfile that does not parse
    ├── SettingsInvalid         18  jettison.toml holds a wrong key or value
    ├── RequestsMissing         19  nothing to judge the answers by
    ├── Unresolvable            20  requirements that no set of packages satisfies
    ├── IndexUnreachable        21  a package index or mirror does not answer
    ├── Untrusted               22  a digest or signature does not match
    ├── EnvironmentUnusable     23  the machine lacks something: a Python, a runner, a tool
    ├── ServiceFailed           24  the service does not start, or stops answering
    ├── ConversionWrong         25  a converted model whose numbers are off
    ├── ImageInvalid            26  an image that breaks the specification
    ├── OutOfSpace              27  the disk is full
    ├── OutputRefused           28  the output folder is not ours to replace
    └── ReportUnreadable        29  a report that cannot be read back

The other exit codes are answers, not failures: 0 yes, 1 no, 2 wrong usage, 3 not enough evidence,
4 nothing better than what came in.
"""

from __future__ import annotations


class JettisonError(Exception):
    """The work could not be done. The message has three parts: what happened, where, what to do now."""

    exit_code = 10

    def __init__(self, what: str, *, where: str = "", next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        place = f"\n  where: {self.where}" if self.where else ""
        return f"{self.what}{place}\n  next:  {self.next_step}"


class NotAService(JettisonError):
    """The folder holds no service."""

    exit_code = 10


class UnsupportedApp(JettisonError):
    """The app is neither Flask nor FastAPI."""

    exit_code = 11


class ModelMissing(JettisonError):
    """The code names a model that is not on this machine."""

    exit_code = 12


class ModelUnreadable(JettisonError):
    """A model file is truncated, damaged, or of no form that jettison reads."""

    exit_code = 13


class UnsafeModel(JettisonError):
    """A pickle holds more than tensors; it was not executed."""

    exit_code = 14


class UnsupportedModel(JettisonError):
    """No converter for this architecture."""

    exit_code = 15


class TokenizerMissing(JettisonError):
    """A text model without its tokenizer."""

    exit_code = 16


class DockerfileUnreadable(JettisonError):
    """A Dockerfile that does not parse."""

    exit_code = 17


class SettingsInvalid(JettisonError):
    """jettison.toml holds an unknown key or a wrong value."""

    exit_code = 18


class RequestsMissing(JettisonError):
    """There are no recorded requests to judge the answers by."""

    exit_code = 19


class Unresolvable(JettisonError):
    """No set of packages satisfies the requirements."""

    exit_code = 20


class IndexUnreachable(JettisonError):
    """A package index or mirror does not answer."""

    exit_code = 21


class Untrusted(JettisonError):
    """A digest or a signature does not match what was promised."""

    exit_code = 22


class EnvironmentUnusable(JettisonError):
    """The machine lacks something that the work needs."""

    exit_code = 23


class ServiceFailed(JettisonError):
    """The service does not start, or stops answering."""

    exit_code = 24


class ConversionWrong(JettisonError):
    """A converted model disagrees with its reference."""

    exit_code = 25


class ImageInvalid(JettisonError):
    """An image breaks the OCI specification."""

    exit_code = 26


class OutOfSpace(JettisonError):
    """The disk is full."""

    exit_code = 27


class OutputRefused(JettisonError):
    """The output folder holds something that jettison did not write."""

    exit_code = 28


class ReportUnreadable(JettisonError):
    """A report cannot be read back."""

    exit_code = 29
