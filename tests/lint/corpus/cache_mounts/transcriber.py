from faster_whisper import WhisperModel

model = WhisperModel("tiny", device="cpu", compute_type="int8")
