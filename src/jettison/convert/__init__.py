"""Deployment → Candidates: every form of a trained model, each checked before it may go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jettison.records import Candidate, Progress, Rejected, Steps
from jettison.runtimes.onnxruntime import Decoded, Loaded
from jettison.workspace import Workspace, code_digest, digest

from . import folder as model_folder
from .architectures import Architecture, architecture_of
from .checks import check, wrong
from .folder import described
from .forms import FORMS, Form
from .kernels import block_product_speed
from .prompts import token_prompts
from .source import Source, source

__all__ = ["FORMS", "Form", "candidates", "described"]

_ANSWER_LIMIT = 16


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
    forms: Sequence[Form] = tuple(FORMS),
) -> Steps[tuple[tuple[Candidate, ...], tuple[Rejected, ...]]]:
    """Convert a Hugging Face folder to every form that works here.

    :param name: as the service's code names the model; the runtime finds it by that name.
    :param prompts: texts that the model is really asked; the checks and the canary are made of them.
    :raises ModelMissing, ModelUnreadable, UnsafeModel, TokenizerMissing, UnsupportedModel: see `source`.
    """
    found = source(folder)
    conversion = _Conversion(
        found=found,
        architecture=architecture_of(found.config, folder),
        name=name,
        prompts=token_prompts(found, prompts),
        workspace=workspace,
    )
    made: list[_Outcome] = []
    for number, form in enumerate(forms):
        yield Progress(step="convert", done=number, total=len(forms), note=form.name)
        made.append((yield from conversion.outcome(form)))
    yield Progress(step="convert", done=len(forms), total=len(forms))
    return (
        tuple(each.candidate for each in made if each.candidate),
        tuple(each.rejected for each in made if each.rejected),
    )


@dataclass(frozen=True, kw_only=True)
class _Conversion:
    """One trained model on its way to several forms."""

    found: Source
    architecture: Architecture
    name: str
    prompts: Sequence[Sequence[int]]
    workspace: Workspace
    answers: dict[str, list[Decoded]] = field(default_factory=dict)
    """What the forms written by this process answered: they are not asked twice."""

    def outcome(self, form: Form) -> Steps[_Outcome]:
        """The model in one form, made and checked once; or why not."""
        for bits in form.kernel_bits:
            speed = block_product_speed(bits)
            if speed < 1:
                reason = f"no fast kernel for {bits}-bit blocks on this CPU: {speed:.2f} times the speed of floats"
                return _Outcome(rejected=Rejected(name=form.name, reason=reason))
        key = digest(self.found.digest, form.name, self.name, self.prompts, code_digest())
        path = yield from self.workspace.folder("models", key, lambda into: self._fill(into, form))
        return (yield from self.workspace.record("conversions", key, _Outcome, lambda: self._judged(path, form)))

    def _fill(self, into: Path, form: Form) -> Steps[None]:
        yield Progress(step="convert", note=f"{form.name}: writing")
        model_folder.write(into, self.found, self.architecture, form, self.name)
        self.answers[form.name] = _answers(into, self.prompts)
        model_folder.sign(into, self.prompts, self.answers[form.name])

    def _judged(self, path: Path, form: Form) -> Steps[_Outcome]:
        yield Progress(step="convert", note=f"{form.name}: checking")
        teacher = self.architecture.teacher(self.found.tensors, self.found.config)
        result = check(teacher, self.prompts, self.answers.get(form.name) or _answers(path, self.prompts))
        if reason := wrong(form, result):
            return _Outcome(rejected=Rejected(name=form.name, reason=reason))
        recipe = (f"{self.architecture.TASK} graphs authored from the weights of {self.name}", form.why)
        model = described(path)
        return _Outcome(candidate=Candidate(name=form.name, recipe=recipe, model=model, check=result))


def _answers(folder: Path, prompts: Sequence[Sequence[int]]) -> list[Decoded]:
    loaded = Loaded(folder)
    return [loaded.greedy(prompt, limit=_ANSWER_LIMIT) for prompt in prompts]
