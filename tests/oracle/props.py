"""Lays out what a script loads: a tiny random model, a tokenizer and a few rows under the very names it asks for.

`from_pretrained("facebook/opt-125m")` and `load_from_disk("data/train")` look into the working folder before they look
anywhere else. So nothing of the loading is replaced: the folder is filled, and the script is run in it as it stands.
Runs inside an environment of the proof, never beside gclint.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LETTERS = 256
END, PAD = "<|end|>", "<|pad|>"
VOCABULARY = LETTERS + 2
ROWS, WIDTH = 8, 12
CHAT = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)

# a word of the name -> the family that stands in for it; the first that fits
FAMILIES = (
    ("llava", "llava"),
    ("pythia|neox", "gpt_neox"),
    ("gpt2", "gpt2"),
    ("opt-", "opt"),
    ("qwen", "qwen2"),
    ("mistral|zephyr", "mistral"),
    ("gemma-3n", "gemma3n"),
    ("starcoder2", "starcoder2"),
    ("starcoder|santacoder|bigcode", "gpt_bigcode"),
    ("t5", "t5"),
    ("bart|pegasus", "bart"),
    ("whisper", "whisper"),
    ("bert|minilm", "bert"),
    ("vit", "vit"),
    ("", "llama"),
)
_HUB = re.compile(r"[\w.-]+/[\w.-]+|gpt2(?:-\w+)?|(?:flan-)?t5-\w+|(?:distil)?bert-[\w-]+")


def family_of(name: str) -> str:
    """The family of models that a name of the hub belongs to."""
    last = name.lower().rsplit("/", 1)[-1]
    return next(family for pattern, family in FAMILIES if re.search(pattern, last))


def lay_out(text: str, folder: Path, *, generation_config: bool = True) -> dict[str, str]:
    """Fills the folder with what the script's words name; answers which model stands in for which name."""
    models, data = names(text)
    laid = {}
    for name in models:
        laid[name] = family_of(name)
        lay_model(laid[name], folder / name, generation_config=generation_config)
    for name in data:
        _lay_data(name, text, folder)
    return laid


def names(text: str) -> tuple[list[str], list[str]]:
    """The models and the data sets that a script names, be it in a call or in the default of an option."""
    models: list[str] = []
    data: list[str] = []
    defaults: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rsplit(".", 1)[-1]
        first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if called == "from_pretrained" and isinstance(first, str):
            models.append(first)
        elif called in {"load_dataset", "load_from_disk"}:
            told = next(
                (w.value.value for w in node.keywords if w.arg == "data_files" and isinstance(w.value, ast.Constant)), first
            )
            if isinstance(told, str) and told not in {"json", "csv", "parquet"}:
                data.append(told)
        elif called == "add_argument" and isinstance(first, str):
            defaults += [
                (first, d.value.value) for d in node.keywords if d.arg == "default" and isinstance(d.value, ast.Constant)
            ]
        elif called in {"SFTTrainer", "DPOTrainer", "GRPOTrainer", "pipeline"}:
            models += [w.value.value for w in node.keywords if w.arg == "model" and isinstance(w.value, ast.Constant)]
    for option, value in defaults:
        if not isinstance(value, str):
            continue
        if "data" in option:
            data.append(value)
        elif re.search("model|base|checkpoint", option) and _HUB.fullmatch(value):
            models.append(value)
    saved = {value for option, value in defaults if "output" in option}
    return [one for one in dict.fromkeys(models) if _HUB.fullmatch(one) and one not in saved and not one.startswith("out")], list(
        dict.fromkeys(data)
    )


# models


def lay_model(family: str, folder: Path, *, generation_config: bool = True) -> None:
    """Saves a tiny random model of a family, with its tokenizer or processor."""
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(family)
    model.save_pretrained(folder)
    if not generation_config:
        (folder / "generation_config.json").unlink(missing_ok=True)
    if family == "whisper":
        _lay_processor(folder)
    elif family == "vit":
        (folder / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "ViTImageProcessor", "size": 16}))
    else:
        new_tokenizer().save_pretrained(folder)


def new_model(family: str, **told: Any) -> Any:
    """A model of two layers with random weights, large enough that its greedy text is no accident, and no dropout."""
    import torch
    import transformers

    torch.manual_seed(0)
    config_name, class_name, values = _SHAPES[family]
    if not hasattr(transformers, config_name):
        raise NotImplementedError(f"transformers {transformers.__version__} has no {class_name}")
    config = getattr(transformers, config_name)(**{**values, **told})
    model = getattr(transformers, class_name)(config).eval()
    if family in {"t5", "bart", "whisper"}:
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.3)
    return model


