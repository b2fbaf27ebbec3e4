import queue
import threading
import uuid

import torch
from flask import Flask, abort, jsonify, request
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

MAX_BATCH = 8
WAIT_SECONDS = 0.02

app = Flask(__name__)
requests_queue = queue.Queue(maxsize=256)
jobs = {}


class Job:
    def __init__(self, text):
        self.id = str(uuid.uuid4())
        self.text = text
        self.done = threading.Event()
        self.result = None
        self.error = None


class Worker(threading.Thread):
    def __init__(self, path):
        super().__init__(daemon=True)
        self.tokenizer = AutoTokenizer.from_pretrained(path)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(path)
        self.model.eval()

    def collect(self):
        batch = [requests_queue.get()]
        while len(batch) < MAX_BATCH:
            try:
                batch.append(requests_queue.get(timeout=WAIT_SECONDS))
            except queue.Empty:
                break
        return batch

    def process(self, batch):
        texts = [job.text for job in batch]
        inputs = self.tokenizer(texts, padding="longest", truncation=True, return_tensors="pt")
        with torch.inference_mode():
            outputs = self.model.generate(inputs["input_ids"], attention_mask=inputs["attention_mask"], max_new_tokens=24)
        for job, ids in zip(batch, outputs):
            job.result = self.tokenizer.decode(ids, skip_special_tokens=True)
            job.done.set()

    def run(self):
        while True:
            batch = self.collect()
            try:
                self.process(batch)
            except Exception as error:
                for job in batch:
                    job.error = str(error)
                    job.done.set()
            finally:
                for _ in batch:
                    requests_queue.task_done()


worker = Worker("model")
worker.start()


@app.post("/submit")
def submit():
    payload = request.get_json(silent=True)
    if not payload or "text" not in payload:
        abort(400)
    job = Job(payload["text"])
    jobs[job.id] = job
    requests_queue.put(job)
    if not job.done.wait(timeout=30):
        return jsonify({"status": "pending", "id": job.id}), 202
    if job.error:
        return jsonify({"status": "failed"}), 500
    return jsonify({"status": "done", "text": job.result})


@app.get("/stats")
def stats():
    return jsonify({"jobs": len(jobs), "waiting": requests_queue.qsize()})


if __name__ == "__main__":
    app.run(port=5000, threaded=True)
