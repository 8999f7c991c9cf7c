check --set n=abc ok.spec
