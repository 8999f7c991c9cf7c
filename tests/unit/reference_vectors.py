#!/usr/bin/env python3
"""Writes reference_vectors.h: small models and what they give.

    python3 tests/unit/reference_vectors.py > tests/unit/reference_vectors.h

A second evaluator, written from compiler/SPEC.md, "Semantics", and not from
reference.c: values are fractions, rotations are matrices, complex numbers and
vectors are objects, exp, cos and sin are Taylor sums in rationals.  Inputs come
from the generator below, which test_reference.c has too, so that only the
results are stored.
"""
import itertools
from fractions import Fraction as Q
from functools import lru_cache, reduce
from math import floor, isqrt


# ---- numbers

class Format:
    def __init__(self, bits, fraction):
        self.unit = Q(1, 2 ** fraction)
        self.least = -(2 ** (bits - 1))
        self.most = 2 ** (bits - 1) - 1

    def __call__(self, x):
        steps = round(Q(x) / self.unit)  # Python rounds ties to even
        return max(self.least, min(self.most, steps)) * self.unit

    def quotient(self, x, y):
        if y == 0:
            if x == 0:
                return Q(0)
            return (self.most if x > 0 else self.least) * self.unit
        return self(x / y)

    def root_quotient(self, x, square):
        """round(x / sqrt(square)), by looking for the step"""
        target = (x / self.unit) ** 2 / square
        m = isqrt(floor(target))
        assert m * m <= target < (m + 1) ** 2
        middle = (m + Q(1, 2)) ** 2
        if target > middle or (target == middle and m % 2):
            m += 1
        return self((m if x > 0 else -m) * self.unit)


DIGITS = 70
EPS = Q(1, 10 ** DIGITS)


def cut(x):
    return Q(round(x * 10 ** (DIGITS + 10)), 10 ** (DIGITS + 10))


def taylor(x, start, step):
    """sum of x^k / k! over k = start, start + step, ..., signs alternating if step is 2"""
    term, total, k = Q(1), Q(0), 0
    while k < start or abs(term) > EPS or k < 2 * abs(x):
        if k >= start and (k - start) % step == 0:
            total += term if step == 1 or (k - start) % 4 == 0 else -term
        k += 1
        term = cut(term * x / k)
    return total


@lru_cache(None)
def exp(x):
    if x < 0:
        return 1 / exp(-x)
    halvings = 0
    while x > 1:
        x, halvings = x / 2, halvings + 1
    y = taylor(x, 0, 1)
    for _ in range(halvings):
        y = cut(y * y)
    return y


def root(x, k):
    """x^(1/k) to DIGITS digits, by bisection on integers"""
    scale = 10 ** (DIGITS + 20)
    lo, hi = 0, floor(max(x, 1) * scale) + 1
    while hi - lo > 1:
        mid = (lo + hi) // 2
        if Q(mid, scale) ** k <= x:
            lo = mid
        else:
            hi = mid
    return Q(lo, scale)


@lru_cache(None)
def frequency(base, pair, width):
    return 1 if pair == 0 else root(base ** (-2 * pair), width)


@lru_cache(None)
def matrix(fmt, base, width, pair, position):
    """the rotation by position * base^(-2 pair / width), its entries rounded"""
    angle = position * frequency(base, pair, width)
    c, s = fmt(taylor(angle, 0, 2)), fmt(taylor(angle, 1, 2))
    return ((c, -s), (s, c))


# ---- the model

def exact(x):
    return x


