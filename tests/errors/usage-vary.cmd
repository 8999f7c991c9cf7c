sweep --vary n ok.spec
