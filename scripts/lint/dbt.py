"""Stand-ins for dbt's own macros, so that the SQL linter can render models without a database."""


def dateadd(part: str, interval: object, column: str) -> str:
    return f"date_add({column}, {interval})"


def datediff(first: str, second: str, part: str) -> str:
    return f"datediff('{part}', {first}, {second})"


def listagg(measure: str, delimiter: str, order_by: str) -> str:
    return f"string_agg({measure}, {delimiter} {order_by})"


def date_trunc(part: str, column: str) -> str:
    return f"date_trunc('{part}', {column})"
