import asyncio
from contextlib import asynccontextmanager
from typing import List

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from app import inference


@asynccontextmanager
async def lifespan(app: FastAPI):
    tokenizer, model, device = inference.load_model()
    app.state.tokenizer = tokenizer
    app.state.model = model
    app.state.device = device
    app.state.lock = asyncio.Lock()
    yield
    del app.state.model


app = FastAPI(lifespan=lifespan)


class Query(BaseModel):
    texts: List[str] = Field(..., min_length=1, max_length=16)
    num_beams: int = Field(1, ge=1, le=4)


class Answer(BaseModel):
    outputs: List[str]


@app.get("/healthz")
def healthz(request: Request):
    return {"status": "ok", "device": str(request.app.state.device)}


@app.post("/generate", response_model=Answer)
async def generate(query: Query, request: Request):
    state = request.app.state
    async with state.lock:
        outputs = await run_in_threadpool(
            inference.run, state.tokenizer, state.model, state.device, query.texts, query.num_beams
        )
    return Answer(outputs=outputs)
