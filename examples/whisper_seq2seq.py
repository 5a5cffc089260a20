"""Fine-tunes Whisper for a language of Common Voice, then transcribes one held-out recording as a first look.

    python whisper_seq2seq.py --model openai/whisper-small --language Hindi --locale hi --output out/whisper-hi
"""

import argparse
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Audio, load_dataset
from transformers import (
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    WhisperForConditionalGeneration,
    WhisperProcessor,
)

SAMPLING_RATE = 16_000


@dataclass
class SpeechCollator:
    """Pads log-mel features and transcripts; padded labels do not count in the loss."""

    processor: Any
    start_token: int

    def __call__(self, features):
        batch = self.processor.feature_extractor.pad(
            [{"input_features": one["input_features"]} for one in features], return_tensors="pt"
        )
        labels = self.processor.tokenizer.pad([{"input_ids": one["labels"]} for one in features], return_tensors="pt")
        ids = labels["input_ids"].masked_fill(labels["attention_mask"].ne(1), -100)
        if (ids[:, 0] == self.start_token).all():
            ids = ids[:, 1:]
        batch["labels"] = ids
        return batch


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="openai/whisper-small")
    parser.add_argument("--language", default="Hindi")
    parser.add_argument("--locale", default="hi")
    parser.add_argument("--output", default="out/whisper-hi")
    parser.add_argument("--max-steps", type=int, default=4000)
    return parser.parse_args()


def main():
    args = parse_args()
    processor = WhisperProcessor.from_pretrained(args.model, language=args.language, task="transcribe")
    model = WhisperForConditionalGeneration.from_pretrained(args.model)

    voices = load_dataset("mozilla-foundation/common_voice_11_0", args.locale)
    voices = voices.cast_column("audio", Audio(sampling_rate=SAMPLING_RATE))

    def prepare(row):
        sound = row["audio"]
        features = processor.feature_extractor(sound["array"], sampling_rate=sound["sampling_rate"])
        return {"input_features": features.input_features[0], "labels": processor.tokenizer(row["sentence"]).input_ids}

    train = voices["train"].map(prepare, remove_columns=voices["train"].column_names, num_proc=4)

    training_args = Seq2SeqTrainingArguments(
        output_dir=args.output,
        per_device_train_batch_size=16,
        learning_rate=1e-5,
        warmup_steps=500,
        max_steps=args.max_steps,
        gradient_checkpointing=True,
        fp16=True,
        logging_steps=25,
        save_steps=1000,
        report_to=["tensorboard"],
        remove_unused_columns=False,
        label_names=["labels"],
    )
    trainer = Seq2SeqTrainer(
        model=model,
        args=training_args,
        train_dataset=train,
        data_collator=SpeechCollator(processor, model.config.decoder_start_token_id),
    )
    trainer.train()

    held_out = prepare(voices["test"][0])
    features = torch.tensor([held_out["input_features"]], device=model.device, dtype=model.dtype)
    tokens = model.generate(features, max_new_tokens=200)
    print("said: ", voices["test"][0]["sentence"])
    print("heard:", processor.batch_decode(tokens, skip_special_tokens=True)[0])

    trainer.save_model(args.output)
    processor.save_pretrained(args.output)


if __name__ == "__main__":
    main()
