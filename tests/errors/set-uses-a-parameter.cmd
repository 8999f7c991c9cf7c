check --set n=d ok.spec
