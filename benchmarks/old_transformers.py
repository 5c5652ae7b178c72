"""Loads an exported adapter in the versions that TGI 3.3 pins: transformers 4.51.3, PEFT 0.15.2.

Run by hand: it installs those two (without torch, which is taken from here) into a folder of their
own, exports the adapter twice, merged and as a PEFT folder, and compares the rendered prompt, the
greedy tokens and the logits of both versions.

    python benchmarks/old_transformers.py REGISTRY NAME VERSION [--packages DIR]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from chorei.adapters.export import export
from chorei.adapters.registry import Registry

PINNED = ("transformers==4.51.3", "tokenizers==0.21.4", "huggingface-hub==0.36.0", "peft==0.15.2")
_LOAD = """
import json, sys, torch, transformers
from transformers import AutoModelForCausalLM, AutoTokenizer
merged = sys.argv[1]
tokenizer = AutoTokenizer.from_pretrained(merged)
model = AutoModelForCausalLM.from_pretrained(merged, torch_dtype=torch.float32).eval()
prompt = tokenizer.apply_chat_template([{"role": "user", "content": "CHOREI là gì?"}],
                                       tokenize=False, add_generation_prompt=True)
ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False).input_ids
with torch.inference_mode():
    logits = model(ids).logits[0, -1]
    tokens = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                            max_new_tokens=24)[0, ids.shape[1]:]
if len(sys.argv) > 2:
    from peft import PeftConfig
    PeftConfig.from_pretrained(sys.argv[2])
print("RESULT" + json.dumps({"version": transformers.__version__, "prompt": prompt,
                             "tokens": tokens.tolist(), "logits": logits[:64].tolist()}))
"""


def load(merged: Path, peft: Path, packages: Path | None) -> dict[str, object]:
    """What one version makes of the exported folders."""
    environment = os.environ | ({"PYTHONPATH": str(packages)} if packages else {})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _LOAD, str(merged), str(peft)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT"):
            found: dict[str, object] = json.loads(line.removeprefix("RESULT"))
            return found
    raise SystemExit(done.stderr[-2000:])


def main() -> int:
    """Print the comparison; exit code 1 if the versions differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("registry", type=Path)
    parser.add_argument("name")
    parser.add_argument("version", type=int)
    parser.add_argument("--packages", type=Path, help="where the old versions are installed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        packages = arguments.packages or Path(scratch) / "packages"
        if not packages.is_dir():
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
            subprocess.run([*install, str(packages), *PINNED], check=True)
        registry, folder = Registry(arguments.registry), Path(scratch)
        chosen = {"target": "tgi", "version": arguments.version}
        export(registry, arguments.name, folder / "merged", merge=True, **chosen)
        export(registry, arguments.name, folder / "peft", **chosen)
        new = load(folder / "merged", folder / "peft", None)
        old = load(folder / "merged", folder / "peft", packages)
    apart = max(abs(a - b) for a, b in zip(new["logits"], old["logits"], strict=True))
    same = new["prompt"] == old["prompt"] and new["tokens"] == old["tokens"]
    print(f"{new['version']} and {old['version']}: same prompt and greedy tokens: {same},")
    print(f"largest difference of the logits {apart:.2g}")
    return 0 if same and apart < 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main())
