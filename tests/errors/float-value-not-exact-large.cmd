run --values float-value-not-exact-large.json --exact floats.spec
