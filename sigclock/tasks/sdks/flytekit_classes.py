"""Flyte 1: tasks that are made by calling a class, `ShellTask(name=…, metadata=…)`."""

from __future__ import annotations

from collections.abc import Container

from sigclock.interface.snapshot import Sdk
from sigclock.interface.types import Annotated, Name
from sigclock.python.values.values import Called, Constant, Items, Known, Value
from sigclock.tasks.declaration import (
    METADATA,
    Declaration,
    Part,
    Written,
    argument_node,
    arguments,
    dropped,
    function_in,
    identity,
    is_on,
    metadata_setting,
    names_of,
    typed,
    unless_none,
)

#: A file that holds none of these cannot declare a task by itself.
MARKERS = (b"flytekit", b"union")

#: Where the SDK's own classes are imported from.
HOMES = ("flytekit.", "flytekitplugins.", "union.", "unionai.")
#: A call within an expression is looked at if its name has one of these, in lower case.
WORDS = ("task", "query", "dbt", "sensor")
#: Classes of tasks whose name does not end in `Task`.
_CLASSES = frozenset(
    ["Echo", "DuckDBQuery", "DBTRun", "DBTTest", "DBTFreshness", "FileSensor", "BaseSensor"]
)
#: Classes that take a function: the decorator makes these.
_OF_FUNCTIONS = frozenset(["PythonFunctionTask", "AsyncPythonFunctionTask", "ReferenceTask"])
#: Classes of map tasks, which are read elsewhere, and one that only looks like a task.
_OTHERS = frozenset(["ArrayNodeMapTask", "MapPythonTask", "ExecutableTemplateShimTask"])
#: Parameters by position, as far as they count here (the classes' `__init__` in flytekit).
_POSITIONS: dict[str, tuple[str, ...]] = {
    "ContainerTask": ("name", "image", "command", "inputs", "metadata", "arguments", "outputs"),
    "ShellTask": (
        "name", "debug", "script", "script_file", "task_config", "shell", "inputs", "output_locs"
    ),
    "SQLTask": (
        "name", "query_template", "task_config", "task_type", "inputs", "metadata", "outputs"
    ),
    "SQLite3Task": ("name", "query_template", "inputs", "task_config", "output_schema_type"),
    "NotebookTask": (
        "name", "notebook_path", "render_deck", "stream_logs", "task_config", "inputs", "outputs",
        "output_notebooks",
    ),
    "PythonTask": ("task_type", "name", "task_config", "interface"),
    "DuckDBQuery": ("name", "query", "inputs"),
    "Echo": ("name", "inputs"),
}  # fmt: skip
_POSITIONS["RawShellTask"] = _POSITIONS["ShellTask"]
_QUERY = ("name", "query_template", "task_config", "inputs", "output_schema_type")
#: Where the type of a query's result is asked for, and what it is if it is not.
_RESULTS = ("output_schema_type", "output_structured_dataset_type")
_DEFAULT_RESULTS: dict[str, Part] = {
    "SQLite3Task": Name("flytekit.FlyteSchema"),
    "SQLAlchemyTask": Name("flytekit.FlyteSchema"),
}
_DICT, _STR = Name("dict"), Name("str")
_BOTO: dict[str, Part] = {"result": _DICT, "idempotence_token": _STR}
#: What classes give whatever they are told.
_FIXED: dict[str, dict[str, Part]] = {
    "BatchEndpointTask": {"result": _DICT},
    "BotoTask": _BOTO,
    "ChatGPTTask": {"o0": _STR},
    "DataServiceTask": {"name": _STR},
    "DownloadJSONFilesTask": {"result": Name("flytekitplugins.openai.BatchResult")},
    "GreatExpectationsTask": {"result": _DICT},
    "LeptonEndpointDeletionTask": {"o0": _STR},
    "LeptonEndpointDeploymentTask": {"o0": _STR},
    "SageMakerDeleteEndpointConfigTask": _BOTO,
    "SageMakerDeleteEndpointTask": _BOTO,
    "SageMakerDeleteModelTask": _BOTO,
    "SageMakerEndpointConfigTask": _BOTO,
    "SageMakerEndpointTask": {"result": _DICT},
    "SageMakerInvokeEndpointTask": _BOTO,
    "SageMakerModelTask": _BOTO,
    "UploadJSONLFileTask": {"result": _STR},
    "DuckDBQuery": {"result": Name("flytekit.StructuredDataset")},
    "WebhookTask": {"info": _DICT},
    "DBTRun": {"output": Name("flytekitplugins.dbt.schema.DBTRunOutput")},
    "DBTTest": {"output": Name("flytekitplugins.dbt.schema.DBTTestOutput")},
    "DBTFreshness": {"output": Name("flytekitplugins.dbt.schema.DBTFreshnessOutput")},
}
_FIXED_INPUTS: dict[str, dict[str, Part]] = {
    "ChatGPTTask": {"message": _STR},
    "DBTFreshness": {"input": Name("flytekitplugins.dbt.schema.DBTFreshnessInput")},
    "DBTRun": {"input": Name("flytekitplugins.dbt.schema.DBTRunInput")},
    "DBTTest": {"input": Name("flytekitplugins.dbt.schema.DBTTestInput")},
    "FileSensor": {"path": _STR},
}
#: Classes that give nothing unless they are told what; of others the outputs are not known.
_TOLD = frozenset(
    [
        "AirflowContainerTask",
        "AirflowTask",
        "AthenaTask",
        "BaseSensor",
        "BigQueryTask",
        "ContainerTask",
        "EagerFailureHandlerTask",
        "FileSensor",
        "HiveSelectTask",
        "HiveTask",
        "PerianContainerTask",
        "PythonAutoContainerTask",
        "PythonCustomizedContainerTask",
        "PythonInstanceTask",
        "PythonTask",
        "RawShellTask",
        "SQLAlchemyTask",
        "SQLTask",
        "ShellTask",
        "SlurmShellTask",
        "SlurmTask",
        "SnowflakeTask",
    ]
)
_NOTEBOOKS: dict[str, Part] = {
    "out_nb": Annotated(Name("flytekit.FlyteFile"), facts=("ipynb",)),
    "out_rendered_nb": Annotated(Name("flytekit.FlyteFile"), facts=("html",)),
}


