check --set n=0 ok.spec
