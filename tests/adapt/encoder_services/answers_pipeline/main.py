import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, pipeline

model_name = "model"
model = AutoModelForQuestionAnswering.from_pretrained(model_name)
tokenizer = AutoTokenizer.from_pretrained(model_name)
qa = pipeline("question-answering", model=model, tokenizer=tokenizer)

app = FastAPI()


class Query(BaseModel):
    question: str
    context: str
    top_k: int = 1


@app.post("/qa")
async def answer(query: Query):
    return qa(question=query.question, context=query.context, top_k=query.top_k, max_answer_len=10)


@app.post("/many")
async def many(queries: list[Query]):
    found = []
    for query in queries:
        result = qa({"question": query.question, "context": query.context})
        found.append({"answer": result["answer"], "score": round(result["score"], 6)})
    return found


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8000)
