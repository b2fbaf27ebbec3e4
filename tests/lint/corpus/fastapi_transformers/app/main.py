from fastapi import FastAPI
from transformers import pipeline

app = FastAPI()
summarize = pipeline("summarization", model="sshleifer/distilbart-cnn-12-6")


@app.post("/summary")
def summary(body: dict):
    return summarize(body["text"])[0]
