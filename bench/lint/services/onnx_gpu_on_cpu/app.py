from fastapi import FastAPI
import numpy as np
import onnxruntime as ort
app = FastAPI()
session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])


@app.post("/predict")
def predict(question: dict):
    x = question["x"]
    return {"y": session.run(None, {"x": np.asarray([x], np.float32)})[0][0, :5].tolist()}

if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="0.0.0.0", port=18705)
