import timm
from fastapi import FastAPI

app = FastAPI()
model = timm.create_model("resnet18")
