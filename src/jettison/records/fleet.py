"""What is known of a converted model on a kind of CPU that it shall be right on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FleetCheck:
    """One form on one kind of CPU."""

    cpu: str
    """Of `jettison.machine.CPUS`."""
    holds: bool
    """The answers are right there, as far as was looked."""
    here: bool = False
    """This machine is of that kind, so that everything else that was measured was measured there."""
    products: int = 0
    """Matrix products and convolutions of unsigned with signed bytes, whose kernels there add in 16 bits."""
    inputs: int = 0
    """That the graphs were run on."""
    sums: int = 0
    """Sums of two products that were counted over those inputs."""
    saturated: int = 0
    """Of those, how many would not fit 16 bits."""
    layers: tuple[tuple[str, float], ...] = ()
    """Where they are: name and share of the layer's sums, the largest share first."""
    moved: float | None = None
    """By how much saturation alone would move a number, as a share of the largest, were nothing done about it; by
    emulation. None: nothing saturates, or what does cannot be emulated."""
    remedy: str = ""
    """What makes it right; empty when nothing is needed."""
    emulator: str = ""
    """What ran the model folder as that CPU; empty when nothing did."""
    difference: float | None = None
    """Largest difference between a number there and here, as a share of the largest."""
    cosine: float | None = None
    """The least between the answers there and here."""
    note: str = ""
    """Why it does not hold, or what could not be done."""

    @property
    def words(self) -> str:
        """In one sentence."""
        if self.here:
            how = "measured on this machine"
        elif self.emulator:
            how = f"run by {self.emulator}"
        else:
            how = "by emulation only" if self.inputs else "not run"
        if self.difference is not None:
            how += f", where no number is further from its own here than {self.difference:.2%} of the largest"
        return "; ".join(each for each in (how, self._counted, self.remedy, self.note) if each)

    @property
    def _counted(self) -> str:
        if not self.saturated:
            counted = f"all {self.sums:,} sums of two 8-bit products over {self.inputs} inputs fit 16 bits"
            return counted if self.sums else ""
        layers = ", ".join(f"{name} {share:.2%}" for name, share in self.layers[:3])
        moved = "" if self.moved is None else f", which alone would move a number by {self.moved:.1%} of the largest"
        return (
            f"{self.saturated:,} of {self.sums:,} sums of two 8-bit products over {self.inputs} inputs do not fit"
            f" 16 bits (most of them: {layers}){moved}"
        )
