/* main.c -- drat-check FORMULA PROOF: whether the proof shows that the formula is
 * unsatisfiable.  Exit status 0 if it does, 1 if not, 2 wrong usage, 3 a file that cannot
 * be read, 4 a limit. */
#include "drat.h"

#include <errno.h>
#include <string.h>

static FILE *open_file(const char *name)
{
    FILE *f = fopen(name, "rb");

    if (!f)
        fprintf(stderr, "%s: error: cannot open it: %s\n", name, strerror(errno));
    return f;
}

int main(int argc, char **argv)
{
    static const int status[] = {[TC_DRAT_PROVED] = 0,
                                 [TC_DRAT_REJECTED] = 1,
                                 [TC_DRAT_MALFORMED] = 3,
                                 [TC_DRAT_TIMEOUT] = 4};
    struct tc_drat_result r;
    FILE *cnf, *proof;

    if (argc != 3) {
        fputs("usage: drat-check FORMULA.cnf PROOF.drat\n"
              "says whether a DRAT proof, in text, shows that a DIMACS formula is unsatisfiable\n",
              stderr);
        return 2;
    }
    cnf = open_file(argv[1]);
    proof = cnf ? open_file(argv[2]) : NULL;
    if (!proof) {
        if (cnf)
            fclose(cnf);
        return 3;
    }
    tc_drat_check(cnf, proof, 0, &r);
    fclose(cnf);
    fclose(proof);
    if (r.verdict == TC_DRAT_PROVED)
        printf("proved: %llu lemmas checked, %llu by resolution; %llu deletions\n",
               (unsigned long long)r.lemmas, (unsigned long long)r.rat,
               (unsigned long long)r.deletions);
    else
        printf("%s: %s\n", r.verdict == TC_DRAT_REJECTED ? "rejected" : "error", r.msg);
    return fflush(stdout) ? 3 : status[r.verdict];
}