def declare(call: Called, _decorators: Container[str] = frozenset(), /) -> Declaration | None:
    """The task that a call of a class makes, or None."""
    kind = _kind(call.callee)
    if kind is None:
        return _of_function(call)
    args = arguments(call, _positions(kind))
    metadata = unless_none(args.get("metadata"))
    name = args.get("name")
    if name is None or (kind not in _CLASSES and not kind.endswith("Task") and metadata is None):
        return None
    setting, version, remarks = metadata_setting(metadata, open_=call.open)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        name=identity(name) if isinstance(name, Constant) else f"{{{identity(name)}}}",
        ambiguous=not isinstance(name, Constant),
        inputs=_inputs(kind, args),
        outputs=_outputs(kind, call, args),
        ignored_inputs=_ignored(metadata),
        remarks=remarks + dropped(args, kind, "TaskMetadata"),
    )


def is_factory(_value: Value, _decorators: Container[str] = frozenset(), /) -> bool:
    """No class of this kind is applied to functions."""
    return False


def _of_function(call: Called) -> Declaration | None:
    """`PythonFunctionTask(task_config=None, task_function=f, metadata=…)`."""
    match call.callee:
        case Known(dotted) if dotted.startswith(HOMES) and _makes_of_functions(dotted):
            args = arguments(call, ("task_config", "task_function"))
        case _:
            return None
    function = function_in(args.get("task_function"))
    if function is None:
        return None
    metadata = unless_none(args.get("metadata"))
    setting, version, remarks = metadata_setting(metadata, open_=call.open)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        function,
        ignored_inputs=_ignored(metadata),
        remarks=remarks,
    )


def _makes_of_functions(dotted: str) -> bool:
    last = dotted.rpartition(".")[2]
    return last.endswith("FunctionTask") and last in _OF_FUNCTIONS


def _kind(callee: Value) -> str | None:
    """The name of a class of the SDK or of its plugins."""
    match callee:
        case Known(dotted) if dotted.startswith(HOMES) and ".models." not in dotted:
            kind = dotted.rpartition(".")[2]
        case _:
            return None
    if kind in _OF_FUNCTIONS | _OTHERS or kind.endswith("Workflow"):
        return None
    return kind if kind[:1].isupper() else None


def _positions(kind: str) -> tuple[str, ...]:
    return _POSITIONS.get(kind, _QUERY)


def _ignored(metadata: Value | None) -> tuple[str, ...]:
    if not isinstance(metadata, Called):
        return ()
    return names_of(arguments(metadata, METADATA).get("cache_ignore_input_vars"))


def _inputs(kind: str, args: dict[str, Value]) -> dict[str, Part] | None:
    if kind in _FIXED_INPUTS:
        return _FIXED_INPUTS[kind]
    if "interface" in args:
        return typed(_of_interface(args["interface"], "inputs"))
    return typed(args.get("dynamic_inputs" if kind == "WebhookTask" else "inputs"))


def _of_interface(interface: Value, name: str) -> Value | None:
    """`Interface(inputs=…, outputs=…)`."""
    if isinstance(interface, Called):
        return arguments(interface, ("inputs", "outputs")).get(name)
    return interface


def _outputs(kind: str, call: Called, args: dict[str, Value]) -> dict[str, Part] | None:
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "Echo":
        inputs = typed(args.get("inputs"))
        # It gives back what it takes, under the default names of outputs.
        return inputs and {f"o{index}": part for index, part in enumerate(inputs.values())}
    if "interface" in args:
        return typed(_of_interface(args["interface"], "outputs"))
    if "output_locs" in args:
        return _locations(args["output_locs"])
    outputs = typed(args.get("outputs"))
    if kind == "NotebookTask" and outputs is not None:
        wanted = "output_notebooks" not in args or is_on(args["output_notebooks"])
        return {**outputs, **_NOTEBOOKS} if wanted else outputs
    if "outputs" in args:
        return outputs
    return _results(kind, call, args)


def _results(kind: str, call: Called, args: dict[str, Value]) -> dict[str, Part] | None:
    """What a query gives: a table under the name `results`."""
    for name in _RESULTS:
        if name in args and unless_none(args[name]) is not None:
            written = argument_node(call, name, _positions(kind))
            return None if written is None else {"results": written}
    asks_for_none = any(name in args for name in _RESULTS)
    if kind in _DEFAULT_RESULTS and not (asks_for_none and kind == "SQLAlchemyTask"):
        return {"results": _DEFAULT_RESULTS[kind]}
    return {} if kind in _TOLD else None


def _locations(value: Value) -> dict[str, Part] | None:
    """`[OutputLocation(var="x", var_type=FlyteFile, location=…)]`."""
    locations: dict[str, Part] = {}
    if not isinstance(value, Items):
        return None if unless_none(value) is not None else {}
    for item in value.items:
        if not isinstance(item, Called):
            return None
        positions = ("var", "var_type", "location")
        name = arguments(item, positions).get("var")
        written: Written | None = argument_node(item, "var_type", positions)
        if not isinstance(name, Constant) or written is None:
            return None
        locations[str(name.value)] = written
    return locations
