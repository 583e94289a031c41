"""Makes `classifier/`: a tiny ONNX text classifier for tests, of the shape that Transformers models are exported in. It adds up
what its pieces weigh. Run with the packages onnx, numpy and tokenizers: `python tests/assets/make_classifier.py`."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = Path(__file__).parent / "classifier"
LABELS = ("Calm", "Menace grave", "Insult")
# What each piece weighs for each label.
WEIGHTS = {
    "kill": (0, 6, 0),
    "##er": (0, -6, 0),
    "tuer": (0, 6, 0),
    "you": (0, 1, 1),
    "idiot": (0, 0, 6),
    "bread": (1, 0, 0),
    "ete": (1, 0, 0),
    "北": (2, 0, 0),
}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def main() -> None:
    """Writes every file anew; the bytes are the same each time."""
    HERE.mkdir(exist_ok=True)
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *WEIGHTS,
        *LETTERS,
        *(f"##{letter}" for letter in LETTERS),
        *".,!?'[]",
    ]
    (HERE / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (HERE / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "model_max_length": 64}) + "\n")
    config = {
        "architectures": ["BertForSequenceClassification"],
        "id2label": {str(place): label for place, label in enumerate(LABELS)},
        "max_position_embeddings": 64,
        "model_type": "bert",
        "pad_token_id": 0,
        "problem_type": "single_label_classification",
    }
    (HERE / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    table = np.zeros((len(pieces), len(LABELS)), dtype=np.float32)
    for piece, weights in WEIGHTS.items():
        table[pieces.index(piece)] = weights
    _write(table, HERE / "model.onnx", opset=17)
    _write(table, HERE / "newer.onnx", opset=99)
    _tokenizer(pieces)


def _write(table: np.ndarray, path: Path, opset: int) -> None:
    texts = ["texts", "pieces"]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["weights"]),
        helper.make_node("Cast", ["attention_mask"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["real", "last"], ["mask"]),
        helper.make_node("Mul", ["weights", "mask"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "pieces_axis"], ["sum"], keepdims=0),
        helper.make_node("Add", ["sum", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "classifier",
        [helper.make_tensor_value_info(name, TensorProto.INT64, texts) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", len(LABELS)])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([-1], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "pieces_axis"),
            numpy_helper.from_array(np.array([2, 0, 0], dtype=np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, producer_name="parvis-tests", opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    if opset < 30:
        onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _tokenizer(pieces: list[str]) -> None:
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", pieces.index("[CLS]")), ("[SEP]", pieces.index("[SEP]"))]
    )
    tokenizer.save(str(HERE / "tokenizer.json"), pretty=False)


if __name__ == "__main__":
    main()
