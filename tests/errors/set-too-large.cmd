check --set n=2^63 ok.spec
