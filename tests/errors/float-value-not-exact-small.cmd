run --values float-value-not-exact-small.json --exact floats.spec
