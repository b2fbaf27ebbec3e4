"""Two model frameworks, of which one is used."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..frameworks import FRAMEWORKS, framework_user
from ..project import Project
from ..rule import Example
from ..savings import of_distribution
from ..unused import could_be_judged

CODE = "W09"
NAME = "two-frameworks"
SUMMARY = "two model frameworks are installed, and the service uses one of them"
WHY = """\
torch, TensorFlow and JAX weigh about a gigabyte each. Both come in when a model is converted, or when a list is copied
from a training project. The fix takes out the distributions of the one that nothing uses.

It says nothing where code, a test, a setting or a command names both, where another distribution uses the second on the
service's behalf (`deepface` uses TensorFlow; transformers does when the code asks for a `TF…` class), where a pickled
model is loaded, or where the folder does not hold the code."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = ("snowzach/doods2, issue 90: both frameworks in an image for one detector, about 0.8 GB each",)
EXAMPLES = (
    Example(
        bad={
            "app.py": "import torch\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained('m')\n",
            "requirements.txt": "torch\ntransformers\ntensorflow>=2.15  # of the old model\nkeras\n",
        },
        good={
            "app.py": "import torch\nfrom transformers import TFAutoModel\nmodel = TFAutoModel.from_pretrained('m')\n",
            "requirements.txt": "torch\ntransformers\ntensorflow>=2.15  # of the old model\nkeras\n",
        },
        fixed={"requirements.txt": "torch\ntransformers\n"},
    ),
    Example(
        bad={
            "serve/app.py": "import tensorflow as tf\nmodel = tf.saved_model.load('m')\n",
            "Dockerfile": "FROM python:3.11-slim\nCOPY serve /serve\nRUN pip install tensorflow-cpu==2.16.1 \\\n"
            "    torch==2.3.0 flask\n",
        },
        good={
            "serve/app.py": "import tensorflow as tf\nmodel = tf.saved_model.load('m')\n",
            "Dockerfile": "FROM python:3.11-slim\nCOPY serve /serve\nRUN pip install tensorflow-cpu==2.16.1 \\\n"
            "    torch==2.3.0 flask easyocr\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.11-slim\nCOPY serve /serve\nRUN pip install tensorflow-cpu==2.16.1 flask\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every distribution of a framework that is not used, when another one is."""
    named = [each for each in project.dependencies if each.ships and each.name in FRAMEWORKS]
    families = {FRAMEWORKS[each.name] for each in named}
    if len(families) < 2 or not could_be_judged(project) or project.code.unpickles:
        return
    users = {family: framework_user(project, family) for family in families}
    used = sorted(family for family, user in users.items() if user)
    for each in named:
        if used and not users[FRAMEWORKS[each.name]] and each.is_direct and not each.group:
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{each.name} is installed beside {used[0]}, and nothing in the service uses it",
                advice="take it out, then build and compare the answers",
                fix="verify",
                changes=each.removed(),
                saving=of_distribution(project, each.name),
            )
