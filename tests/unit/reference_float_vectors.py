#!/usr/bin/env python3
"""Writes reference_float_vectors.h: small models in float formats and what they give.

    python3 tests/unit/reference_float_vectors.py > tests/unit/reference_float_vectors.h

The evaluator is that of reference_vectors.py.  A format is the list of all its
numbers, and rounding is a search in it.
"""
import itertools
from bisect import bisect_left
from fractions import Fraction as Q
from math import floor, isqrt

from reference_vectors import Head, Inputs, attention, block, exp


class Special:
    """an infinity or a NaN; what is computed of one is NaN"""

    def __init__(self, name):
        self.name = name

    def nan(self, *_):
        return NAN

    def __neg__(self):
        return {"inf": MINUS_INF, "-inf": INF}.get(self.name, self)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = nan
    __truediv__ = __rtruediv__ = __pow__ = nan


INF, MINUS_INF, NAN = Special("inf"), Special("-inf"), Special("nan")


def special(x):
    return isinstance(x, Special)


class Float:
    """infinite: past the largest number is infinity (SPEC.md, Infinities and NaN)"""
    infinite = False

    def __init__(self, precision, p, q, low, top, spare=0, underflow="gradual", codes=0):
        hidden = 2 ** (p - 1)
        # of infinities and NaN: keys past the last, and the word of a NaN that is a result
        self.codes, self.has_infinity = codes, codes > 1
        self.nan_key = hidden * top + hidden + hidden // 2 if codes > 1 else hidden * top + hidden - 1
        self.precision, self.sign, self.hidden = precision, 2 ** (p + q - 1), hidden
        self.last = top * hidden + hidden - 1 - spare
        self.tiny = 1 if underflow == "gradual" else hidden
        self.key = {Q(0): 0}
        for key in range(self.tiny, self.last + 1):
            field, fraction = divmod(key, hidden)
            significand = fraction + (hidden if field else 0)
            self.key[significand * Q(2) ** (low + max(field, 1) - 1)] = key
        self.number = sorted(self.key)
        # flushed is what would round below the least number with one exponent more
        least = self.number[1]
        self.flush = least - least / (4 * hidden) if underflow == "flush" else 0
        self.one = self.key[self(Q(1))]

    def __call__(self, x):
        if special(x):
            return NAN
        if x < 0:
            return -self(-x)
        if x < self.flush:
            return Q(0)
        at = bisect_left(self.number, x)
        if at == len(self.number):
            largest, unit = self.number[-1], self.number[-1] - self.number[-2]
            return INF if self.infinite and x >= largest + unit / 2 else largest
        if at == 0:
            return Q(0)
        below, above = self.number[at - 1], self.number[at]
        if self.flush and below == 0:
            return above
        if x - below != above - x:
            return below if x - below < above - x else above
        return below if below == 0 or self.key[below] % 2 == 0 else above

    def quotient(self, x, y):
        if special(x) or special(y):
            return NAN
        if y == 0:
            return Q(0) if x == 0 else self.number[-1] if x > 0 else -self.number[-1]
        return self(x / y)

    def root_quotient(self, x, square):
        """R(x / sqrt(square)): the root to 500 bits, and a little more if it has others"""
        if special(x):
            return NAN
        target = x * x / square
        m = isqrt(floor(target * 4 ** 500))
        root = Q(m, 2 ** 500)
        if root * root != target:
            root += Q(1, 2 ** 501)
        return self(root if x > 0 else -root)

    def word(self, x):
        if special(x):
            return self.nan_key if x is NAN else self.sign * (x is MINUS_INF) + self.last + 1
        return self.sign * (x < 0) + self.key[abs(x)]

    def draw(self, values, low, high):
        key = values.next(low, high)
        minus = values.next(0, 1)
        key = key if key >= self.tiny else 0
        if key > self.last:
            x = INF if self.has_infinity and key == self.last + 1 else NAN
        else:
            x = next_number(self, key)
        return -x if minus else x


def next_number(fmt, key):
    return fmt.number[0 if key == 0 else key - fmt.tiny + 1]


def ieee(p, q, name=None, **more):
    bias = 2 ** (q - 1) - 1
    precision = f'format="{name}"' if name else f'format="ieee" significand="{p}" exponent-bits="{q}"'
    more.setdefault("codes", 2 ** (p - 1))
    return Float(precision, p, q, 2 - bias - p, 2 ** q - 2 + more.pop("above", 0), **more)


def literature(p, emin=None, emax=None):
    precision = f'format="float" significand="{p}"'
    if emin is not None:
        precision += f' emin="{emin}" emax="{emax}"'
    else:
        emin, emax = -2 ** p, 2 ** p - 1
    top = emax - emin + 1
    return Float(precision, p, top.bit_length(), emin, top, underflow="nearest")


def formats():
    ftz = ieee(3, 3, underflow="flush", codes=0)
    ftz.precision = ftz.precision.replace("ieee", "ftz")
    return [ieee(3, 3), literature(2), literature(3), ieee(4, 4, "e4m3", above=1, spare=1, codes=1),
            ieee(3, 5, "e5m2"), ftz, ieee(8, 8, "bfloat16"), ieee(11, 5, "binary16"),
            literature(4, -6, 3), ieee(2, 2),
            literature(2, 2, 5), literature(2, -9, -4)]  # 1 is too small, too large


