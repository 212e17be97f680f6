"""Column lineage: what DuckDB's plan says, against queries whose answer a reader sees, and against the data itself."""

from __future__ import annotations

import duckdb
import pytest

from resources.lineage import column_sources


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id INTEGER, a INTEGER, b INTEGER, names VARCHAR[])")
    connection.execute("CREATE TABLE u (id INTEGER, c INTEGER, d INTEGER)")
    connection.execute("CREATE VIEW v AS SELECT id, a + b AS total FROM t")
    connection.execute("CREATE MACRO doubled(x) AS 2 * x")
    return connection


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a, b AS other FROM t", {"a": "t.a", "other": "t.b"}),
        ("SELECT * EXCLUDE (names) REPLACE (a + b AS a) FROM t", {"id": "t.id", "a": "t.a t.b", "b": "t.b"}),
        ("SELECT total FROM v", {"total": "t.a t.b"}),
        ("SELECT doubled(c) AS twice FROM u", {"twice": "u.c"}),
        ("SELECT a FROM t WHERE b > 1 ORDER BY id", {"a": "t.a"}),
        ("SELECT a, c FROM t JOIN u USING (id)", {"a": "t.a", "c": "u.c"}),
        ("SELECT id FROM t FULL JOIN u USING (id)", {"id": "t.id u.id"}),
        ("SELECT a FROM t SEMI JOIN u USING (id)", {"a": "t.a"}),
        ("SELECT a IN (SELECT c FROM u) AS known FROM t", {"known": "t.a u.c"}),
        ("SELECT (SELECT max(d) FROM u WHERE u.id = t.id) AS most FROM t", {"most": "u.d"}),
        ("SELECT CASE WHEN a > 0 THEN b END AS x FROM t", {"x": "t.a t.b"}),
        ("SELECT list_transform(names, lambda n: n || b) AS x FROM t", {"x": "t.b t.names"}),
        ("SELECT unnest(names) AS name, a FROM t", {"name": "t.names", "a": "t.a"}),
        (
            "SELECT a, count(*) AS n, arg_max(b, id) AS last FROM t GROUP BY a",
            {"a": "t.a", "n": "", "last": "t.b t.id"},
        ),
        ("SELECT lag(a) OVER (PARTITION BY b ORDER BY id) AS x FROM t", {"x": "t.a t.b t.id"}),
        ("SELECT a FROM t UNION ALL SELECT c FROM u", {"a": "t.a u.c"}),
        (
            "WITH w AS (SELECT id, c AS a FROM u) SELECT w.a, t.b FROM w CROSS JOIN t",
            {"a": "u.c", "b": "t.b"},
        ),
        ("SELECT DISTINCT a FROM t LIMIT 3", {"a": "t.a"}),
        ("SELECT 1 AS one", {"one": ""}),
    ],
)
def test_a_column_is_made_of_what_a_reader_sees(
    connection: duckdb.DuckDBPyConnection, sql: str, expected: dict[str, str]
) -> None:
    found = column_sources(connection, sql)
    told = {column: " ".join(sorted(map(".".join, sources))) for column, sources in found.items()}
    assert told == expected


def test_an_operator_that_is_not_known_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(NotImplementedError, match=r"teach resources/lineage\.py"):
        column_sources(connection, "SELECT a FROM t EXCEPT SELECT c FROM u")
