run --values values-too-many-rows.json values.spec
