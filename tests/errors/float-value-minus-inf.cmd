run --values float-value-minus-inf.json floats.spec
