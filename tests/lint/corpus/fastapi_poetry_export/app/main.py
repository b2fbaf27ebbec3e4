import spacy
from fastapi import FastAPI

app = FastAPI()
nlp = spacy.blank("en")
