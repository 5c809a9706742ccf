"""From numbers to a model, and to an opinion about it."""

import math
import statistics

from flytekit import task

from churn.models import Example, Model, Report, Scale

ROUNDS = 200
RATE = 0.5


def scaled(values: list[float], scale: Scale) -> list[float]:
    return [
        (value - mean) / spread
        for value, mean, spread in zip(values, scale.mean, scale.spread, strict=True)
    ]


def risk(model: Model, example: Example) -> float:
    """How likely this customer is to leave, from 0 to 1."""
    terms = zip(model.weights, scaled(example.values, model.scale), strict=True)
    score = model.bias + sum(weight * value for weight, value in terms)
    return 1 / (1 + math.exp(-score))


@task(cache=True, cache_version="1.0")
def train(examples: list[Example]) -> Model:
    """Fit a logistic regression by plain gradient descent."""
    columns = list(zip(*(example.values for example in examples), strict=True))
    scale = Scale(
        mean=[statistics.fmean(column) for column in columns],
        spread=[statistics.pstdev(column) or 1.0 for column in columns],
    )
    model = Model(weights=[0.0] * len(columns), bias=0.0, scale=scale)
    for _ in range(ROUNDS):
        errors = [example.churned - risk(model, example) for example in examples]
        model.bias += RATE * statistics.fmean(errors)
        for index in range(len(columns)):
            pulls = (
                error * scaled(example.values, scale)[index]
                for error, example in zip(errors, examples, strict=True)
            )
            model.weights[index] += RATE * statistics.fmean(pulls)
    return model


@task(cache=True, cache_version="1.0")
def evaluate(model: Model, holdout: list[Example]) -> Report:
    right = [(risk(model, example) > 0.5) == example.churned for example in holdout]
    staying = [example for example in holdout if not example.churned]
    return Report(
        accuracy=sum(right) / len(right),
        holdout_size=len(holdout),
        most_likely_to_leave=max(staying, key=lambda example: risk(model, example)).customer,
    )


@task(cache=True, cache_version="1.0")  # sigclock: ignore[void-cached] once is enough on a laptop
def announce(report: Report) -> None:
    print(f"accuracy {report.accuracy:.0%} on {report.holdout_size} customers")
