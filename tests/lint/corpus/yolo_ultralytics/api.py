from fastapi import FastAPI
from ultralytics import YOLO

app = FastAPI()
model = YOLO("yolov8n.pt")
