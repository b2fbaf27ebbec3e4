from typing import List

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = AutoTokenizer.from_pretrained("model")
model = AutoModelForSeq2SeqLM.from_pretrained("model").to(device)
model.eval()

app = FastAPI()


class ReactionRequest(BaseModel):
    text: str
    top_k: int = 3


class Prediction(BaseModel):
    text: str
    confidence: float


class ReactionResponse(BaseModel):
    predictions: List[Prediction]


@app.post("/predict", response_model=ReactionResponse)
def predict(request: ReactionRequest):
    inputs = tokenizer(request.text, return_tensors="pt").to(device)
    with torch.no_grad():
        outputs = model.generate(
            **inputs,
            max_length=24,
            num_beams=max(4, request.top_k),
            num_return_sequences=request.top_k,
            output_scores=True,
            return_dict_in_generate=True,
        )
    probabilities = torch.softmax(outputs.sequences_scores, dim=0)
    predictions = []
    for sequence, p in zip(outputs.sequences, probabilities):
        text = tokenizer.decode(sequence, skip_special_tokens=True)
        predictions.append(Prediction(text=text, confidence=round(p.item(), 3)))
    return ReactionResponse(predictions=predictions)
