# n + 1 pigeons and n holes, as DIMACS; clause DROP left out if it is not 0
BEGIN {
    for (p = 0; p <= n; p++) {
        c = ""
        for (h = 1; h <= n; h++)
            c = c p * n + h " "
        clause[++m] = c
    }
    for (h = 1; h <= n; h++)
        for (p = 0; p <= n; p++)
            for (q = 0; q < p; q++)
                clause[++m] = "-" p * n + h " -" q * n + h " "
    print "p cnf", n * (n + 1), m - (drop > 0)
    for (k = 1; k <= m; k++)
        if (k != drop)
            print clause[k] "0"
}
