check --values x.json ok.spec
