"""Fine-tunes all weights of a small causal language model on instruction data, with the Hugging Face Trainer.

    python full_finetune.py --model EleutherAI/pythia-410m --data data/instructions.jsonl --output out/pythia-instruct
"""

import argparse

import torch
from datasets import load_dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    Trainer,
    TrainingArguments,
    set_seed,
)

PROMPT = "### Instruction:\n{instruction}\n\n### Response:\n"
IGNORE = -100


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="EleutherAI/pythia-410m")
    parser.add_argument("--data", default="data/instructions.jsonl")
    parser.add_argument("--output", default="out/pythia-instruct")
    parser.add_argument("--max-length", type=int, default=1024)
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--gradient-accumulation", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=1e-5)
    parser.add_argument("--seed", type=int, default=17)
    return parser.parse_args()


def encode(example, tokenizer, max_length):
    """Prompt and response as one sequence; the loss is taken on the response only."""
    prompt = tokenizer(PROMPT.format(instruction=example["instruction"]))["input_ids"]
    response = tokenizer(example["response"])["input_ids"] + [tokenizer.eos_token_id]
    return {
        "input_ids": (prompt + response)[:max_length],
        "labels": ([IGNORE] * len(prompt) + response)[:max_length],
    }


def main():
    args = parse_args()
    set_seed(args.seed)

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token

    model = AutoModelForCausalLM.from_pretrained(args.model, torch_dtype=torch.bfloat16)
    model.config.use_cache = False  # silences the warnings in training

    data = load_dataset("json", data_files=args.data, split="train").train_test_split(test_size=0.02, seed=args.seed)
    data = data.map(
        encode,
        fn_kwargs={"tokenizer": tokenizer, "max_length": args.max_length},
        remove_columns=data["train"].column_names,
    )

    training_args = TrainingArguments(
        output_dir=args.output,
        num_train_epochs=args.epochs,
        per_device_train_batch_size=args.batch_size,
        gradient_accumulation_steps=args.gradient_accumulation,
        gradient_checkpointing=True,
        learning_rate=args.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=10,
        bf16=True,
        logging_steps=10,
        save_strategy="epoch",
        save_total_limit=1,
        report_to="none",
        seed=args.seed,
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=data["train"],
        eval_dataset=data["test"],
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=IGNORE),
    )

    result = trainer.train()
    trainer.log_metrics("train", result.metrics)
    trainer.log_metrics("eval", trainer.evaluate())

    trainer.save_model(args.output)
    tokenizer.save_pretrained(args.output)


if __name__ == "__main__":
    main()
