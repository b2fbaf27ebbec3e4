"""The frozen facts that flow between the rooms. Read this first."""

from __future__ import annotations

from .allocation import Allocations, Frame, Holder, Kept, Site
from .candidate import Adaptation, AdaptedFile, Candidate, Check, ModelFolder, Refusal, Rejected
from .codec import from_json, to_json, to_plain
from .comparison import Comparison, Domination
from .deployment import (
    AppKind,
    Checkpoint,
    CheckpointFormat,
    CopiedFile,
    Deployment,
    EntryPoint,
    Labelled,
    Limits,
    NumpyFrom,
    PythonInstall,
    Request,
    Start,
    SystemInstall,
    Truth,
)
from .envelope import Envelope, Ladder, Mix, Outcome, Rung, Trial, Way
from .finding import Change, Edit, Finding, FixClass, FixedFile, Linted, Saving
from .fleet import FleetCheck
from .growth import Cause as GrowthCause
from .growth import Growth, Held, Phase, Reading, Soak
from .image import Blueprint, Image, Layer
from .lint_rule import LintRule, RuleExample
from .measurement import Answer, Difference, Doubt, Environment, Host, Level, Measurement, Observations, Replay
from .placement import Placement
from .progress import Progress, Steps, finished
from .remedy import Remedies, TriedSetting
from .report import Checked, Headline, OutputFile, Report
from .size import Cause, SizeAccount
from .suspect import Suspect, SuspectCode
from .verdict import Interval, Judgement, Ruling, Score, Unit, Verdict
from .weight import Group, Known, Part, Weight

__all__ = [
    "Adaptation",
    "AdaptedFile",
    "Allocations",
    "Answer",
    "AppKind",
    "Blueprint",
    "Candidate",
    "Cause",
    "Change",
    "Check",
    "Checked",
    "Checkpoint",
    "CheckpointFormat",
    "Comparison",
    "CopiedFile",
    "Deployment",
    "Difference",
    "Domination",
    "Doubt",
    "Edit",
    "EntryPoint",
    "Envelope",
    "Environment",
    "Finding",
    "FixClass",
    "FixedFile",
    "FleetCheck",
    "Frame",
    "Group",
    "Growth",
    "GrowthCause",
    "Headline",
    "Held",
    "Holder",
    "Host",
    "Image",
    "Interval",
    "Judgement",
    "Kept",
    "Known",
    "Labelled",
    "Ladder",
    "Layer",
    "Level",
    "Limits",
    "LintRule",
    "Linted",
    "Measurement",
    "Mix",
    "ModelFolder",
    "NumpyFrom",
    "Observations",
    "Outcome",
    "OutputFile",
    "Part",
    "Phase",
    "Placement",
    "Progress",
    "PythonInstall",
    "Reading",
    "Refusal",
    "Rejected",
    "Remedies",
    "Replay",
    "Report",
    "Request",
    "RuleExample",
    "Ruling",
    "Rung",
    "Saving",
    "Score",
    "Site",
    "SizeAccount",
    "Soak",
    "Start",
    "Steps",
    "Suspect",
    "SuspectCode",
    "SystemInstall",
    "Trial",
    "TriedSetting",
    "Truth",
    "Unit",
    "Verdict",
    "Way",
    "Weight",
    "finished",
    "from_json",
    "to_json",
    "to_plain",
]
