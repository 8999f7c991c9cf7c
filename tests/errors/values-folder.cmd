run --values . values.spec
