from fastapi import FastAPI
from scipy import stats
app = FastAPI()


@app.post("/predict")
def predict(question: dict):
    x = question["x"]
    return {"y": float(stats.skew(x))}

if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="0.0.0.0", port=18712)