class Head:
    """one head; X is n rows, W the matrices of this head, d columns each"""

    def __init__(self, fmt, att, n):
        self.fmt, self.n, self.d = fmt, n, att["dh"]
        self.att, self.order = att, att["order"]
        self.op = att["rounding"] == "op"
        self.r = fmt if self.op else exact  # what `op` rounds and `block` does not
        self.once = exact if att["rounding"] == "layer" else fmt  # and what `block` rounds

    def sum(self, terms):
        return self.r(sum(terms, Q(0)))

    def matrix(self, pair, position):
        return matrix(self.fmt, self.att["base"], self.d, pair, position)

    def turn(self, vector, position):
        out = []
        for pair in range(self.d // 2):
            m = self.matrix(pair, position)
            x, y = vector[2 * pair:2 * pair + 2]
            if self.op:  # -sin: the product by sin, subtracted
                s = m[1][0]
                out.append(self.fmt(self.fmt(x * m[0][0]) - self.fmt(y * s)))
                out.append(self.fmt(self.fmt(x * s) + self.fmt(y * m[1][1])))
            else:
                out += [row[0] * x + row[1] * y for row in m]
        return out

    def project(self, X, W, rate=None):
        rows = []
        for i, x in enumerate(X):
            v = [self.sum(self.r(a * w[c]) for a, w in zip(x, W)) for c in range(self.d)]
            if rate is not None:
                v = self.turn(v, rate * i)
            rows.append([self.once(e) for e in v])
        return rows

    def hadamard(self, vectors):
        return reduce(lambda u, v: [self.r(a * b) for a, b in zip(u, v)], vectors)

    def complex_product(self, vectors):
        r = self.r

        def times(u, v):
            out = []
            for p in range(0, self.d, 2):
                a, b, c, e = u[p], u[p + 1], v[p], v[p + 1]
                out += [r(r(a * c) - r(b * e)), r(r(a * e) + r(b * c))]
            return out
        return reduce(times, vectors)

    def scaled(self, s):
        mul, div, is_root = self.att["scale"]
        if self.once is exact:  # of a root enough digits for exp
            return s * mul / (root(div, 2) if is_root else div)
        if is_root:
            return self.fmt.root_quotient(s * mul, div)
        return self.fmt(s * mul / div)

    def score(self, q, keys, i, js):
        mode = self.att["rope"]
        if mode == "flat":
            position = sum(j * self.n ** e for e, j in enumerate(js)) - i
            k = self.turn(self.hadamard(keys), position)
        elif mode == "query2":
            k = self.hadamard([self.turn(keys[0], js[0] - i)] + keys[1:])
        elif mode == "complex":
            k = self.complex_product(keys)
        else:
            k = self.hadamard(keys)
        if mode == "complex" and self.op:
            s = self.sum(self.fmt(q[p] * k[p]) + self.fmt(q[p + 1] * k[p + 1])
                         for p in range(0, self.d, 2))
        else:
            s = self.sum(self.r(a * b) for a, b in zip(q, k))
        return self.scaled(s)

    def weight(self, s):
        if s > 70:  # past every format, and half of every format's least number
            return self.fmt(Q(2 ** 70))
        return Q(0) if s < -70 else self.fmt(exp(s))

    def run(self, X, Ws):
        keys = self.order - 1
        own = {"each": (1, 1), "complex": (keys, 1)}.get(self.att["rope"], (None, None))
        q = self.project(X, Ws[0], own[0])
        ks = [self.project(X, W, own[1]) for W in Ws[1:1 + keys]]
        vs = [self.project(X, W) for W in Ws[1 + keys:]]
        fmt, result = self.fmt, []
        for i in range(self.n):
            tuples = [js for js in itertools.product(range(self.n), repeat=keys)
                      if self.att["mask"] == "none" or max(js) <= i]
            a = {js: self.weight(self.score(q[i], [k[j] for k, j in zip(ks, js)], i, js))
                 for js in tuples}
            v = {js: self.hadamard([u[j] for u, j in zip(vs, js)]) for js in tuples}
            D = self.sum(a.values())
            row = []
            for c in range(self.d):
                N = self.sum(self.r(a[js] * v[js][c]) for js in tuples)
                if self.op:
                    row.append(fmt(fmt.quotient(Q(1), D) * N))
                else:
                    row.append(fmt.quotient(N, D))
            result.append(row)
        return result


def attention(fmt, att, X, Ws):
    n, d = len(X), att["dh"]
    heads = []
    for h in range(att["heads"]):
        mine = [[row[h * d:h * d + d] for row in W] for W in Ws]
        heads.append(Head(fmt, att, n).run(X, mine))
    return [sum((head[i] for head in heads), []) for i in range(n)]


# ---- the cases

class Inputs:
    def __init__(self, seed):
        self.state = seed

    def next(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return low + (self.state >> 33) % (high - low + 1)


def evaluate(case):
    fmt, values = Format(case["bits"], case["fraction"]), Inputs(case["seed"])
    n, width = case["n"], case["width"]

    def tensor(rows, columns, low, high):
        return [[values.next(low, high) * fmt.unit for _ in range(columns)] for _ in range(rows)]
    X = tensor(n, width, *case["xrange"])
    for att in case["blocks"]:
        columns = att["heads"] * att["dh"]
        Ws = [tensor(len(X[0]), columns, *case["wrange"]) for _ in range(2 * att["order"] - 1)]
        X = attention(fmt, {**att, "rounding": case["rounding"]}, X, Ws)
    return [int(x / fmt.unit) for row in X for x in row]


def block(order, dh, heads=1, mask="none", rope="none", base=Q(10000), scale=(Q(1), Q(1), False)):
    return dict(order=order, dh=dh, heads=heads, mask=mask, rope=rope, base=base, scale=scale)


def cases():
    seed = 0

    def case(n, width, bits, fraction, rounding, *blocks, x=None, w=None):
        nonlocal seed
        seed += 1
        top = 2 ** (bits - 1)
        one = 2 ** fraction
        full = (-top, top - 1)
        small = (max(-top, -2 * one), min(top - 1, 2 * one))
        ranges = {"full": full, "small": small, None: small}
        return dict(n=n, width=width, bits=bits, fraction=fraction, rounding=rounding, seed=seed,
                    xrange=ranges[x], wrange=ranges[w], blocks=blocks)

    scales = [(Q(1), Q(1), False), (Q(1), Q(3), False), (Q(1), Q(2), True), (Q(-3, 2), Q(1), False),
              (Q(5, 3), Q(7, 2), True), (Q(-1), Q(4), True)]
    turn = 0
    for rounding in ("block", "op"):
        for order in (2, 3, 4):
            modes = ["none", "each", "complex"] + (["flat", "query2"] if order > 2 else [])
            for rope in modes:
                for mask in ("none", "causal"):
                    for k, (bits, fraction) in enumerate([(10, 5), (6, 3), (16, 8), (5, 0), (6, 5),
                                                          (5, 5)]):
                        turn += 1
                        n = 2 if order == 4 else 3
                        base = [Q(10000), Q(3), Q(1), Q(1, 4), Q(25, 2)][turn % 5]
                        yield case(n, 3, bits, fraction, rounding,
                                   block(order, 4 if k % 2 else 2, 1 + (k == 0), mask, rope, base,
                                         scales[turn % len(scales)]),
                                   x="full" if k % 3 == 1 else "small", w="small")
                    # everything saturates, exp is 0 or the largest
                    yield case(2, 2, 6, 2, rounding, block(order, 2, 1, mask, rope), x="full",
                               w="full")
    for rounding in ("block", "op"):
        # op: a score saturates, and only then the scale brings it back
        for rope in ("none", "complex", "flat"):
            yield case(3, 2, 8, 4, rounding, block(3, 2, rope=rope, scale=(Q(1), Q(5), False)),
                       x="full")
            yield case(3, 2, 8, 4, rounding, block(3, 2, rope=rope, scale=(Q(1), Q(30), True)),
                       x="full")
        # odd width, one token, wide words
        yield case(3, 2, 9, 4, rounding, block(3, 3))
        yield case(1, 1, 8, 3, rounding, block(2, 1), x="full", w="full")
        yield case(1, 2, 8, 3, rounding, block(4, 2, rope="flat"), x="full", w="full")
        yield case(2, 2, 40, 30, rounding, block(3, 2, rope="complex", base=Q(7)))
        yield case(2, 2, 62, 40, rounding, block(3, 2, rope="flat"))
        yield case(2, 2, 62, 60, rounding, block(3, 4, rope="query2", base=Q(9, 7)), x="full",
                   w="full")
        yield case(2, 2, 1, 0, rounding, block(3, 2, rope="each"))
        yield case(2, 2, 2, 1, rounding, block(3, 2, rope="each"))
        # later positions
        yield case(6, 2, 12, 9, rounding, block(3, 2, rope="flat"))
        yield case(12, 2, 12, 9, rounding, block(2, 4, rope="each", mask="causal"))
        # blocks in sequence, widths changing
        yield case(3, 2, 10, 5, rounding, block(2, 2, 2, rope="each"), block(3, 3, 2, "causal"),
                   block(3, 2, 1, rope="flat", scale=(Q(1), Q(2), False)))
    # only weights and results rounded
    for order in (2, 3, 4):
        for rope in ["none", "each", "complex"] + (["flat", "query2"] if order > 2 else []):
            for k, (bits, fraction) in enumerate([(10, 5), (6, 3), (5, 0), (6, 5), (16, 8)]):
                turn += 1
                base = [Q(10000), Q(3), Q(1), Q(1, 4), Q(25, 2)][turn % 5]
                yield case(2 if order == 4 else 3, 2 + k % 2, bits, fraction, "layer",
                           block(order, 4 if k % 2 else 2, 1 + (k == 0),
                                 "causal" if turn % 2 else "none", rope, base,
                                 scales[turn % len(scales)]),
                           x="full" if k % 3 == 1 else "small", w="small")
    yield case(1, 1, 2, 1, "layer", block(3, 1), x="full", w="full")
    yield case(2, 2, 62, 40, "layer", block(3, 2, rope="flat"))
    yield case(3, 2, 10, 5, "layer", block(2, 2, 2, rope="each"), block(3, 3, 2, "causal"),
               block(3, 2, 1, rope="flat", scale=(Q(1), Q(2), False)))


def number(q):
    return f'"{q}"'


def main():
    blocks, tests, results = [], [], []
    for case in cases():
        y = evaluate(case)
        tests.append("{%d, %d, %d, %d, %s, %d, {%d, %d}, {%d, %d}, %d, %d, %d}" % (
            case["n"], case["width"], case["bits"], case["fraction"],
            "TC_" + case["rounding"].upper(), case["seed"], *case["xrange"], *case["wrange"],
            len(blocks), len(case["blocks"]), len(results)))
        for b in case["blocks"]:
            mul, div, is_root = b["scale"]
            blocks.append("{%d, %d, %d, TC_MASK_%s, TC_ROPE_%s, %s, %s, %s, %s}" % (
                b["order"], b["heads"], b["dh"], b["mask"].upper(), b["rope"].upper(),
                number(b["base"]), number(mul), number(div), "true" if is_root else "false"))
        results += y
    print("/* reference_vectors.h -- written by reference_vectors.py; see there */")
    print("\n/* order, heads, head width, mask, rope, base, multiply, divide, root */")
    print("static const struct vector_block vector_block[] = {")
    print("".join(f"    {b},\n" for b in blocks) + "};")
    print("\n/* n, width, bits, fraction, rounding, seed, least and most of X, of the weights,")
    print(" * first block, blocks, first result */")
    print("static const struct vector_case vector_case[] = {")
    print("".join(f"    {t},\n" for t in tests) + "};")
    print("\nstatic const int64_t vector_result[] = {")
    for k in range(0, len(results), 12):
        print("    " + ", ".join(str(v) for v in results[k:k + 12]) + ",")
    print("};")


if __name__ == "__main__":
    main()
