chek ok.spec
