check --set n=2^31 ok.spec