TEXT = {(Q(1), Q(1), False): "1", (Q(1), Q(3), False): "1/3", (Q(1), Q(2), True): "1/sqrt(2)",
        (Q(-3, 2), Q(1), False): "-3/2", (Q(5, 3), Q(7, 2), True): "5/3/sqrt(7/2)",
        (Q(-1), Q(4), True): "-1/sqrt(4)"}


def xml(b):
    text = (f'<attention order="{b["order"]}" heads="{b["heads"]}" head-width="{b["dh"]}" '
            f'mask="{b["mask"]}" scale="{TEXT[b["scale"]]}"')
    if b["rope"] == "none":
        return text + '/>'
    return text + f'><rope mode="{b["rope"]}" base="{b["base"]}"/></attention>'


def cases():
    seed, all_formats, scales = 1000, formats(), list(TEXT)
    bases = [Q(10000), Q(3), Q(1), Q(1, 4), Q(25, 2)]

    def case(fmt, n, width, rounding, x, w, *blocks):
        nonlocal seed
        seed += 1
        near = (max(0, fmt.one - 3 * fmt.hidden), min(fmt.last, fmt.one + 2 * fmt.hidden))
        ranges = {"full": (0, fmt.last), "near": near, "all": (0, fmt.last + min(fmt.codes, 2)),
                  "ends": (max(0, fmt.one - 2), fmt.last + min(fmt.codes, 2)), "small": (0, 2 * fmt.tiny),
                  "large": (fmt.last - fmt.hidden, fmt.last)}
        return dict(fmt=fmt, n=n, width=width, rounding=rounding, seed=seed, xrange=ranges[x],
                    wrange=ranges[w], blocks=blocks)

    turn = 0
    for rounding in ("op", "block"):
        for order in (2, 3, 4):
            for rope in ["none", "each", "complex"] + (["flat", "query2"] if order > 2 else []):
                for k, fmt in enumerate(all_formats):
                    turn += 1
                    yield case(fmt, 2 if order == 4 else 3, 2, rounding,
                               "full" if turn % 3 == 1 else "near", "near",
                               block(order, 4 if turn % 5 == 0 else 2, 1 + (turn % 7 == 0),
                                     ["none", "causal"][turn % 2], rope, bases[turn % 5],
                                     scales[turn % 6]))
        for fmt in all_formats:
            # one token; everything too large or too small; 0/0; a second block
            yield case(fmt, 1, 1, rounding, "near", "near", block(3, 1))
            yield case(fmt, 2, 2, rounding, "large", "large", block(3, 2, rope="each"))
            yield case(fmt, 2, 2, rounding, "small", "near", block(2, 2))
            yield case(fmt, 2, 1, rounding, "full", "full", block(2, 1))
            yield case(fmt, 2, 2, rounding, "near", "near", block(2, 2, 2, rope="each"),
                       block(3, 1))
    # infinities and NaN, seen and masked out
    for fmt in (f for f in all_formats if f.codes):
        for order, mask, rope in itertools.product((2, 3), ("none", "causal"), ("none", "each")):
            yield case(fmt, 3, 2, "block", "all" if fmt.last < 64 else "ends", "near",
                       block(order, 2, 1, mask, rope))
        yield case(fmt, 3, 2, "block", "near", "ends", block(2, 1, 2, "causal"))
        yield case(fmt, 1, 1, "block", "ends", "near", block(2, 1), block(2, 1))


def evaluate(case):
    fmt, values = case["fmt"], Inputs(case["seed"])
    fmt.infinite = fmt.has_infinity and case["rounding"] == "block"

    def tensor(rows, columns, low, high):
        return [[fmt.draw(values, low, high) for _ in range(columns)] for _ in range(rows)]
    X = tensor(case["n"], case["width"], *case["xrange"])
    for att in case["blocks"]:
        columns = att["heads"] * att["dh"]
        Ws = [tensor(len(X[0]), columns, *case["wrange"]) for _ in range(2 * att["order"] - 1)]
        X = attention(fmt, {**att, "rounding": case["rounding"]}, X, Ws)
    return [fmt.word(x) for row in X for x in row]


def weight(head, s):
    """past these bounds every format here has its largest number, or 0"""
    return NAN if special(s) else head.fmt(exp(max(Q(-800), min(Q(800), s))))


def main():
    Head.weight = weight
    tests, results = [], []
    for case in cases():
        y = evaluate(case)
        fmt = case["fmt"]
        text = "".join(xml(b) for b in case["blocks"]).replace('"', "'")
        tests.append('"%s", TC_%s, %d, %d, %d, {%d, %d}, {%d, %d},\n     "%s", %d' % (
            fmt.precision.replace('"', "'"), case["rounding"].upper(), case["n"], case["width"],
            case["seed"], *case["xrange"], *case["wrange"], text, len(results)))
        results += y
    print("/* reference_float_vectors.h -- written by reference_float_vectors.py; see there */")
    print("\n/* precision, rounding, n, width, seed, least and most key of X, of the weights,")
    print(" * blocks, first result */")
    print("static const struct vector_case vector_case[] = {")
    print("".join("    {%s},\n" % t for t in tests) + "};")
    print("\nstatic const uint64_t vector_result[] = {")
    for k in range(0, len(results), 12):
        print("    " + ", ".join("0x%x" % v for v in results[k:k + 12]) + ",")
    print("};")


if __name__ == "__main__":
    main()
