"""Where the faces of a picture are, and each one cut out the way that a network was trained with.

Boxes and 68 points come from two small networks of the package that MobileFaceNet comes in; see fetch_models.py.
"""

import numpy as np
import onnxruntime
from PIL import Image

# Where eyes, nose and corners of the mouth lie in a 112 x 112 picture of a face: the template that ArcFace and
# its relatives are trained with.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


class Finder:
    """Two networks: one finds boxes, the other 68 points in a box."""

    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.detector = onnxruntime.InferenceSession(str(folder / "fr_detect.onnx"), options)
        self.landmarks = onnxruntime.InferenceSession(str(folder / "fr_landmark.onnx"), options)

    def boxes(self, picture, least_score=0.7):
        """Boxes (left, top, right, bottom) in pixels, left to right."""
        small = np.asarray(picture.convert("RGB").resize((320, 240)), np.float32)
        feed = ((small - 127) / 128).transpose(2, 0, 1)[None]
        scores, boxes = self.detector.run(["scores", "boxes"], {"input": feed})
        likely = scores[0, :, 1] > least_score
        boxes = boxes[0][likely] * [picture.width, picture.height, picture.width, picture.height]
        return sorted(best_of_each(boxes, scores[0, likely, 1]), key=lambda box: box[0])

    def points(self, picture, box):
        """Eyes, nose and corners of the mouth in pixels, [5, 2]."""
        left, top, right, bottom = square(box, 1.0)
        face = picture.convert("L").crop((left, top, right, bottom)).resize((64, 64))
        feed = np.asarray(face, np.float32)[None, None] / 256
        found = self.landmarks.run(None, {"input": feed})[0].reshape(68, 2)
        found = found * (right - left) + [left, top]
        return np.array([found[36:42].mean(0), found[42:48].mean(0), found[30], found[48], found[54]], np.float32)


def square(box, scale):
    """A square with the middle of a box, `scale` times as wide as the box's longer side."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top) * scale / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def best_of_each(boxes, scores):
    """Of boxes that overlap by more than 0.3 the one with the best score."""
    kept = []
    for box in boxes[np.argsort(-scores)]:
        if all(overlap(box, other) < 0.3 for other in kept):
            kept.append(box)
    return [tuple(float(edge) for edge in box) for box in kept]


def overlap(one, other):
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def aligned(picture, points, size=112):
    """The face turned, scaled and moved so that its points lie as near to the template as they can."""
    wanted = TEMPLATE * (size / 112)
    middle, goal = points.mean(0), wanted.mean(0)
    ours, theirs = points - middle, wanted - goal
    # Umeyama 1991; in the plane a turn and a scale are one complex number.
    one, other = ours[:, 0] + 1j * ours[:, 1], theirs[:, 0] + 1j * theirs[:, 1]
    back = np.vdot(other, one) / np.vdot(other, other)  # template → picture, which is what `transform` wants
    shift = complex(*middle) - back * complex(*goal)
    matrix = (back.real, -back.imag, shift.real, back.imag, back.real, shift.imag)
    return picture.convert("RGB").transform((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def boxed(picture, box, size=160, margin=1.2):
    """The face with some of what is around it, upright as it was."""
    return picture.convert("RGB").crop(square(box, margin)).resize((size, size), Image.Resampling.BILINEAR)
