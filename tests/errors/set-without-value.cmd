check --set n= ok.spec
