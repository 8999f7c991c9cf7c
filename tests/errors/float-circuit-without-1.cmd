compile --quiet floats-emin.spec
