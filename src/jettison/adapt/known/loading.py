"""``from_pretrained``: options that find the same weights, and those that would make another model of them."""

from __future__ import annotations

from collections.abc import Mapping

from .signatures import ANY, Allowed, Only, Signature
from .sorts import ENCODERS, PERCEIVING, Sort

DOWNLOAD: Mapping[str, Allowed] = {
    "use_auth_token": ANY,
    "force_download": ANY,
    "resume_download": ANY,
    "proxies": ANY,
    "trust_remote_code": Only(values=(False, None)),
}
PLACEMENT: Mapping[str, Allowed] = {
    "device_map": Only(values=("auto", "cpu", None)),
    "attn_implementation": Only(values=("eager", "sdpa", None)),
}
FLOAT32 = Only(values=("auto", "float32", None))
_LOADING: Mapping[str, Allowed] = {
    "cache_dir": ANY,
    "local_files_only": ANY,
    "revision": ANY,
    "use_fast": ANY,
    "legacy": ANY,
    "token": ANY,
}
_OF_MODELS: Mapping[str, Allowed] = {
    **_LOADING,
    "use_safetensors": ANY,
    "low_cpu_mem_usage": ANY,
    "torch_dtype": FLOAT32,
    "dtype": FLOAT32,
}
_LABELS: Mapping[str, Allowed] = {"num_labels": ANY, "id2label": ANY, "label2id": ANY}
_USUAL_ANSWERS: Mapping[str, Allowed] = {
    "ignore_mismatched_sizes": ANY,
    "output_attentions": Only(values=(False, None)),
    "output_hidden_states": Only(values=(False, None)),
    "return_dict": Only(values=(True, None)),
}
"""Nothing depends on them: the runtime checks the number of labels by itself."""

FROM_PRETRAINED: dict[Sort, Signature] = {
    "tokenizer": Signature(
        positional=("pretrained_model_name_or_path",),
        options={**_LOADING, "model_max_length": ANY, "padding_side": ANY, "do_lower_case": ANY},
        dropped=DOWNLOAD,
    ),
    **dict.fromkeys(
        ("image_processor", "feature_extractor"),
        Signature(positional=("pretrained_model_name_or_path",), options=_LOADING, dropped=DOWNLOAD),
    ),
    "config": Signature(positional=("pretrained_model_name_or_path",), options=_LOADING, dropped=DOWNLOAD),
    "model": Signature(
        positional=("pretrained_model_name_or_path",), options=_OF_MODELS, dropped={**DOWNLOAD, **PLACEMENT}
    ),
    **{
        sort: Signature(
            positional=("pretrained_model_name_or_path",),
            options={**_OF_MODELS, **_LABELS, "config": ANY},
            dropped={**DOWNLOAD, **PLACEMENT, **_USUAL_ANSWERS},
        )
        for sort in ENCODERS | PERCEIVING
    },
}
