"""Toxicity with several labels."""

from typing import Dict

import torch
from transformers import BertForSequenceClassification, BertTokenizer


class ToxicityModel:
    def __init__(self, path: str, threshold: float = 0.5, max_len: int = 36):
        self.device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        self.tokenizer = BertTokenizer.from_pretrained(path)
        self.model = BertForSequenceClassification.from_pretrained(path)
        self.model.to(self.device)
        self.model.eval()
        self.threshold = threshold
        self.max_len = max_len
        self.labels = [self.model.config.id2label[i] for i in range(self.model.config.num_labels)]

    def score(self, text: str) -> Dict[str, float]:
        enc = self.tokenizer.encode_plus(
            text,
            add_special_tokens=True,
            max_length=self.max_len,
            padding="max_length",
            truncation=True,
            return_attention_mask=True,
            return_token_type_ids=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = self.model(
                input_ids=enc["input_ids"].to(self.device),
                attention_mask=enc["attention_mask"].to(self.device),
                token_type_ids=enc["token_type_ids"].to(self.device),
            )[0]
        probs = torch.sigmoid(logits).squeeze(0).cpu().numpy()
        return {label: round(float(p), 3) for label, p in zip(self.labels, probs)}

    def is_toxic(self, scores: Dict[str, float]) -> bool:
        return max(scores.values()) > self.threshold
