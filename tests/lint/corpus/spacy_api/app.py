import spacy
from fastapi import FastAPI

app = FastAPI()
nlp = spacy.load("en_core_web_lg")
