compile --quiet floats-wide.spec
