"""Which columns of which tables each column of a query is made of, as DuckDB itself understands the query.

DuckDB binds the statement, so stars, views, macros, USING and lambdas are resolved by the engine that will run it;
what is left here is to follow its plan from the tables up. Only values are followed: a column that merely chooses
rows, in WHERE or in the condition of a join, is no part of what a value is made of. An operator that is not known
here is an error, since a lineage that is wrong is worse than none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

Source = tuple[str, str]  # table and column
Node = dict[str, Any]
Columns = list[set[Source]]  # of an operator's result, in order

SAME_COLUMNS = ("LOGICAL_FILTER", "LOGICAL_ORDER_BY", "LOGICAL_DISTINCT", "LOGICAL_LIMIT")
ADDING_COLUMNS = ("LOGICAL_WINDOW", "LOGICAL_UNNEST")
ONE_SIDED_JOINS = ("SEMI", "ANTI")
# Parts of an expression whose references are not to the columns below: bodies of lambdas.
OF_THEIR_OWN = ("function_data", "lambda_expr")


def column_sources(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, set[Source]]:
    """The columns of a query, each with the columns of base tables that its values are made of."""
    names = connection.sql(f"FROM ({sql}) LIMIT 0").columns
    told = connection.execute("SELECT json_serialize_plan(?)", [sql]).fetchall()[0][0]
    answer = json.loads(told)
    if answer["error"]:
        raise ValueError(f"DuckDB does not tell the plan of this statement: {answer['error_message']}")
    return dict(zip(names, _Plan().columns(answer["plans"][0]), strict=True))


class _Plan:
    """A bound plan. Each operator's columns are worked out from those of the operators below."""

    def __init__(self) -> None:
        self.named: dict[int, Columns] = {}  # common table expressions

    def columns(self, node: Node) -> Columns:
        """What the columns of an operator's result are made of."""
        kind, below = node["type"], node["children"]
        if kind == "LOGICAL_MATERIALIZED_CTE":
            self.named[node["table_index"]] = self.columns(below[0])
            return self.columns(below[1])
        if kind == "LOGICAL_CTE_REF":
            return self.named[node["cte_index"]]
        if kind == "LOGICAL_GET":
            return _of_table(node)
        if kind == "LOGICAL_DUMMY_SCAN":
            return [set()]
        inputs = [self.columns(child) for child in below]
        if kind == "LOGICAL_UNION":
            return [set.union(*place) for place in zip(*inputs, strict=True)]
        if kind == "LOGICAL_CROSS_PRODUCT":
            return inputs[0] + inputs[1]
        if kind == "LOGICAL_COMPARISON_JOIN":
            return _of_join(node, *inputs)
        if kind in SAME_COLUMNS:
            return _kept(inputs[0], node.get("projection_map") or node.get("projections"))
        made = [_made_of(one, inputs[0]) for one in node.get("expressions", [])]
        if kind == "LOGICAL_PROJECTION":
            return made
        if kind == "LOGICAL_AGGREGATE_AND_GROUP_BY":
            return [_made_of(one, inputs[0]) for one in node["groups"]] + made
        if kind in ADDING_COLUMNS:
            return inputs[0] + made
        raise NotImplementedError(f"the lineage through {kind} is not known; teach resources/lineage.py")


def _of_table(node: Node) -> Columns:
    """A scan. What is no table of ours, a function of the engine say, is the source of nothing."""
    if (node.get("function_data") or {}).get("table") is None:
        return [set() for _ in node["column_indexes"]]
    table, names = node["function_data"]["table"], node["names"]
    # Beyond the names are row ids, which stand for no column.
    places = [column["index"] for column in node["column_indexes"]]
    read = [{(table, names[place])} if place < len(names) else set() for place in places]
    return _kept(read, node["projection_ids"])


def _of_join(node: Node, left: Columns, right: Columns) -> Columns:
    of_left = _kept(left, node["left_projection_map"])
    if node["join_type"] in ONE_SIDED_JOINS:
        return of_left
    if node["join_type"] == "MARK":  # whether the value occurs on the other side
        pairs = node["conditions"]
        found = (_made_of(pair["left"], left) | _made_of(pair["right"], right) for pair in pairs)
        return [*of_left, set().union(*found)]
    return of_left + _kept(right, node["right_projection_map"])


def _kept(columns: Columns, places: list[int] | None) -> Columns:
    """Those that an operator passes on; no places are all of them."""
    return [columns[place] for place in places] if places else columns


def _made_of(expression: Node, columns: Columns) -> set[Source]:
    return set().union(*(columns[place] for place in _references(expression)))


def _references(part: Any) -> Iterator[int]:
    """Places of the columns below that an expression names."""
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    elif isinstance(part, dict):
        if part.get("expression_class") == "BOUND_REF":
            yield part["index"]
        for name, each in part.items():
            if name not in OF_THEIR_OWN:
                yield from _references(each)
