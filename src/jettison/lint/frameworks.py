"""The large model frameworks: which distributions belong to each, and whether a service uses it."""

from __future__ import annotations

from .distributions import user_of
from .project import Project
from .unused import present_in

FRAMEWORKS = {
    "torch": "torch",
    "torchvision": "torch",
    "torchaudio": "torch",
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "keras": "tensorflow",
    "tf-keras": "tensorflow",
    "jax": "jax",
    "jaxlib": "jax",
    "flax": "jax",
}
"""Distributions, each with the name of its framework."""


def framework_user(project: Project, framework: str) -> str:
    """What uses a framework: a module, a word or another distribution; empty when nothing is known to."""
    members = [name for name, family in FRAMEWORKS.items() if family == framework]
    code = project.code
    for name in members:
        if code.imports_of(name) or code.imported_elsewhere(name) or code.says(name):
            return name
    others = present_in(project) - set(members)
    return next((user for name in members if (user := user_of(name, others, code.words))), "")
