run --values float-value-exponent-too-large.json floats.spec
