"""Validates a nested body and answers with statistics of it. Keeps nothing."""

import statistics

from fastapi import FastAPI
from pydantic import BaseModel, Field


class Point(BaseModel):
    x: float
    y: float
    label: str = ""


class Cloud(BaseModel):
    points: list[Point] = Field(max_length=500)


app = FastAPI()


@app.post("/middle")
async def middle(cloud: Cloud):
    return {
        "x": statistics.fmean(point.x for point in cloud.points),
        "y": statistics.fmean(point.y for point in cloud.points),
        "labels": sorted({point.label for point in cloud.points}),
    }
