compile -O 7 ok.spec
