"""The seeds of a workspace, checked before dbt sees them: file, line and what to do about it.

Says nothing of its own about a seed: columns, types and tests are read from
`dbt_project/seeds/*.yml`, so that this check and the dbt run cannot disagree. Needs neither dbt nor
a database.
"""

from gapsight.seeds.check import Report, check_seeds, effective_seed
from gapsight.seeds.files import Problem

__all__ = ["Problem", "Report", "check_seeds", "effective_seed"]
