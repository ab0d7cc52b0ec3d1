import sys, duckdb, glob, os, math
wh, duck = sys.argv[1], sys.argv[2]
schemas = sys.argv[3].split(',') if len(sys.argv)>3 else ['marts']
c=duckdb.connect(); c.execute("set TimeZone='UTC'"); c.execute(f"attach '{duck}' as d (read_only)")
bad=0; n=0
for schema in schemas:
  for folder in sorted(glob.glob(f"{wh}/{schema}.db/*")):
    t=os.path.basename(folder)
    try: kinds={r[0]:r[1] for r in c.execute(f"describe select * from d.{schema}.{t}").fetchall()}
    except duckdb.Error as e: print('no', schema,t); continue
    src=f"read_parquet('{folder}/*.parquet')"
    sk={r[0]:r[1] for r in c.execute(f"describe select * from {src}").fetchall()}
    n+=1
    if list(sk)!=list(kinds): print(schema,t,'COLUMNS',set(sk)^set(kinds)); bad+=1; continue
    def sel(rel, spark):
        cols=[]
        for k,v in kinds.items():
            if v in('DOUBLE','FLOAT') or v.startswith('DECIMAL'): cols.append(f"cast(\"{k}\" as double) as \"{k}\"")
            elif v.startswith('TIMESTAMP'): cols.append(f"cast(\"{k}\" as timestamp) as \"{k}\"")
            else: cols.append(f"cast(\"{k}\" as {v}) as \"{k}\"")
        return f"select {', '.join(cols)} from {rel}"
    keys=[k for k,v in kinds.items() if not(v in('DOUBLE','FLOAT') or v.startswith('DECIMAL'))]
    order=', '.join(f'"{k}" nulls first' for k in keys) or '1'
    a=c.execute(f"select * from ({sel(src,True)}) order by {order}, all" if 0 else f"select * from ({sel(src,True)}) order by {order}").fetchall()
    b=c.execute(f"select * from ({sel('d.'+schema+'.'+t,False)}) order by {order}").fetchall()
    if len(a)!=len(b): print(schema,t,'ROWS spark',len(a),'duck',len(b)); bad+=1; continue
    cols=list(kinds); diffs={}
    for x,y in zip(a,b):
        for k,p,q in zip(cols,x,y):
            if p==q: continue
            if isinstance(p,float) and isinstance(q,float) and (abs(p-q)<=1e-9*max(1,abs(p),abs(q)) or (math.isnan(p) and math.isnan(q))): continue
            diffs.setdefault(k,[]).append((p,q))
    if diffs:
        bad+=1; print(schema,t,len(a),'rows differ in',{k:(len(v),v[0]) for k,v in diffs.items()})
print(n,'compared',bad,'bad')
