from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
def predict(question: dict):
    x = question["x"]
    return {"y": sum(x)}
