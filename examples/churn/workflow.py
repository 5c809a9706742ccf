"""The whole pipeline: `pyflyte run examples/churn/workflow.py churn --count 80` runs it here."""

from flytekit import workflow

from churn.features import build_examples, load_customers, split
from churn.models import Report
from churn.training import announce, evaluate, train


@workflow
def churn(count: int = 80) -> Report:
    customers = load_customers(count=count)
    parts = split(examples=build_examples(customers=customers))
    report = evaluate(model=train(examples=parts.training), holdout=parts.holdout)
    announce(report=report)
    return report
