check --set n=3 --set n=0 ok.spec
