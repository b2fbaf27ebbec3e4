from typing import Annotated, List

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from engine import Engine, GenerationOptions

app = FastAPI()
_engine = Engine("model", options=GenerationOptions(max_new_tokens=16, num_beams=2, no_repeat_ngram_size=3))


def get_engine() -> Engine:
    return _engine


class Batch(BaseModel):
    inputs: List[str]


@app.post("/infer")
def infer(batch: Batch, engine: Annotated[Engine, Depends(get_engine)]) -> dict:
    return {"outputs": engine.generate(batch.inputs)}


@app.get("/ready")
def ready() -> dict:
    return {"ready": True}
