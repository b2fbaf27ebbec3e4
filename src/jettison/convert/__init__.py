"""Deployment → Candidates: every form of a trained model, each checked before it may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jettison.errors import UnsupportedModel
from jettison.records import Candidate, Progress, Rejected, Steps
from jettison.workspace import Workspace, code_digest, digest

from . import fleet
from . import folder as model_folder
from .architectures import Architecture, Trained, architecture_of
from .checks import wrong
from .exporters import is_graph
from .folder import described
from .forms import FORMS, Form
from .kernels import block_product_speed
from .kinds import Kind, kind_of
from .source import Source, source

__all__ = ["FORMS", "Form", "candidates", "described"]


_STATES = "feature-extraction"
"""The task of a model that is used without a head."""


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    candidate: Candidate | None = None
    rejected: Rejected | None = None


def candidates(
    folder: Path,
    *,
    name: str,
    prompts: Sequence[str],
    workspace: Workspace,
    forms: Sequence[Form] | None = None,
    use: str = "",
    cpus: Sequence[str] = (),
) -> Steps[tuple[tuple[Candidate, ...], tuple[Rejected, ...]]]:
    """Convert a Hugging Face folder to every form that works here.

    :param name: as the service's code names the model; the runtime finds it by that name.
    :param forms: None: all that models of this kind can have.
    :param use: the task that the service loads the model for, where that shows; the states of a model with a head are
        those of its encoder, and the head is left out.
    :param cpus: kinds of CPU, of `machine.CPUS`, that the model shall be right on; empty: this one.
    :param prompts: texts that the model is really asked; the checks and the canary are made of them.
    :raises ModelMissing, ModelUnreadable, UnsafeModel, TokenizerMissing, UnsupportedModel: see `source`.
    """
    if folder.is_dir() and is_graph(folder):
        raise UnsupportedModel(
            "its model is for pictures or sounds, which are converted as graphs",
            where=str(folder),
            next_step="`jettison convert` does, and `jettison optimize` of a service around it",
        )
    found = _for_use(source(folder), use)
    architecture = architecture_of(found.config, folder)
    task = architecture.task(found.config)
    kind = kind_of(task)
    conversion = _Conversion(
        found=found,
        architecture=architecture,
        kind=kind,
        entries=kind.entries(folder, found.config),
        name=name,
        questions=kind.questions(found, task, prompts),
        workspace=workspace,
        cpus=tuple(cpus),
    )
    forms = kind.FORMS if forms is None else forms
    made: list[_Outcome] = []
    for number, form in enumerate(forms):
        yield Progress(step="convert", done=number, total=len(forms), note=form.name)
        made.append((yield from conversion.outcome(form)))
    yield Progress(step="convert", done=len(forms), total=len(forms))
    return (
        tuple(each.candidate for each in made if each.candidate),
        tuple(each.rejected for each in made if each.rejected),
    )


def _for_use(found: Source, use: str) -> Source:
    """The model as the service uses it: a configuration that names no class is that of the bare encoder."""
    if use != _STATES:
        return found
    return replace(found, config={name: value for name, value in found.config.items() if name != "architectures"})


@dataclass(frozen=True, kw_only=True)
class _Conversion:
    """One trained model on its way to several forms."""

    found: Source
    architecture: Architecture
    kind: Kind
    entries: Mapping[str, Any]
    name: str
    questions: Sequence[Any]
    workspace: Workspace
    cpus: tuple[str, ...] = ()
    answers: dict[str, Sequence[Any]] = field(default_factory=dict)
    """What the forms written by this process answered: they are not asked twice."""

    @property
    def _trained(self) -> Trained:
        return Trained(
            tensors=self.found.tensors,
            config=self.found.config,
            entries=self.entries,
            samples=self.kind.samples(self.questions),
        )

    def outcome(self, form: Form) -> Steps[_Outcome]:
        """The model in one form, made and checked once; or why not."""
        if form not in self.kind.FORMS:
            reason = f"a model for {self.architecture.task(self.found.config)} has no such form"
            return _Outcome(rejected=Rejected(name=form.name, reason=reason))
        for bits in form.kernel_bits:
            speed = block_product_speed(bits)
            if speed < 1:
                reason = f"no fast kernel for {bits}-bit blocks on this CPU: {speed:.2f} times the speed of floats"
                return _Outcome(rejected=Rejected(name=form.name, reason=reason))
        key = digest(self.found.digest, self.entries, form.name, self.name, self.questions, code_digest())
        path = yield from self.workspace.folder("models", key, lambda into: self._fill(into, form))
        made = yield from self.workspace.record("conversions", key, _Outcome, lambda: self._judged(path, form))
        if made.candidate is None:
            return made
        checked = yield from fleet.certified(
            made.candidate, self.cpus, lambda folder: self._feeds(folder, form), self.workspace, asked=self.questions
        )
        return _Outcome(rejected=checked) if isinstance(checked, Rejected) else _Outcome(candidate=checked)

    def _fill(self, into: Path, form: Form) -> Steps[None]:
        yield Progress(step="convert", note=f"{form.name}: writing")
        model_folder.write(into, self.found, self.architecture, self._trained, form=form, name=self.name)
        self.answers[form.name] = self.kind.answers(into, self.questions)
        model_folder.sign(into, self.kind.canary(self.questions, self.answers[form.name]))

    def _feeds(self, folder: Path, form: Form) -> Sequence[Any]:
        answers = self.answers.get(form.name) or self.kind.answers(folder, self.questions)
        return self.kind.feeds(folder, self.questions, answers)

    def _judged(self, path: Path, form: Form) -> Steps[_Outcome]:
        yield Progress(step="convert", note=f"{form.name}: checking")
        teacher = self.architecture.teacher(self._trained)
        answers = self.answers.get(form.name) or self.kind.answers(path, self.questions)
        result = self.kind.check(teacher, self.questions, answers)
        if reason := wrong(form, result):
            return _Outcome(rejected=Rejected(name=form.name, reason=reason))
        recipe = (
            f"{self.architecture.task(self.found.config)} graphs authored from the weights of {self.name}",
            form.why,
        )
        model = described(path)
        return _Outcome(candidate=Candidate(name=form.name, recipe=recipe, model=model, check=result))
