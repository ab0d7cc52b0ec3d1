import sys, os, time, json, shutil
from pathlib import Path
wt, ws, out = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
args = sys.argv[4:]
shutil.rmtree(out, ignore_errors=True); out.mkdir(parents=True)
proj = out/'proj'
shutil.copytree(wt/'dbt_project', proj, ignore=shutil.ignore_patterns('target','logs','__pycache__'))
for s in (ws/'var/dbt/seeds').glob('*.csv'):
    shutil.copy(s, proj/'seeds'/s.name)
# rename schema files for spark
lake = ws/'var/lake'
for p in list(lake.glob('*/day=1970-01-01/_schema.parquet')): p.rename(p.with_name('schema.parquet'))
for p in list(lake.glob('history/*/_schema.parquet')): p.rename(p.with_name('schema.parquet'))
os.environ.update(GAPSIGHT_LAKE=str(lake), GAPSIGHT_SPARK_WAREHOUSE=str(out/'wh'), DBT_LOG_LEVEL='info')
os.chdir(out)
from dbt.cli.main import dbtRunner
t=time.time()
res = []
def cb(e):
    if e.info.name in ('LogModelResult','LogSeedResult','LogTestResult'):
        d=e.data
        res.append((d.node_info.node_name, d.status, d.execution_time))
r = dbtRunner(callbacks=[cb]).invoke([*args, '--project-dir', str(proj), '--profiles-dir', str(proj), '--target','spark','--target-path', str(out/'target'),'--log-path', str(out/'logs'), '--vars', json.dumps({'as_of':'','reporting_zone':'UTC','ticket_site':''}), '--no-use-colors','--no-write-json'])
print('wall', time.time()-t, 'exec', sum(x[2] for x in res), len(res))
bad=[x for x in (r.result.results if r.result else []) if str(x.status) not in ('success','pass')]
from collections import Counter
print(Counter(str(x.status) for x in (r.result.results if r.result else [])))
with open(out/'bad.txt','w') as f:
    for x in bad:
        if str(x.status)!='skipped': f.write(f"== {x.node.name} {x.status}\n{(x.message or '')[:1500]}\n")
res.sort(key=lambda x:-x[2])
for x in res[:12]: print(x)
if r.exception: print(r.exception)
