/* class_claims.c -- what others have stated, in our words
 *
 * The one place for it: what is printed with a source stands here, or is called ours. */
#include "class.h"

const struct tc_claim tc_claims[TC_NCLAIM] = {
    [TC_CLAIM_ROPE_TENSOR] = {"RoPE-based tensor attention transformers with polynomial precision, "
                              "a constant number of layers and linear width are in "
                              "DLOGTIME-uniform TC0",
                              "arXiv 2412.18040, Theorem 4.5", 'S'},
    [TC_CLAIM_TENSOR] = {"tensor attention transformers with polynomial precision, a constant "
                         "number of layers and linear width are in DLOGTIME-uniform TC0",
                         "arXiv 2412.18040, Theorem 3.7", 'S'},
    [TC_CLAIM_ROPE] = {"RoPE transformers with polynomial precision, a constant number of layers and "
                       "linear width are in DLOGTIME-uniform TC0",
                       "arXiv 2411.07602", 'A'},
    [TC_CLAIM_ROPE_FORMULA] = {"RoPE transformers with polynomial precision, a constant number of layers "
                       "and linear width cannot solve the Boolean formula value problem unless "
                       "TC0 = NC1",
                       "arXiv 2411.07602", 'A'},
    [TC_CLAIM_LOG_PRECISION] = {"transformers of logarithmic precision are in log-uniform TC0",
                                "Merrill and Sabharwal, NeurIPS 2023 (arXiv 2210.02671), Theorem 2",
                                'F'},
    [TC_CLAIM_POLY_PRECISION] = {"softmax attention transformers with poly(n) bits of floating-point "
                                 "precision are in DLOGTIME-uniform TC0",
                                 "Chiang, TMLR 2025 (arXiv 2409.13629)", 'A'},
    [TC_CLAIM_AVERAGE_HARD] = {"average-hard attention transformers, without any approximation, are "
                               "in DLOGTIME-uniform TC0",
                               "Chiang, TMLR 2025 (arXiv 2409.13629)", 'A'},
    [TC_CLAIM_UNIQUE_HARD] = {"unique hard attention transformers recognise languages in AC0",
                              "Hao, Angluin and Frank 2022, in the survey of Strobl et al., TACL 2024",
                              'F'},
    [TC_CLAIM_DIVISION] = {"division is in DLOGTIME-uniform TC0",
                           "Hesse, Allender and Barrington, JCSS 65 (2002)", 'A'},
    [TC_CLAIM_COMPOSITION] = {"a uniform computation graph of constant depth whose nodes are in TC0 "
                              "computes a function in TC0",
                              "Merrill and Sabharwal, NeurIPS 2023 (arXiv 2210.02671), Corollary 3.1",
                              'F'},
    [TC_CLAIM_LOOPS] = {"transformers with of the order of log n layers recognise all regular "
                        "languages and decide graph connectivity",
                        "Merrill and Sabharwal, arXiv 2503.03961", 'S'},
    [TC_CLAIM_MEMBERSHIP] = {"tensor attention transformers, with RoPE and without, do not solve "
                             "every fixed membership problem unless TC0 = NC1",
                             "arXiv 2412.18040, Theorem 5.6", 'S'},
    [TC_CLAIM_CLOSURE] = {"tensor attention transformers, with RoPE and without, do not solve every "
                          "(A_{F,r})* closure problem unless TC0 = NC1",
                          "arXiv 2412.18040, Theorem 5.7", 'S'},
    [TC_CLAIM_CLOSURE_COMPLETE] = {"for every finite non-solvable monoid A there are a group F in A "
                                   "and a constant r for which the (A_{F,r})* closure problem is "
                                   "NC1-complete",
                                   "Allender, Arvind and Mahajan, TOCS 36 (2003), Theorem 7.3(a) as "
                                   "corrected in TOCS 53 (2013)",
                                   'A'},
    [TC_CLAIM_FORMULA] = {"the value of Boolean formulas is complete for NC1 under DLOGTIME reductions",
                          "Buss, STOC 1987, in the survey of Strobl et al., TACL 2024", 'F'},
    [TC_CLAIM_WORD] = {"the word problem of A5 is complete for NC1 under AC0 reductions",
                       "Barrington, JCSS 38 (1989), in the survey of Strobl et al., TACL 2024", 'F'},
    [TC_CLAIM_MAJORITY] = {"majority is in TC0 and not in AC0",
                           "the survey of Strobl et al., TACL 2024", 'F'},
    [TC_CLAIM_FOM] = {"DLOGTIME-uniform TC0 is FOM[BIT], first-order logic with majority and BIT",
                      "the survey of Strobl et al., TACL 2024", 'F'},
};

const char *tc_claim_read(const struct tc_claim *c)
{
    return c->tag == 'F'   ? "read in full"
           : c->tag == 'A' ? "its abstract was read"
                           : "read in secondary sources";
}

const char *tc_claim_text(struct tc_arena *a, const struct tc_claim *c)
{
    return tc_sprintf(a, "%s (%s; %s)", c->statement, c->source, tc_claim_read(c));
}
