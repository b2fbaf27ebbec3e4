"""What looks like a secret in a text, and the text with it covered.

By its form (tokens of known services, private keys, a password in an address), or by the name that it is given to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FORMS = re.compile(
    r"\bhf_[A-Za-z0-9]{20,}|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{40,}"
    r"|\bglpat-[\w-]{20,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{35}|\bpypi-[A-Za-z0-9_-]{50,}"
    r"|\bdckr_pat_[\w-]{20,}|AccountKey=[A-Za-z0-9+/=]{40,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_MARKS = (
    *("hf_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "xox", "AIza", "pypi-"),
    *("dckr_pat_", "AccountKey=", "-----BEGIN"),
)
"""What one of `_FORMS` begins with: looking for these is much quicker."""
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,30}://(?P<who>[^\s/@:$\"']*):(?P<secret>[^\s/@$\"'{}<>]+)@|"
    r"\bgit\+https?://(?P<token>[^\s/@:$\"'{}<>]{12,})@"
)
_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|SECRETS|TOKEN|APIKEY|API_KEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|"
    r"ACCOUNT_KEY|AUTH_KEY|CREDENTIAL|CREDENTIALS|CONNECTION_STRING|CONNSTR)(_ID|_VALUE|_B64|_BASE64)?$"
)
_DOWNLOADS = re.compile(
    r"(HF|HUGGING_?FACE|HUGGINGFACEHUB|HUGGING_FACE_HUB)_(HUB_|API_|ACCESS_|AUTH_)*(TOKEN|KEY)|KAGGLE_KEY|WANDB_API_KEY|"
    r"CIVITAI_(API_)?(TOKEN|KEY)|NGC_(CLI_)?API_KEY|ROBOFLOW_API_KEY|REPLICATE_API_TOKEN|MODELSCOPE_(API_)?TOKEN|CLEARML_API_\w*KEY"
)
_NO_SECRET = re.compile(r"(^|_)(PUBLIC|MAX|NUM|MIN|PAD|EOS|BOS|UNK|STOP|SPECIAL|TOKENIZER|TOKENIZERS|OLD)_")
_WORD = re.compile(r"[A-Za-z_]\w*")
_VALUE = re.compile(r"(?:[ \t]*=[ \t]*|\s*:[ \t]+|[ \t]+)(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"'$&|;<>]{3,}))")
_EMPTY = re.compile(
    r"|none|null|true|false|\d{1,4}|x+|\*+|\.\.\.|dummy|changeme|change[-_]me|replace[-_]?me|todo|your[-_\w]*|<.*>|/.*|\[mask\]",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """A variable of that name holds a secret: ``HF_TOKEN``, ``DB_PASSWORD``."""
    upper = name.upper()
    return bool(_NAME.search(upper)) and not _NO_SECRET.search(upper)


def is_download_token(name: str) -> bool:
    """A variable of that name opens a hub that models are downloaded from."""
    return bool(_DOWNLOADS.fullmatch(name))


def is_secret_value(value: str) -> bool:
    """A value that could be one: no placeholder, no path, no variable."""
    return "$" not in value and not _EMPTY.fullmatch(value.strip("\"'"))


def spots(text: str) -> Iterator[tuple[int, int, str]]:
    """Where secrets of a known form stand, each with how to call it."""
    for found in _FORMS.finditer(text) if any(mark in text for mark in _MARKS) else ():
        yield found.start(), found.end(), "a private key" if found[0].startswith("-----") else "an access token"
    for found in _ADDRESS.finditer(text) if "://" in text and "@" in text else ():
        group = "secret" if found["secret"] else "token"
        if is_secret_value(found[group]):
            yield found.start(group), found.end(group), "a password in an address"


def covered(text: str) -> str:
    """The text, as long as it was, with dots for what looks like a secret."""
    places = [(start, end) for start, end, _ in spots(text)]
    for name in _WORD.finditer(text):
        if is_secret_name(name[0]) and (value := _VALUE.match(text, name.end())):
            group = value.lastindex or 0
            if is_secret_value(value[group]):
                places.append(value.span(group))
    for start, end in places:
        text = text[:start] + "•" * (end - start) + text[end:]
    return text
