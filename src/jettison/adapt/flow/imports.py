"""Import statements: what they bind, and what they become."""

from __future__ import annotations

import ast

from jettison.adapt.graph import absolute
from jettison.adapt.known import facade as known
from jettison.adapt.known import sentence_transformers as sentences
from jettison.adapt.known import tensorflow, tensors
from jettison.adapt.known.packages import NEED_TENSORFLOW, NEED_TORCH, NEED_TORCH_MODULES, REPLACED

from . import members, tensorflow_calls
from .frame import Frame
from .kinds import NOTHING, Foreign, ModuleObject, Value, one


def read(node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    """Bind what an import binds, and write down what becomes of it."""
    frame.reading.ledger.forget(node)
    if isinstance(node, ast.Import):
        _import(node, frame)
    else:
        _import_from(node, frame)


def _import(node: ast.Import, frame: Frame) -> None:
    kept: list[str] = []
    for alias in node.names:
        package = alias.name.partition(".")[0]
        bound = alias.name if alias.asname else package
        frame.assign(alias.asname or package, _module(bound, frame))
        if frame.reading.graph.source(package) or frame.reading.graph.files.folder(package):
            kept.append(_alias(alias))
            continue
        _refuse_package(alias.name, node, frame)
        needed = frame.memory.marked("needs torch", frame.scope.node, alias.asname or package)
        if package in tensorflow.PACKAGES:
            if tensorflow.place(alias.name) in tensorflow.MODULES:
                kept.append(_from_tensorflow(alias))
        elif alias.name in ("transformers", "sentence_transformers") or (alias.name in tensors.MODULES and needed):
            kept.append(_from_runtime(alias))
        elif package not in REPLACED:
            # Nothing of their other modules can be reached but by names that are refused where they are used.
            kept.append(_alias(alias))
    packages = {alias.name.partition(".")[0] for alias in node.names}
    if packages & set(REPLACED):
        plain = [each for each in kept if not each.startswith("from ")]
        if "torch" in packages and frame.memory.marked("needs os", frame.scope.node):
            plain.append("os")
        swapped = [each for each in kept if each.startswith("from ")]
        frame.edit(node, "imports", "\n".join([*(["import " + ", ".join(plain)] if plain else []), *swapped]))


def _import_from(node: ast.ImportFrom, frame: Frame) -> None:
    module = absolute(frame.scope.source, node)
    source = frame.reading.graph.source(module)
    package = module.partition(".")[0]
    own = source is not None or frame.reading.graph.files.folder(module)
    if not own:
        _refuse_package(module, node, frame)
    kept: list[str] = []
    for alias in node.names:
        if alias.name == "*":
            _star(node, module, frame)
            continue
        if own:
            inner = members.submodule(module, alias.name, frame)
            held = frame.memory.read("global", source.path, alias.name) if source else NOTHING
            found = held | inner or frame.reading.unknown
        else:
            path = _path(module, alias.name)
            found = (package in tensorflow.PACKAGES and tensorflow_calls.constant(path)) or one(Foreign(path))
        frame.assign(alias.asname or alias.name, found)
        needed = module in tensors.MODULES and frame.memory.marked(
            "needs torch", frame.scope.node, alias.asname or alias.name
        )
        if needed or _has(module, alias.name):
            kept.append(_alias(alias))
    if own or package not in REPLACED:
        return
    namespace = known.FACADE if package == "transformers" else f"jettison_runtime.{module}"
    if package in tensorflow.PACKAGES:
        namespace = f"{tensorflow.FACADE}.{tensorflow.place(module)}".removesuffix(".")
    code = f"from {namespace} import {', '.join(kept)}" if kept else ""
    if package == "torch" and frame.memory.marked("needs os", frame.scope.node):
        code = f"import os\n{code}".rstrip()
    frame.edit(node, "imports", code)


def _path(module: str, name: str) -> str:
    """The path of an imported name; what transformers keeps in its modules counts as its own."""
    if module in known.MODULES and name in known.NAMES:
        return f"transformers.{name}"
    if module in sentences.MODULES and _has(module, name) and module != sentences.PACKAGE:
        return f"{sentences.PACKAGE}.util.{name}"
    return f"{module}.{name}"


def _module(name: str, frame: Frame) -> Value:
    graph = frame.reading.graph
    return one(ModuleObject(name) if graph.source(name) or graph.files.folder(name) else Foreign(name))


def _star(node: ast.ImportFrom, module: str, frame: Frame) -> None:
    source = frame.reading.graph.source(module)
    if source is None:
        if module.partition(".")[0] in REPLACED:
            frame.refuse(node, f"which names come from {module} is not said")
        return
    exported = {name for name in map(str, frame.memory.keys("global", source.path)) if not name.startswith("_")}
    for name in sorted(exported):
        frame.scope.bound.add(name)
        frame.assign(name, frame.memory.read("global", source.path, name))


def _refuse_package(module: str, node: ast.stmt, frame: Frame) -> None:
    package = module.partition(".")[0]
    if package in NEED_TORCH or module.startswith(NEED_TORCH_MODULES):
        frame.refuse(node, f"{module} needs torch or transformers")
    if package in NEED_TENSORFLOW:
        frame.refuse(node, f"{module} needs TensorFlow")


def _has(module: str, name: str) -> bool:
    """The runtime has what a module of transformers, sentence_transformers or TensorFlow has under this name."""
    if module.partition(".")[0] in tensorflow.PACKAGES:
        place = tensorflow.place(f"{module}.{name}")
        return place in tensorflow.MODULES or place in tensorflow.FUNCTIONS or place in tensorflow.DTYPES
    return (module in known.MODULES and name in known.NAMES) or name in sentences.MODULES.get(module, ())


def _from_runtime(alias: ast.alias) -> str:
    """``import torch.nn as nn`` as ``from jettison_runtime.torch import nn``; without another name, torch is bound."""
    if not alias.asname:
        return f"from jettison_runtime import {alias.name.partition('.')[0]}"
    parent, _, name = f"jettison_runtime.{alias.name}".rpartition(".")
    return f"from {parent} import {name}" + (f" as {alias.asname}" if alias.asname != name else "")


def _from_tensorflow(alias: ast.alias) -> str:
    """``import tensorflow.compat.v1 as tf`` as ``from jettison_runtime.tensorflow.compat import v1 as tf``."""
    if not alias.asname:
        package = alias.name.partition(".")[0]
        return "from jettison_runtime import tensorflow" if package == "tensorflow" else _keras(package)
    parent, _, name = f"{tensorflow.FACADE}.{tensorflow.place(alias.name)}".removesuffix(".").rpartition(".")
    return f"from {parent} import {name}" + (f" as {alias.asname}" if alias.asname != name else "")


def _keras(bound: str) -> str:
    return f"from {tensorflow.FACADE} import keras" + (f" as {bound}" if bound != "keras" else "")


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
