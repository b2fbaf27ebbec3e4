import azure.functions as func
import onnxruntime

app = func.FunctionApp()
session = onnxruntime.InferenceSession("model.onnx")