_DECODER = {"vocab_size": VOCABULARY, "bos_token_id": LETTERS, "eos_token_id": LETTERS, "pad_token_id": LETTERS + 1}
_LLAMA = {
    **_DECODER,
    "initializer_range": 0.3,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
_SHARED = {
    **_LLAMA,
    "vocab_size_per_layer_input": VOCABULARY,
    "hidden_size_per_layer_input": 8,
    "num_hidden_layers": 6,
    "num_kv_shared_layers": 2,
    "initializer_range": 0.02,
    "layer_types": ["sliding_attention", "full_attention"] * 3,
    "sliding_window": 16,
    "head_dim": 16,
}
_GEMMA3N = {**_SHARED, "laurel_rank": 8, "activation_sparsity_pattern": [0.0] * 6, "altup_num_inputs": 2}
_GEMMA4 = {**_SHARED, "global_head_dim": 16}
_GPT2 = {
    **_DECODER,
    "initializer_range": 0.3,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 1024,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
}
_BART = {
    **_DECODER,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "dropout": 0.0,
    "decoder_start_token_id": LETTERS,
}
_BERT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
_SHAPES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", "LlamaForCausalLM", _LLAMA),
    "mistral": ("MistralConfig", "MistralForCausalLM", _LLAMA),
    "qwen2": ("Qwen2Config", "Qwen2ForCausalLM", _LLAMA),
    "starcoder2": (
        "Starcoder2Config",
        "Starcoder2ForCausalLM",
        {**_LLAMA, "residual_dropout": 0.0, "embedding_dropout": 0.0, "attention_dropout": 0.0},
    ),
    "gemma3n": ("Gemma3nTextConfig", "Gemma3nForCausalLM", _GEMMA3N),
    "gemma4": ("Gemma4TextConfig", "Gemma4ForCausalLM", _GEMMA4),
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", _GPT2),
    "gpt_bigcode": ("GPTBigCodeConfig", "GPTBigCodeForCausalLM", _GPT2),
    "gpt_neox": (
        "GPTNeoXConfig",
        "GPTNeoXForCausalLM",
        {**{k: v for k, v in _LLAMA.items() if k != "num_key_value_heads"}, "hidden_dropout": 0.0, "attention_dropout": 0.0},
    ),
    "opt": (
        "OPTConfig",
        "OPTForCausalLM",
        {
            **_DECODER,
            "hidden_size": 32,
            "word_embed_proj_dim": 32,
            "ffn_dim": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "max_position_embeddings": 1024,
            "dropout": 0.0,
            "init_std": 0.3,
        },
    ),
    "t5": (
        "T5Config",
        "T5ForConditionalGeneration",
        {
            "vocab_size": VOCABULARY,
            "d_model": 32,
            "d_ff": 64,
            "d_kv": 16,
            "num_layers": 2,
            "num_heads": 2,
            "dropout_rate": 0.0,
            "decoder_start_token_id": LETTERS + 1,
            "pad_token_id": LETTERS + 1,
            "eos_token_id": LETTERS,
        },
    ),
    "bart": (
        "BartConfig",
        "BartForConditionalGeneration",
        {**_BART, "max_position_embeddings": 256, "forced_eos_token_id": None},
    ),
    "whisper": (
        "WhisperConfig",
        "WhisperForConditionalGeneration",
        {
            **_BART,
            "vocab_size": 400,
            "pad_token_id": LETTERS,
            "decoder_start_token_id": LETTERS + 1,
            "num_mel_bins": 8,
            "max_source_positions": 50,
            "max_target_positions": 64,
            "suppress_tokens": None,
            "begin_suppress_tokens": None,
        },
    ),
    "bert": ("BertConfig", "BertForMaskedLM", _BERT),
    "vit": ("ViTConfig", "ViTForImageClassification", {**_BERT, "image_size": 16, "patch_size": 8, "num_labels": 10}),
}
_SHAPES["vit"][2].pop("vocab_size")
_SHAPES["llava"] = (
    "LlavaConfig",
    "LlavaForConditionalGeneration",
    {
        "text_config": {**_LLAMA, "model_type": "llama"},
        "vision_config": {
            **{name: _LLAMA[name] for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")},
            "model_type": "clip_vision_model",
            "image_size": 16,
            "patch_size": 8,
        },
        "image_token_index": LETTERS - 1,
    },
)


def new_tokenizer() -> Any:
    """A tokenizer of bytes: every text is known to it, and it needs no file of its own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    core = Tokenizer(models.BPE(vocab=letters, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([END, PAD])
    given = ["input_ids", "attention_mask"]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token=END, eos_token=END, pad_token=PAD, model_input_names=given
    )
    tokenizer.chat_template = CHAT
    return tokenizer


def _lay_processor(folder: Path) -> None:
    """What a speech model reads and writes with: letters, and the special tokens of all languages."""
    from tokenizers import pre_tokenizers
    from transformers import WhisperFeatureExtractor
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    end = "<|endoftext|>"
    tasks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    special = [end, "<|startoftranscript|>", *(f"<|{one}|>" for one in (*LANGUAGES, *tasks))]
    numbered = {one: LETTERS + number for number, one in enumerate(special)}
    flags = {"special": True, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    settings = {
        "tokenizer_class": "WhisperTokenizer",
        **dict.fromkeys(("unk_token", "bos_token", "eos_token", "pad_token"), end),
        "added_tokens_decoder": {str(number): {"content": one, **flags} for one, number in numbered.items()},
        "additional_special_tokens": special[1:],
    }
    (folder / "vocab.json").write_text(json.dumps({**letters, **numbered}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "normalizer.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    WhisperFeatureExtractor(feature_size=8, chunk_length=1).save_pretrained(folder)


# data


def rows() -> list[dict[str, list[int]]]:
    """Rows of tokens of one length, ready for a model."""
    made = []
    for start in range(ROWS):
        tokens = [(start * 31 + place * 7) % 200 + 20 for place in range(WIDTH)]
        made.append({"input_ids": tokens, "attention_mask": [1] * WIDTH, "labels": list(tokens)})
    return made


def _lay_data(name: str, text: str, folder: Path) -> None:
    place = folder / name
    if place.suffix in {".json", ".jsonl"}:
        _write_lines(place, _texts())
    elif re.search(rf"load_dataset\([^)]*{re.escape(name)}|add_argument\([^)]*{re.escape(name)}", text):
        if "audio" in text:
            _lay_sounds(place, text)
            return
        for part in ("train", "test"):
            _write_lines(place / f"{part}.jsonl", _texts())
            subset = re.search(r'"--subset", default="([^"]+)"', text)
            if subset:
                _write_lines(place / subset[1] / f"{part}.jsonl", _texts())
    else:
        from datasets import Dataset, DatasetDict

        made = Dataset.from_list(list(_rows_for(text, place.name)))
        place.parent.mkdir(parents=True, exist_ok=True)
        whole = made if place.name not in {"data", "dataset"} else DatasetDict({"train": made, "test": made, "validation": made})
        whole.save_to_disk(str(place))


def _rows_for(text: str, name: str) -> Iterator[dict[str, Any]]:
    if "ImageClassification" in text or "image" in name:
        for label in range(ROWS):
            yield {"pixel_values": [[[label / 8.0] * 16] * 16] * 3, "labels": label}
    elif "WhisperForConditionalGeneration" in text:
        for start in range(ROWS):
            sound = [[((start + place) * (band + 1) % 50) / 50 for place in range(100)] for band in range(8)]
            yield {"input_features": sound, "labels": [start + 40, start + 41, start + 42]}
    elif re.search("DPO|ORPO|Preference", text):
        for one in _texts():
            yield {"prompt": one["instruction"], "chosen": one["response"], "rejected": "no"}
    elif "GRPO" in text:
        for one in _texts():
            yield {"prompt": one["instruction"]}
    else:
        yield from rows()


def _texts() -> list[dict[str, Any]]:
    made = []
    for number in range(24):
        asked, said = f"What is {number} and {number}?", f"It is {number + number}, and that is all there is to say about it."
        talk = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        text = f"{asked} {said}"
        made.append({"text": text, "content": text, "instruction": asked, "response": said, "lang": "en", "messages": talk})
    return made


def _lay_sounds(place: Path, text: str) -> None:
    """Recordings as plain numbers, under the name of the language that the script asks for."""
    locale = re.search(r'"--locale", default="(\w+)"', text)
    made = []
    for number, one in enumerate(_texts()[:6]):
        sound = [((step * (number + 3)) % 50) / 50 - 0.5 for step in range(4000)]
        made.append({"audio": {"array": sound, "sampling_rate": 16000}, "sentence": one["instruction"]})
    for part in ("train", "test"):
        _write_lines(place / f"{part}.jsonl", made)
    files = [{"split": part, "path": f"{part}.jsonl"} for part in ("train", "test")]
    head = {"configs": [{"config_name": locale[1] if locale else "default", "data_files": files}]}
    (place / "README.md").write_text(f"---\n{json.dumps(head)}\n---\n")


def _write_lines(place: Path, made: list[dict[str, Any]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # a set of conversations has its one column: a trainer of TRL takes the first form that it knows
    if "Capybara" in str(place):
        made = [{"messages": one["messages"]} for one in made]
    place.write_text("".join(json.dumps(one) + "\n" for one in made), encoding="utf-8")
