compile --max-weight 2 ok.spec
