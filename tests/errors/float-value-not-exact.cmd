run --values float-value-not-exact.json --exact floats.spec
