"""Trees with links both ways and exceptions that hold their frames: garbage until it is collected, and then gone."""

from fastapi import FastAPI

app = FastAPI()


class Node:
    def __init__(self, word, parent=None):
        self.word, self.parent, self.children = word, parent, []
        if parent is not None:
            parent.children.append(self)


def parsed(text):
    root = Node("")
    for sentence in text.split("."):
        inner = Node(sentence, root)
        for word in sentence.split():
            Node(word, inner)
    return root


@app.post("/depth")
def depth(body: dict):
    root = parsed(body["text"])
    try:
        raise ValueError("no tree")
    except ValueError as error:
        held = error
        root.error = held
    return {"sentences": len(root.children), "words": sum(len(each.children) for each in root.children)}
