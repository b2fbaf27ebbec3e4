"""How each of the two networks wants to be given a face."""

import numpy as np
from finding import aligned, boxed


def facenet(picture, box, points):
    """RGB with some of what is around the face, whitened: [160, 160, 3]."""
    face = np.asarray(boxed(picture, box), np.float32)
    return (face - face.mean()) / max(face.std(), 1 / face.size**0.5)


def mobilefacenet(picture, box, points):
    """BGR, turned so that the eyes are level: [3, 112, 112]."""
    face = np.asarray(aligned(picture, points), np.float32)[:, :, ::-1]
    return np.ascontiguousarray(((face - 127.5) / 128).transpose(2, 0, 1))


NETWORKS = {"facenet": facenet, "mobilefacenet": mobilefacenet}
