"""The sides of every comparison: the service as found, the service on a converted model, the finished image."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jettison import oci
from jettison.environments import Prepared, Wanted, prepared
from jettison.measure import Subject
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Adaptation, Candidate, Checkpoint, Deployment, Environment, Image, Steps
from jettison.replay.service import OFFLINE, ONE_THREAD, Launch
from jettison.replay.staging import GRAPH, Stage, StandIn, converted_place, is_network, mounts
from jettison.sandbox.container import Mount
from jettison.workspace import Workspace
from jettison_runtime.manifest import pointer

from .own_start import own_start
from .wish import is_converted_as_graph, main_model

RUNTIME_REQUIREMENTS = ("onnxruntime", "tokenizers", "numpy")
"""What jettison-runtime stands on."""
_FOR_ARRAYS = ("onnxruntime", "numpy")
"""The same where no text is asked for."""
_BUILD_TOOLS = ("pip", "setuptools", "wheel")
"""Install lines upgrade them; a service that imports one has it through what requires it."""
_SERVERS = {"wsgi": "waitress", "asgi": "uvicorn"}
_WORLD = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Makes the sides of one service."""

    deployment: Deployment
    adaptation: Adaptation
    workspace: Workspace

    def original(self) -> Steps[Subject]:
        """The service as found, on its own packages, in an environment of its own."""
        environment = yield from prepared(self._wanted("original", self.deployment.requirements), self.workspace)
        tree = yield from self.original_stage().tree(self.workspace)
        found = [each for each in self.deployment.checkpoints if each.path]
        size_bytes = sum(_size_bytes(path) for each in found for path in (each.path, *each.beside) if path)
        return self._subject("original", environment, tree, self.original_folders(), size_bytes)

    def as_started(self) -> Steps[tuple[Subject, str]]:
        """The service as found, under its own start command; and what that had to be changed in, if anything."""
        subject = yield from self.original()
        python, *_ = subject.launch.command
        command, note = own_start(self.deployment, self.start_command)
        variables = {**_WORLD, **self.variables, **OFFLINE, "PATH": _WORLD["PATH"], "UVICORN_PORT": "$PORT"}
        launch = replace(subject.launch, command=(python, *command), environment=tuple(variables.items()))
        return replace(subject, launch=launch), note

    def candidate(self, candidate: Candidate, checkpoint: Checkpoint) -> Steps[Subject]:
        """The adapted service on one form of its model."""
        assert candidate.model is not None
        environment = yield from prepared(self._wanted("runtime", self.light_requirements), self.workspace)
        tree = yield from self.adapted_stage(checkpoint).tree(self.workspace)
        models = {converted_place(checkpoint): candidate.model.path}
        return self._subject(candidate.name, environment, tree, models, candidate.model.size_bytes)

    def image(self, image: Image, name: str, model_bytes: int, packages: Sequence[tuple[str, str]]) -> Steps[Subject]:
        """The finished image, unpacked: its own Python, files, variables and start command."""
        assert image.layout is not None
        stored = oci.stored(image.layout)
        root = yield from self.workspace.folder(
            "roots", image.digest.removeprefix("sha256:"), lambda into: oci.unpacked(stored, into)
        )
        config = stored.config
        return Subject(
            candidate=name,
            level="image",
            environment=Environment(name="image", python=image.python, packages=tuple(packages)),
            model_bytes=model_bytes,
            launch=Launch(
                root=root,
                command=(*config.entrypoint, *config.command),
                workdir=config.workdir or "/",
                environment=tuple({**dict(config.environment), **ONE_THREAD}.items()),
                installed=(root,),
            ),
        )

    def original_stage(self) -> Stage:
        """The files as found; a model that is a single file is one of them."""
        brought = tuple(
            StandIn(place=f"{posixpath.dirname(self.original_place(each))}/{path.name}", copy=path)
            for each in self.deployment.checkpoints
            if each.image_path is None and each.path and each.path.is_file()
            for path in (each.path, *each.beside)
        )
        return Stage(
            deployment=self.deployment, texts={}, model_places=tuple(self.original_folders()), stand_ins=brought
        )

    def original_folders(self) -> dict[str, Path]:
        """Places of the models that are folders, with these."""
        found = self.deployment.checkpoints
        return {self.original_place(each): each.path for each in found if each.path and each.path.is_dir()}

    def adapted_stage(self, checkpoint: Checkpoint) -> Stage:
        """The files with the adapted sources, and with what leads to the converted model."""
        place, original = converted_place(checkpoint), self.original_place(checkpoint)
        stand_ins: tuple[StandIn, ...] = ()
        if self.keeps_app:
            stand_ins = (StandIn(place=original, link=f"{place}/{GRAPH}"),)
        elif is_network(checkpoint) and place != original:
            stand_ins = (StandIn(place=original, text=pointer(place)),)
        return Stage(
            deployment=self.deployment,
            texts={file.path: file.after for file in self.adaptation.files},
            model_places=(place,),
            stand_ins=stand_ins,
            left_out=tuple(f"{posixpath.dirname(original)}/{file.name}" for file in checkpoint.beside),
        )

    @property
    def keeps_app(self) -> bool:
        """The app is on ONNX Runtime already: only the network's file changes."""
        main = main_model(self.deployment)
        return main.format == "onnx" and is_network(main)

    def original_place(self, checkpoint: Checkpoint) -> str:
        """Where the original finds its model: where COPY puts it, else a folder that has the hub name."""
        return checkpoint.image_path or posixpath.normpath(posixpath.join(self.deployment.workdir, checkpoint.name))

    @property
    def light_requirements(self) -> tuple[str, ...]:
        """What the adapted service needs: its own requirements without what only torch needed, and the runtime's."""
        if self.keeps_app:
            return tuple(_on_cpu(line) for line in self.deployment.requirements)
        removed = {_canonical(name) for name in (*self.adaptation.removed, *_BUILD_TOOLS)}
        kept = (line for line in self.deployment.requirements if _canonical(line) not in removed)
        arrays = is_converted_as_graph(main_model(self.deployment))
        return (*kept, *(_FOR_ARRAYS if arrays else RUNTIME_REQUIREMENTS))

    @property
    def server(self) -> str:
        """The distribution that serves this kind of app, on every side."""
        return _SERVERS[self.deployment.entry.kind]

    @property
    def start_command(self) -> tuple[str, ...]:
        """How the service starts on every side, after the interpreter."""
        entry, start = self.deployment.entry, self.deployment.start
        command = ("-m", "jettison_server", f"{entry.module}:{entry.variable}", "--port", str(start.port))
        return (*command, "--threads", str(max(1, start.threads))) if entry.kind == "wsgi" else command

    @property
    def variables(self) -> dict[str, str]:
        """The service's own environment, with the folders that it imports from besides its working directory."""
        found = dict(self.deployment.environment)
        if folders := self.deployment.entry.import_folders:
            found["PYTHONPATH"] = ":".join((*folders, *filter(None, [found.get("PYTHONPATH")])))
        return found

    @property
    def index_options(self) -> tuple[str, ...]:
        """Index options of all install lines."""
        return tuple(option for install in self.deployment.python_installs for option in install.index_options)

    @property
    def constraints(self) -> tuple[str, ...]:
        """Constraint lines of all install lines."""
        return tuple(line for install in self.deployment.python_installs for line in install.constraints)

    def _wanted(self, name: str, requirements: tuple[str, ...]) -> Wanted:
        return Wanted(
            name=name,
            requirements=(*requirements, self.server),
            python=self.deployment.python,
            index_options=self.index_options,
            constraints=self.constraints,
            wheels=(runtime_wheel(self.workspace),),
        )

    def _subject(
        self, name: str, environment: Prepared, tree: Path, models: Mapping[str, Path], model_bytes: int
    ) -> Subject:
        # The service's own PATH may lead to a Python that only its image has.
        variables = {**_WORLD, **self.variables, **ONE_THREAD, "PATH": _WORLD["PATH"]}
        over = tuple(Mount(source=folder, target=place) for place, folder in sorted(models.items()))
        return Subject(
            candidate=name,
            level="service",
            environment=environment.record,
            model_bytes=model_bytes,
            launch=Launch(
                root=Path("/"),
                command=(str(environment.python), *self.start_command),
                workdir=self.deployment.workdir,
                environment=tuple(variables.items()),
                mounts=(*mounts(tree, self.deployment.workdir), *over),
                installed=(environment.folder,),
            ),
        )


def _size_bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _on_cpu(requirement: str) -> str:
    """ONNX Runtime's build for GPUs computes the same on a CPU, and weighs ten times as much there."""
    from packaging.requirements import Requirement

    if _canonical(requirement) != "onnxruntime-gpu":
        return requirement
    found = Requirement(requirement)
    found.name, found.extras = "onnxruntime", set()
    return str(found)


def _canonical(requirement: str) -> str:
    """The canonical name in a requirement line; empty for a line that holds none."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""
