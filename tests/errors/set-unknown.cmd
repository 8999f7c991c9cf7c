check --set m=2 ok.spec
