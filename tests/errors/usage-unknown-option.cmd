check --sett n=2 ok.spec
