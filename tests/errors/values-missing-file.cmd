run --values no-such-file.json values.spec
