compile --quiet floats-far.spec
