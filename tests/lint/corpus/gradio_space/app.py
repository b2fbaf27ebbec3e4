import gradio as gr
from transformers import pipeline

pipe = pipeline("translation", model="t5-small")
gr.Interface.from_pipeline(pipe).launch(server_name="0.0.0.0", server_port=7860)
