run --values values-not-exact-infinite.json --exact values.spec
