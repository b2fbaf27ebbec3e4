"""Wraps a seq2seq checkpoint."""

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer


class Summarizer:
    """Abstractive summarizer."""

    DEFAULT_BEAMS = 2

    def __init__(self, model_name_or_path="model", use_gpu=True):
        self.device = torch.device("cuda:0" if use_gpu and torch.cuda.is_available() else "cpu")
        self.tokenizer = AutoTokenizer.from_pretrained(model_name_or_path)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(model_name_or_path)
        self.model.to(self.device)
        self.model.eval()

    def preprocess(self, text):
        text = text.strip().replace("\n", " ")
        return "summarize: " + text

    @torch.no_grad()
    def forward(self, text, max_length=32, num_beams=None):
        encoding = self.tokenizer(self.preprocess(text), truncation=True, max_length=64, return_tensors="pt")
        input_ids = encoding["input_ids"].to(self.device)
        attention_mask = encoding["attention_mask"].to(self.device)
        output_ids = self.model.generate(
            input_ids=input_ids,
            attention_mask=attention_mask,
            max_length=max_length,
            num_beams=num_beams or self.DEFAULT_BEAMS,
            repetition_penalty=2.5,
            length_penalty=1.0,
            early_stopping=True,
        )
        preds = [
            self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=True)
            for ids in output_ids
        ]
        return {"summary": preds[0], "n_input_tokens": int(input_ids.size(1)), "n_output_tokens": len(output_ids[0])}

    __call__ = forward
