"""Servers of the same graph, as their own documentation writes them; each runs in an environment of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program that takes the graph's file and a port."""

    name: str
    program: str
    requirements: tuple[str, ...]
    path: str


_MODEL = ("onnxruntime", "numpy")
PEERS = [
    Peer(
        name="FastAPI + uvicorn[standard]",
        program="on_fastapi.py",
        requirements=("fastapi", "uvicorn[standard]", *_MODEL),
        path="/infer",
    ),
    Peer(name="LitServe", program="on_litserve.py", requirements=("litserve", *_MODEL), path="/predict"),
]
