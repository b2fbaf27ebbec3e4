from fastapi import FastAPI
from transformers import pipeline

app = FastAPI()
classifier = pipeline("zero-shot-classification", model="model")


@app.get("/topic")
def topic(text: str):
    return classifier(text, candidate_labels=["sport", "politics"])
