# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""DuckDB views of a folder. They add up what attribution gave to scopes before; they attribute nothing."""

from __future__ import annotations

from . import tables

# NULL means not collected, and a plain sum would leave it out.
_WHOLE_SUM = "CREATE MACRO whole_sum(x) AS CASE WHEN count(x) = count(*) THEN sum(x) END"

_OPERATOR = """
    sum(operator_macs) AS operator_macs, 2 * sum(operator_macs) AS operator_flops,
    sum(operator_useful_macs) AS operator_useful_macs, sum(operator_other_flops) AS operator_other_flops"""

_FORMULA = """
    sum(calls) AS calls,
    CASE WHEN count(formula_macs) = count(*) FILTER (phase = 'forward') THEN sum(formula_macs) END AS formula_macs"""


def _measured(ranges_match: str) -> str:
    """The sums that a report shows: without the counts of the tensor cores there are no products, and of launches that
    were counted together there is one sum alone."""
    tensor = "sum(launches_without_tensor_metrics) = 0"
    by_launch = "sum(launches_in_scope_ranges) = 0"
    sums = {
        "multiply_add": (f"{tensor} AND {by_launch}", ("multiply_add",)),
        "other": (by_launch, ("other",)),
        "outside_dispatcher": (by_launch, ("outside",)),
        "total": (f"{tensor} AND bool_and({ranges_match})", ("multiply_add", "other", "outside", "range")),
    }
    columns = ["sum(launches) AS launches", "sum(unmeasured_launches) AS unmeasured_launches"]
    columns.append("sum(reused_launches) AS reused_launches")
    columns.append("whole_sum(reuse_bound_flops) AS reuse_bound_flops")
    for ceiling in ("", "_ceiling"):
        for name, (known, parts) in sums.items():
            sum_ = " + ".join(f"whole_sum(measured_{part}_flops{ceiling})" for part in parts)
            columns.append(f"CASE WHEN {known} THEN {sum_} END AS measured_{name}_flops{ceiling}")
    return "\n    " + ",\n    ".join(columns)


_ALL_PHASES = _measured("ranges_match")
_ONE_PHASE = _measured("launches_in_scope_ranges = scope_range_launches")
_SCOPE = """any_value(path) AS path, any_value(label) AS label, min(depth) AS depth, min(row) AS first_row,
    bool_or(outside) AS outside,"""
_LAUNCHES = """
    sum(launches) AS launches, sum(runs_in_graphs) AS runs_in_graphs,
    sum(unmeasured_launches) AS unmeasured_launches, sum(reused_launches) AS reused_launches,
    sum(launches_without_tensor_metrics) AS launches_without_tensor_metrics,
    whole_sum(flops) AS flops, whole_sum(flops_ceiling) AS flops_ceiling"""

_VIEWS = {
    "runs": """
SELECT *, found.whole AND missing_ranks = 0 AS exact FROM (
    SELECT run, count(*) AS ranks, max(world_size) AS world_size,
        greatest(coalesce(max(world_size), 0) - count(*), 0) AS missing_ranks,
        bool_and(exact) AS whole, count(*) FILTER (measured_collected) AS ranks_measured,
        bool_or(synthetic) AS synthetic, min(started_utc) AS started_utc
    FROM processes GROUP BY run) found""",
    "scope_totals": f"""
SELECT found.* REPLACE (found.exact AND missing_ranks = 0 AS exact) FROM (
    SELECT run, place, type, {_SCOPE}
        count(*) FILTER (phase = 'forward') AS ranks,{_FORMULA},{_OPERATOR},{_ALL_PHASES}, bool_and(exact) AS exact
    FROM scopes GROUP BY run, place, type) found
JOIN runs USING (run)""",
    "scope_totals_by_phase": f"""
SELECT found.* REPLACE (found.exact AND missing_ranks = 0 AS exact) FROM (
    SELECT run, place, type, phase, {_SCOPE}
        count(*) AS ranks,{_OPERATOR},{_ONE_PHASE}, bool_and(exact) AS exact
    FROM scopes GROUP BY run, place, type, phase) found
JOIN runs USING (run)""",
    "scope_by_rank": f"""
SELECT run, rank, row, any_value(place) AS place, any_value(path) AS path, any_value(type) AS type,
    any_value(label) AS label, any_value(depth) AS depth,{_FORMULA},{_OPERATOR},{_ALL_PHASES}, bool_and(exact) AS exact
FROM scopes GROUP BY run, rank, row""",
    "rank_totals": """
SELECT s.* EXCLUDE (row, place, path, label, depth, exact), p.exact, p.host, p.pid, p.gpu, p.world_size
FROM (SELECT * FROM scope_by_rank WHERE row = 0) s JOIN processes p USING (run, rank)""",
    "kernel_totals": f"""
SELECT run, kernel, class, count(DISTINCT rank) AS ranks,{_LAUNCHES} FROM kernels GROUP BY run, kernel, class""",
    "metric_totals": """
SELECT run, kernel, class, metric, precision, count(DISTINCT rank) AS ranks, sum(launches) AS launches,
    whole_sum("sum") AS "sum", whole_sum(flops) AS flops, whole_sum(flops_ceiling) AS flops_ceiling
FROM measured GROUP BY run, kernel, class, metric, precision""",
    "operator_totals": """
SELECT run, operator, arithmetic, precision, phase, status, note, count(DISTINCT rank) AS ranks,
    sum(calls) AS calls, sum(macs) AS macs, sum(useful_macs) AS useful_macs, sum(other_flops) AS other_flops
FROM operators GROUP BY run, operator, arithmetic, precision, phase, status, note""",
    "loss_totals": """
SELECT run, kind, severity, sum("count") AS "count", count(DISTINCT rank) AS ranks, any_value(text) AS text
FROM losses GROUP BY run, kind, severity
UNION ALL
SELECT run, 'rank_missing', 'error', missing_ranks, 0,
    'Ranks of the run are not in this folder, so no total is exact; export their captures, too.'
FROM runs WHERE missing_ranks > 0""",
}


def statements(folder: str) -> list[str]:
    """What makes the views of the folder."""
    out = [_WHOLE_SUM]
    for name in reversed(tables.NAMES):
        pattern = f"{folder}/{name}/*/*/part.parquet".replace("'", "''")
        source = (
            f"read_parquet('{pattern}', hive_partitioning = true, hive_types = {{'run': VARCHAR, 'rank': BIGINT}})"
        )
        # A rank whose export was interrupted has no file of processes.
        whole = "" if name == "processes" else " SEMI JOIN processes USING (run, rank)"
        out.append(f"CREATE VIEW {name} AS SELECT * FROM {source}{whole}")
    out += [f"CREATE VIEW {name} AS {query}" for name, query in _VIEWS.items()]
    return out
