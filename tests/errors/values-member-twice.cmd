run --values values-member-twice.json values.spec
