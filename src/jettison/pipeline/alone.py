"""Single steps of the story as commands of their own."""

from __future__ import annotations

from pathlib import Path

from jettison.adapt import adaptation
from jettison.convert import described
from jettison.errors import UnsupportedApp
from jettison.intake import deployment
from jettison.records import Adaptation, Candidate, Deployment, Image, Steps
from jettison.replay.staging import GRAPH, is_network
from jettison.workspace import Workspace, output_folder
from jettison_runtime.manifest import NAME

from .outputs import image_written
from .packing import blueprint, compiled, image
from .sides import Sides
from .wish import Wish, main_model


def adapted(service: Deployment) -> Adaptation:
    """The service's app on the runtime, or the lines that stand in the way; an app on ONNX Runtime stays as it is."""
    main = main_model(service) if service.checkpoints else None
    if main is not None and main.format == "onnx" and is_network(main):
        return Adaptation(files=(), diff="", removed=())
    sources = sorted({file.source.as_posix() for file in service.files if file.source.suffix == ".py"})
    samples = any(checkpoint.samples for checkpoint in service.checkpoints)
    return adaptation(service.root, sources, service.entry.module, samples=samples)


def packed(wish: Wish, converted: Path | None, workspace: Workspace) -> Steps[Image]:
    """The image of a service with a converted model; with None the service as it is, on the CPU build of torch.

    :raises ModelUnreadable: the folder is no converted model.
    :raises UnsupportedApp: lines of the app stand in the way of the converted model.
    """
    service = deployment(wish.service, dockerfile=wish.dockerfile, models=wish.models)
    sides = Sides(deployment=service, adaptation=adapted(service), workspace=workspace)
    candidate = None
    if converted is not None:
        if not sides.adaptation.complete:
            first = sides.adaptation.refusals[0]
            raise UnsupportedApp(
                f"the app cannot use a converted model: {first.reason}",
                where=f"{first.file}:{first.line}",
                next_step="`jettison adapt` lists every such line; without --model the service is packed as it is",
            )
        candidate = Candidate(name="given", recipe=(), model=described(converted))
        if sides.keeps_app and any(name not in (GRAPH, NAME) for name, _ in described(converted).file_bytes):
            raise UnsupportedApp(
                "the app opens the network's file itself, and this model has its weights in another one",
                where=str(converted),
                next_step="convert it with --one-file",
            )
    plan = yield from blueprint(sides, candidate, main_model(service), wish)
    if service.numpy == "source":
        plan, made = yield from compiled(plan, sides)
    else:
        made = yield from image(plan, sides)
    with output_folder(wish.out) as folder:
        yield from image_written(folder, made, plan)
    return made
