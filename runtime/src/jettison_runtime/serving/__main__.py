"""``python -m jettison_runtime.serving``."""

from .command import main
from .process import end

end(main())
