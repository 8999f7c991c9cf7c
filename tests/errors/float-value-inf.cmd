run --values float-value-inf.json floats.spec
