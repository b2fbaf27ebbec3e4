"""What every model of the facade has in common: it stands on the CPU, in inference, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self


class Placed:
    """On the CPU, in inference."""

    device = "cpu"
    training = False

    def eval(self) -> Self:
        """Nothing to switch off."""
        return self

    def train(self, mode: bool = True) -> Self:
        """Only ``train(False)``, which is `eval`."""
        if mode:
            raise ValueError("a converted model does not learn: .train() is not possible")
        return self

    def to(self, *args: Any, **options: Any) -> Self:
        """Nowhere else to go: only the CPU and float32 are accepted."""
        for value in (*args, *options.values()):
            if str(value) not in ("cpu", "None", "torch.float32", "float32"):
                raise ValueError(f"a converted model runs on the CPU: .to({value!r}) is not possible")
        return self
