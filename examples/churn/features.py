"""From customers to numbers."""

from flytekit import Cache, task

from churn.contracts import Segment, contract_number
from churn.models import Customer, Example, Split


@task(cache=True, cache_version="1.0")
def load_customers(count: int) -> list[Customer]:
    customers = []
    for number in range(count):
        contract = contract_number(number)
        calls = number * 5 % 9
        customers.append(
            Customer(
                id=f"C{number:04}",
                contract=contract,
                support_calls=calls,
                churned=calls * 6 > contract.months,
            )
        )
    return customers


@task(cache=Cache(version="2", ignored_inputs=("verbose",)))
def build_examples(customers: list[Customer], verbose: bool = False) -> list[Example]:
    if verbose:
        print(f"{len(customers)} customers")
    return [
        Example(
            customer=customer.id,
            values=[
                float(customer.contract.months),
                customer.contract.monthly_fee,
                float(customer.contract.segment is Segment.BUSINESS),
                float(customer.support_calls),
            ],
            churned=customer.churned,
        )
        for customer in customers
    ]


@task
def split(examples: list[Example]) -> Split:
    """Hold back every fourth example: too cheap to cache."""
    return Split(
        training=[example for index, example in enumerate(examples) if index % 4],
        holdout=examples[::4],
    )
