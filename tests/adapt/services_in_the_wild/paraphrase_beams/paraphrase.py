import torch
from transformers import T5ForConditionalGeneration, AutoTokenizer


def set_seed(seed):
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


def check_device():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    print("device ", device)
    return device


def load_model(model_name):
    model = T5ForConditionalGeneration.from_pretrained(model_name)
    return model


def load_tokenizer(model_name="model"):
    tokenizer = AutoTokenizer.from_pretrained(model_name)
    return tokenizer


def paraphrase(text, model, tokenizer, device, n_predictions=3):
    text = "paraphrase: " + text + " </s>"
    encoding = tokenizer.encode_plus(text, padding="max_length", max_length=64, truncation=True, return_tensors="pt")
    input_ids, attention_masks = encoding["input_ids"].to(device), encoding["attention_mask"].to(device)

    beam_outputs = model.generate(
        input_ids=input_ids,
        attention_mask=attention_masks,
        do_sample=False,
        max_length=30,
        num_beams=5,
        no_repeat_ngram_size=2,
        early_stopping=True,
        num_return_sequences=n_predictions,
    )

    final_outputs = []
    for beam_output in beam_outputs:
        sent = tokenizer.decode(beam_output, skip_special_tokens=True, clean_up_tokenization_spaces=True)
        if sent.lower() != text.lower() and sent not in final_outputs:
            final_outputs.append(sent)
    return final_outputs
