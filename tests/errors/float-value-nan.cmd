run --values float-value-nan.json floats.spec
