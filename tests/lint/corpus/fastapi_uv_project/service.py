import torch
from fastapi import FastAPI

app = FastAPI()
layer = torch.nn.Linear(4, 2)


@app.post("/")
def run(x: list[float]):
    with torch.no_grad():
        return layer(torch.tensor(x)).tolist()
