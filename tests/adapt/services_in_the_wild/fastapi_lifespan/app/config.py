from pathlib import Path
from typing import Optional

from pydantic import BaseModel


class Settings(BaseModel):
    model_path: str = str(Path(__file__).resolve().parent.parent / "model")
    device: Optional[str] = None
    max_input_tokens: int = 64
    max_new_tokens: int = 24


settings = Settings()
