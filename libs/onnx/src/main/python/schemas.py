"""Writes the operator schemas of ONNX as the table that libs/onnx reads.

    python libs/onnx/src/main/python/schemas.py    (needs the package onnx; run again for a newer one)

One line for each operator and version, fields separated by tabs: domain, operator, since which opset, inputs at
least/at most, outputs at least/at most, deprecated or not, attributes (name:TYPE, ! if required), inputs and outputs
(type parameter or type, ? if optional, * if variadic, ~ if their types may differ), type parameters.
"""

import pathlib

import onnx
from onnx import defs

OUT = pathlib.Path(__file__).parents[1] / "resources/io/millrace/onnx/schema/operators.tsv"
UNBOUNDED = 2**31 - 1


def short(type_name):
    return type_name.replace("tensor(", "").replace(")", "") if type_name.startswith("tensor(") else type_name


def formal(parameter):
    option = {"Optional": "?", "Variadic": "*"}.get(parameter.option.name, "")
    mixed = "~" if parameter.option.name == "Variadic" and not parameter.is_homogeneous else ""
    return short(parameter.type_str) + option + mixed


def line(schema):
    attributes = [
        name + ":" + attribute.type.name + ("!" if attribute.required else "")
        for name, attribute in sorted(schema.attributes.items())
    ]
    types = [
        constraint.type_param_str + "=" + "|".join(sorted(short(t) for t in constraint.allowed_type_strs))
        for constraint in schema.type_constraints
    ]
    count = lambda n: "*" if n >= UNBOUNDED else str(n)
    return "\t".join(
        [
            schema.domain,
            schema.name,
            str(schema.since_version),
            count(schema.min_input),
            count(schema.max_input),
            count(schema.min_output),
            count(schema.max_output),
            "deprecated" if schema.deprecated else "",
            ",".join(attributes),
            ",".join(formal(p) for p in schema.inputs),
            ",".join(formal(p) for p in schema.outputs),
            ";".join(types),
        ]
    )


schemas = [s for s in defs.get_all_schemas_with_history() if s.domain in ("", "ai.onnx.ml")]
schemas.sort(key=lambda s: (s.domain, s.name, s.since_version))
OUT.parent.mkdir(parents=True, exist_ok=True)
with OUT.open("w") as out:
    out.write(f"# onnx {onnx.__version__}, opset {defs.onnx_opset_version()}; made by schemas.py\n")
    for schema in schemas:
        out.write(line(schema) + "\n")
print(len(schemas), "schemas in", OUT)
