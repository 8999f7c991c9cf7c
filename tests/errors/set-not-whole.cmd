check --set n=1/2 ok.spec
