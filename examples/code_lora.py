"""Trains a LoRA adapter for code completion. Checkpointing is on unless --no-gradient-checkpointing is given.

    python code_lora.py --base bigcode/starcoderbase-1b --subset data/python --output out/starcoder-lora
"""

import argparse

from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments, default_data_collator


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="bigcode/starcoderbase-1b")
    parser.add_argument("--dataset", default="bigcode/the-stack-smol")
    parser.add_argument("--subset", default="data/python")
    parser.add_argument("--column", default="content")
    parser.add_argument("--output", default="out/starcoder-lora")
    parser.add_argument("--seq-length", type=int, default=2048)
    parser.add_argument("--max-steps", type=int, default=2000)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--no-gradient-checkpointing", action="store_true", help="more memory, faster steps")
    return parser.parse_args()


def constant_length(dataset, tokenizer, column, length):
    """Tokenizes files, joins them with end-of-text in between, and cuts blocks of one length."""

    def cut(rows):
        buffer = []
        for text in rows[column]:
            buffer += tokenizer(text)["input_ids"] + [tokenizer.eos_token_id]
        blocks = [buffer[i : i + length] for i in range(0, len(buffer) - length + 1, length)]
        return {"input_ids": blocks, "labels": [block.copy() for block in blocks]}

    return dataset.map(cut, batched=True, remove_columns=dataset.column_names)


def create_model(args):
    # no cache while checkpointing
    model = AutoModelForCausalLM.from_pretrained(
        args.base,
        use_cache=not args.no_gradient_checkpointing,
        torch_dtype="auto",
    )
    model.enable_input_require_grads()
    lora = LoraConfig(
        r=16,
        lora_alpha=32,
        lora_dropout=0.05,
        target_modules=["c_proj", "c_attn", "q_attn"],
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora)


def main():
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    dataset = load_dataset(args.dataset, data_dir=args.subset, split="train").shuffle(seed=0)
    dataset = constant_length(dataset, tokenizer, args.column, args.seq_length)

    model = create_model(args)
    model.print_trainable_parameters()

    training_args = TrainingArguments(
        output_dir=args.output,
        max_steps=args.max_steps,
        per_device_train_batch_size=args.batch_size,
        gradient_accumulation_steps=16,
        gradient_checkpointing=not args.no_gradient_checkpointing,
        learning_rate=args.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=100,
        weight_decay=0.05,
        bf16=True,
        logging_steps=20,
        save_steps=500,
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=dataset,
        data_collator=default_data_collator,
    )
    trainer.train()

    model.save_pretrained(args.output)


if __name__ == "__main__":
    main()
