#!/usr/bin/env python3
"""Writes reference_block_vectors.h: models of every kind of block, and what they give.

    python3 tests/unit/reference_block_vectors.py > tests/unit/reference_block_vectors.h

The second evaluator, for the whole language: written from compiler/SPEC.md, as that of
reference_vectors.py, whose numbers, rotations and scores it takes.  A model is the text of
its specification; attributes, defaults and the order of tensors are read here again.
"""
import itertools
import xml.etree.ElementTree as ET
from fractions import Fraction as Q
from functools import lru_cache
from math import isqrt

from reference_float_vectors import MINUS_INF, NAN, formats, special
from reference_vectors import DIGITS, Format, Head, Inputs, cut, exp, root, taylor


# ---- real functions, to DIGITS digits; exact where they are rational

def square_root(x):
    if special(x):
        return NAN
    n, d = x.numerator, x.denominator
    if isqrt(n) ** 2 == n and isqrt(d) ** 2 == d:
        return Q(isqrt(n), isqrt(d))
    return Q(isqrt(x.numerator * 10 ** 600 // x.denominator), 10 ** 300)


def bounded_exp(x):
    """of a score; of a difference from the largest, that overflows, 0"""
    if special(x):
        return Q(0) if x is MINUS_INF else NAN
    return exp(max(Q(-800), min(Q(800), x)))


def arctan_inverse(k):
    return cut(sum(Q((-1) ** m, (2 * m + 1) * k ** (2 * m + 1)) for m in range(70)))


PI = 16 * arctan_inverse(5) - 4 * arctan_inverse(239)


@lru_cache(None)
def log(x):
    """of x >= 1: 2 artanh((x - 1) / (x + 1)), after halvings"""
    halvings = 0
    while x > 2:
        x, halvings = x / 2, halvings + 1
    t = (x - 1) / (x + 1)
    y = cut(2 * sum(t ** (2 * m + 1) / (2 * m + 1) for m in range(90)))
    return y + halvings * log(Q(2)) if halvings else y


def cosine(x):
    return taylor(x, 0, 2)


def sine(x):
    return taylor(x, 1, 2)


def normal(x):
    """of the normal distribution; past 13 it is 0 or 1 in every format here"""
    if abs(x) > 13:
        return Q(x > 0)
    term, total, k = Q(x), Q(0), 0
    while abs(term) > Q(1, 10 ** (DIGITS + 5)) or k < x * x:
        total += term / (2 * k + 1)
        k += 1
        term = cut(-term * x * x / (2 * k))
    return Q(1, 2) + total / square_root(2 * PI)


def sigmoid(x):
    return 1 / (1 + bounded_exp(-x))


@lru_cache(None)
def activation(kind, x):
    if special(x):
        return NAN
    if x == 0 and kind != "sigmoid":
        return Q(0)
    return {"relu": lambda: max(x, Q(0)), "gelu": lambda: x * normal(x),
            "gelu-tanh": lambda: x * sigmoid(square_root(8 / PI) * (x + Q(44715, 10 ** 6) * x ** 3)),
            "silu": lambda: x * sigmoid(x), "tanh": lambda: 2 * sigmoid(2 * x) - 1,
            "sigmoid": lambda: sigmoid(x)}[kind]()


def positive(x):
    return NAN if special(x) else max(x, Q(0))


def saturating(function):
    """what inputs do not change has no infinity"""
    def wrapped(self, *arguments):
        infinite, self.fmt.infinite = getattr(self.fmt, "infinite", False), False
        value = function(self, *arguments)
        self.fmt.infinite = infinite
        return value
    return wrapped


def power_of(base, exponent):
    """base^exponent for rationals, exact where it is rational"""
    return root(Q(base) ** exponent.numerator, exponent.denominator) if exponent >= 0 \
        else 1 / root(Q(base) ** -exponent.numerator, exponent.denominator)


def logarithm_ratio(x, y):
    u = log(x) / log(y)
    near = u.limit_denominator(64)
    return near if x ** near.denominator == y ** near.numerator else u


# ---- positions

def alibi_slope(head, heads):
    def slopes(count):
        return [Q(-8 * (h + 1), count) for h in range(count)]
    below = 2 ** (heads.bit_length() - 1)
    exponents = slopes(below) + slopes(2 * below)[::2]
    e = exponents[head]
    return Q(2) ** e.numerator if e.denominator == 1 else power_of(2, e)


def t5_bucket(buckets, distance, causal, offset):
    first = 0
    if causal:
        offset = max(offset, 0)
    else:
        buckets //= 2
        first = buckets if offset < 0 else 0
        offset = abs(offset)
    exact = buckets // 2
    if offset < exact:
        return first + offset
    steps = max(t for t in range(buckets - exact + 1)
                if Q(offset, exact) ** (buckets - exact) >= Q(distance, exact) ** t)
    return first + min(buckets - 1, exact + steps)


def first_largest(row):
    """the first NaN, if there is one"""
    order = [(2, 0) if x is NAN else (-1 if x is MINUS_INF else 1, 0) if special(x) else (0, x)
             for x in row]
    return order.index(max(order))


class AnyHead(Head):
    """one head of any attention"""

    def __init__(self, fmt, att, n, bias):
        super().__init__(fmt, att, n)
        self.bias, self.biases = bias, []

    @saturating
    def matrix(self, pair, position):
        if not self.att["computed"]:
            return super().matrix(pair, position)
        frequency = self.fmt(power_of(self.att["base"], Q(-2 * pair, self.d)))
        angle = self.fmt(position * frequency)
        c, s = self.fmt(cosine(angle)), self.fmt(sine(angle))
        return ((c, -s), (s, c))

    def project(self, X, W, rate=None):
        rows = super().project(X, W, rate)
        relu = self.att["kind"] == "linear" and not self.values
        return [[positive(x) for x in row] for row in rows] if relu else rows

    def scaled(self, s):
        if not self.biases:
            return super().scaled(s)
        if self.op:
            return self.fmt(super().scaled(s) + sum(self.biases))
        mul, div, is_root = self.att["scale"]
        return self.fmt(s * mul / (square_root(div) if is_root else div) + sum(self.biases))

    def seen(self, i):
        mask, span = self.att["mask"], self.att["span"]
        return [j for j in range(self.n) if mask == "none" or (mask == "causal" and j <= i) or
                (mask == "strict-causal" and j < i) or (mask == "window" and i - span < j <= i)]

    def hard(self, kind, s, v, most):
        if kind == "unique-hard":
            return [self.fmt(x) for x in v[min(js for js in s if s[js] == most)]]
        best = [v[js] for js in s if s[js] == most]
        return [self.fmt(self.sum(u[c] for u in best) / len(best)) for c in range(self.d)]

    def row(self, q, ks, vs, i):
        fmt, kind, s = self.fmt, self.att["kind"], {}
        for js in itertools.product(self.seen(i), repeat=self.order - 1):
            self.biases = [self.bias(i, j) for j in js] if self.bias else []
            s[js] = self.score(q[i], [k[j] for k, j in zip(ks, js)], i, js)
        if not s:
            return [Q(0)] * self.d
        v = {js: self.hadamard([u[j] for u, j in zip(vs, js)]) for js in s}
        if any(special(x) for x in s.values()):
            return [NAN] * self.d
        most = max(s.values())
        if "hard" in kind:  # all that is seen is read
            y = self.hard(kind, s, v, most)
            return [NAN if any(special(u[c]) for u in v.values()) else y[c] for c in range(self.d)]
        if self.att["stable"]:
            s = {js: fmt(x - most) for js, x in s.items()}
        a = s if kind == "linear" else {js: fmt(bounded_exp(x)) for js, x in s.items()}
        N = [self.sum(self.r(a[js] * v[js][c]) for js in s) for c in range(self.d)]
        if kind == "unnormalized":
            return [fmt(x / len(s)) for x in N]
        D = self.sum(a.values())
        if self.op:
            return [fmt(fmt.quotient(Q(1), D) * x) for x in N]
        return [fmt.quotient(x, D) for x in N]

    def run(self, X, Wq, Wks, Wvs):
        keys = self.order - 1
        own = {"each": (1, 1), "complex": (keys, 1)}.get(self.att["rope"], (None, None))
        self.values = False
        q = self.project(X, Wq, own[0])
        ks = [self.project(X, W, own[1]) for W in Wks]
        self.values = True
        vs = [self.project(X, W) for W in Wvs]
        return [self.row(q, ks, vs, i) for i in range(self.n)]


# ---- the model

class Xoshiro:
    """SPEC.md, Random weights"""
    MASK = 2 ** 64 - 1

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9e3779b97f4a7c15) & self.MASK
            u = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9 & self.MASK
            u = (u ^ u >> 27) * 0x94d049bb133111eb & self.MASK
            self.s.append(u ^ u >> 31)

    def draw(self):
        def rotl(x, k):
            return (x << k | x >> (64 - k)) & self.MASK
        s = self.s
        result = rotl(s[1] * 5 & self.MASK, 7) * 9 & self.MASK
        t = s[1] << 17 & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result


class Model:
    def __init__(self, fmt, rounding, n, tensor):
        self.fmt, self.n, self.op, self.tensor = fmt, n, rounding == "op", tensor
        self.r = fmt if self.op else (lambda x: x)
        self.rounding, self.table, self.shared = rounding, None, None

    def blocks(self, parent, X):
        for e in parent:
            X = getattr(self, e.tag)(e, X)
        return X

    def weight(self, rows, columns=None):
        """the next tensor, or that of the first repetition"""
        if self.shared is not None and self.shared[1] < len(self.shared[0]):
            self.shared[1] += 1
            return self.shared[0][self.shared[1] - 1]
        t = self.tensor(rows, columns)
        if self.shared is not None:
            self.shared[0].append(t)
            self.shared[1] += 1
        return t

    def times(self, X, W, b=None):
        if b is None:
            b = [None] * len(W[0])

        def entry(x, c):
            s = sum((self.r(a * w[c]) for a, w in zip(x, W)), Q(0))
            return self.fmt(s) if b[c] is None else self.fmt(self.r(s) + b[c])
        return [[entry(x, c) for c in range(len(W[0]))] for x in X]

    def act(self, kind, X):
        return [[self.fmt(activation(kind, x)) for x in row] for row in X]

    def linear(self, e, X):
        width = int(e.get("width", len(X[0])))
        W = self.weight(len(X[0]), width)
        return self.times(X, W, self.weight(width) if e.get("bias", "true") == "true" else None)

    def activation(self, e, X):
        return self.act(e.get("kind"), X)

    def mlp(self, e, X):
        width, gated = len(X[0]), e.get("gated") == "true"
        hidden = int(e.get("hidden", 4 * width))
        kind = e.get("activation", "silu" if gated else "relu")

        def map_of(rows, columns):
            W = self.weight(rows, columns)
            return W, self.weight(columns) if e.get("bias", "true") == "true" else None
        first = [map_of(width, hidden) for _ in range(1 + gated)]
        last = map_of(hidden, width)
        U = self.act(kind, self.times(X, *first[0]))
        if gated:
            V = self.times(X, *first[1])
            U = [[self.fmt(u * v) for u, v in zip(*rows)] for rows in zip(U, V)]
        return self.times(U, *last)

    def norm(self, e, X):
        kind, epsilon = e.get("kind", "layer"), Q(e.get("epsilon", "0"))
        fmt, r, d = self.fmt, self.r, len(X[0])
        affine = e.get("affine") == "true"
        gain = self.weight(d) if affine else [None] * d
        bias = self.weight(d) if affine and kind == "layer" else [None] * d
        result = []
        for x in X:
            mu = r(sum(x) / d) if kind == "layer" else Q(0)
            c = [r(a - mu) for a in x]
            v = r(sum(r(a * a) for a in c) / (1 if kind == "sphere" else d))
            v = r(v + epsilon) if epsilon else v
            s = r(square_root(v))
            row = [r(fmt.quotient(a, s) if self.op else a / s) if s else Q(0) for a in c]
            row = [y if g is None else r(y * g) for y, g in zip(row, gain)]
            result.append([fmt(y if b is None else y + b) for y, b in zip(row, bias)])
        return result

    def residual(self, e, X):
        step, F = Q(e.get("step", "1")), self.blocks(e, X)
        return [[self.fmt(x + self.r(step * f)) for x, f in zip(*rows)] for rows in zip(X, F)]

    def repeat(self, e, X):
        tied, count = e.get("tied") == "true", int(e.get("count"))
        outer = self.shared
        for k in range(count):
            if tied:
                self.shared = [self.shared[0] if k else [], 0]
            X = self.blocks(e, X)
        self.shared = outer
        return X

    def add(self, X, P):
        return [[self.fmt(x + p) for x, p in zip(*rows)] for rows in zip(X, P)]

    def sinusoidal(self, e, X):
        d, base = len(X[0]), Q(e.get("base", "10000"))

        def entry(i, c):
            angle = i * power_of(base, Q(-2 * (c // 2), d))
            return self.fmt(cosine(angle) if c % 2 else sine(angle))
        return self.add(X, [[entry(i, c) for c in range(d)] for i in range(self.n)])

    def learned(self, e, X):
        return self.add(X, self.weight(self.n, len(X[0])))

    def embedding(self, e, ids):
        self.table = self.weight(self.vocabulary, int(e.get("width")))
        return [[NAN if special(x) else x for x in self.table[k]] for k in ids]

    def unembedding(self, e, X):
        if e.get("tied") == "true":
            U = [list(column) for column in zip(*self.table)]
        else:
            U = self.weight(len(X[0]), int(e.get("vocabulary", self.vocabulary)))
        Y = self.times(X, U)
        return [first_largest(row) for row in Y] if e.get("output") == "argmax" else Y

    def attention(self, e, X):
        width, heads = len(X[0]), int(e.get("heads", 1))
        dh, kv = int(e.get("head-width", width // heads)), int(e.get("kv-heads", heads))
        order, child = int(e.get("order", 2)), e[0] if len(e) else None
        Wq = self.weight(width, heads * dh)
        Ks = [self.weight(width, kv * dh) for _ in range(order - 1)]
        Vs = [self.weight(width, kv * dh) for _ in range(order - 1)]
        Wo = self.weight(heads * dh, width) if e.get("output") == "true" else None
        rope = child if child is not None and child.tag == "rope" else {}
        text = e.get("scale", "1")
        scale = (Q(1), Q(text[7:-1]), True) if "sqrt" in text else (Q(text), Q(1), False)
        att = dict(order=order, dh=dh, scale=scale, rope=rope.get("mode", "none"),
                   base=Q(rope.get("base", "10000")), computed=rope.get("angles") == "computed",
                   mask=e.get("mask", "none"), span=int(e.get("span", 0)),
                   kind=e.get("kind", "softmax"), stable=e.get("stable") == "true",
                   rounding=self.rounding)
        bias = None
        if child is not None and child.tag in ("sinusoidal", "learned"):
            X = getattr(self, child.tag)(child, X)
        elif child is not None and child.tag != "rope":
            bias = getattr(self, child.tag)(child, att, heads)

        def part(W, h):
            return [row[h * dh:h * dh + dh] for row in W]
        rows = [[] for _ in X]
        for h in range(heads):
            g = h // (heads // kv)
            head = AnyHead(self.fmt, att, self.n, bias and (lambda i, j: bias(i, j, h)))
            Y = head.run(X, part(Wq, h), [part(W, g) for W in Ks], [part(W, g) for W in Vs])
            rows = [a + b for a, b in zip(rows, Y)]
        return self.times(rows, Wo) if Wo else rows

    # biases of scores: functions of i, j and the head

    def t5(self, e, att, heads):
        buckets, distance = int(e.get("buckets", 32)), int(e.get("distance", 128))
        B = self.weight(buckets, heads)
        return lambda i, j, h: B[t5_bucket(buckets, distance, att["mask"] != "none", i - j)][h]

    def alibi(self, e, att, heads):
        return lambda i, j, h: self.constant(-alibi_slope(h, heads) * abs(i - j))

    def kerple(self, e, att, heads):
        r1, r2 = Q(e.get("r1", "1")), Q(e.get("r2", "1"))
        if e.get("kind") == "power":
            return lambda i, j, h: self.constant(-r1 * power_of(abs(i - j), r2)) if i != j else Q(0)
        return lambda i, j, h: self.constant(-r1 * log(1 + r2 * abs(i - j)))

    def sandwich(self, e, att, heads):
        base, r1 = Q(e.get("base", "10000")), Q(e.get("r1", "1"))
        terms, width = int(e.get("terms", att["dh"])), int(e.get("width", att["dh"]))
        return lambda i, j, h: self.constant(r1 * sum(
            cosine(abs(i - j) * power_of(base, Q(-k, width))) for k in range(1, terms + 1)))

    @saturating
    def ratio(self, x, y):
        return self.fmt.quotient(self.fmt(x), self.fmt(y))

    @saturating
    def constant(self, x):
        return self.fmt(x)

    def fire(self, e, att, heads):
        hidden, c, limit = int(e.get("hidden", 32)), Q(e.get("c", "0.1")), Q(e.get("limit", "512"))
        F1, b1 = self.weight(hidden), self.weight(hidden)
        F2, b2 = self.weight(hidden, heads), self.weight(heads)
        fmt = self.fmt

        def constant(i, j, h):
            u = logarithm_ratio(c * abs(i - j) + 1, c * max(limit, Q(i)) + 1)
            return self.constant(sum(max(u * F1[m] + b1[m], 0) * F2[m][h] for m in range(hidden)) + b2[h])

        def computed(i, j, h):
            u = self.ratio(log(c * abs(i - j) + 1), log(c * max(limit, Q(i)) + 1))
            v = [positive(fmt(fmt(u * F1[m]) + b1[m])) for m in range(hidden)]
            return fmt(fmt(sum(fmt(v[m] * F2[m][h]) for m in range(hidden))) + b2[h])
        return computed if e.get("bias") == "computed" else constant


def run_model(fmt, case):
    values = Inputs(case["seed"])
    random = Xoshiro(7)

    fmt.infinite = case["rounding"] == "block" and getattr(fmt, "has_infinity", False)

    def draw(span):
        if isinstance(fmt, Format):
            return values.next(*span) * fmt.unit
        return fmt.draw(values, *span)

    def tensor(rows, columns):
        def entry():
            if case["source"] == "input":
                return draw(case["wrange"])
            r = random.draw() >> 32
            return fmt(Q(2) * Q(2 * r + 1 - 2 ** 32, 2 ** 32))
        if columns is None:
            return [entry() for _ in range(rows)]
        return [[entry() for _ in range(columns)] for _ in range(rows)]

    model = Model(fmt, case["rounding"], case["n"], tensor)
    model.vocabulary = case["tokens"]
    blocks = ET.fromstring(f"<m>{case['text']}</m>")
    if case["tokens"]:
        X = [values.next(0, case["tokens"] - 1) for _ in range(case["n"])]
    else:
        X = [[draw(case["xrange"]) for _ in range(case["width"])] for _ in range(case["n"])]
    Y = model.blocks(blocks, X)
    if not isinstance(Y[0], list):
        return Y
    if isinstance(fmt, Format):
        return [int(y / fmt.unit) % (2 * fmt.most + 2) for row in Y for y in row]
    return [fmt.word(y) for row in Y for y in row]


# ---- what is tried

ROWS = [
    "<linear/>", "<linear width='1' bias='false'/>", "<linear width='3'/><activation kind='relu'/>",
    *[f"<activation kind='{k}'/>" for k in
      ("relu", "gelu", "gelu-tanh", "silu", "tanh", "sigmoid")],
    "<mlp/>", "<mlp hidden='3' activation='gelu' bias='false'/>", "<mlp hidden='2' gated='true'/>",
    "<mlp hidden='3' gated='true' bias='false' activation='gelu-tanh'/>",
    "<norm/>", "<norm affine='true'/>", "<norm epsilon='0.3'/>", "<norm epsilon='1/8' affine='true'/>",
    "<norm kind='rms'/>", "<norm kind='rms' epsilon='1/3' affine='true'/>", "<norm kind='sphere'/>",
    "<residual><linear/></residual>", "<residual step='-1/3'><norm/></residual>",
    "<repeat count='2'><residual step='0.5'><mlp hidden='2'/></residual></repeat>",
    "<repeat count='3' tied='true'><linear/><activation kind='tanh'/></repeat>",
    "<sinusoidal/>", "<sinusoidal base='2'/><linear/>", "<learned/>",
    "<unembedding vocabulary='5' output='argmax'/>", "<unembedding vocabulary='3'/>",
]
TOKENS = [
    "<embedding width='2'/>", "<embedding width='3'/><sinusoidal/><unembedding/>",
    "<embedding width='2'/><unembedding tied='true'/>",
    "<embedding width='2'/><linear/><unembedding tied='true' output='argmax'/>",
    "<embedding width='1'/><attention kind='unique-hard'/><unembedding output='argmax'/>",
]
KINDS = ["kind='average-hard'", "kind='unique-hard'", "kind='linear'", "kind='unnormalized'",
         "stable='true'"]
OTHERS = [
    "heads='4' kv-heads='2' head-width='1' output='true'", "heads='2' head-width='2' kv-heads='1'",
    "output='true'",
]
POSITIONS = [
    "<sinusoidal base='3'/>", "<learned/>", "<rope mode='each' angles='computed'/>",
    "<rope mode='complex' angles='computed' base='1/16'/>", "<t5 buckets='4' distance='3'/>",
    "<t5 buckets='8' distance='5'/>", "<alibi/>", "<kerple/>", "<kerple r1='1/2' r2='3'/>",
    "<kerple kind='power' r1='3/4' r2='1/2'/>", "<kerple kind='power' r2='1.25'/>", "<sandwich/>",
    "<sandwich r1='1/4' terms='3' width='5' base='10'/>", "<fire hidden='3' bias='computed'/>",
    "<fire hidden='2' bias='computed' c='2' limit='3'/>",
]
FIRES = ["<fire hidden='3'/>", "<fire hidden='2' c='2' limit='4'/>", "<fire c='1' limit='3'/>"]


def texts():
    """blocks, tokens, the source of weights"""
    for text in ROWS:
        yield text, 0, "input"
    for text in TOKENS:
        yield text, 5, "input"
    masks = itertools.cycle(["none", "strict-causal", "window' span='2", "causal"])
    scales = itertools.cycle(["1", "1/2", "1/sqrt(2)"])
    for order in (2, 3):
        for text in KINDS:
            scale = "" if "linear" in text else f" scale='{next(scales)}'"
            rope = "<rope mode='each'/>" if order == 3 else ""
            yield (f"<attention order='{order}' mask='{next(masks)}' {text}{scale}>{rope}"
                   "</attention>"), 0, "input"
        for text in OTHERS:
            yield f"<attention order='{order}' mask='{next(masks)}' {text}/>", 0, "input"
        for text in POSITIONS[order - 2::2] if order == 3 else POSITIONS:
            heads = "heads='3' head-width='2'" if "alibi" in text else ""
            yield (f"<attention order='{order}' mask='{next(masks)}' scale='{next(scales)}' {heads}>"
                   f"{text}</attention>"), 0, "input"
    for text in FIRES:
        yield f"<attention mask='{next(masks)}' heads='2' head-width='1'>{text}</attention>", 0, "random"
    yield "<norm/><residual><attention heads='2'/></residual>", 0, "random"


def fixed(bits, fraction):
    f = Format(bits, fraction)
    f.precision = f"format='fixed' bits='{bits}' fraction='{fraction}'"
    top, one = 2 ** (bits - 1), 2 ** fraction
    f.full, f.near = (-top, top - 1), (max(-top, -2 * one), min(top - 1, 2 * one))
    return f


@lru_cache(None)
def all_formats():
    by_text = {f.precision.replace('"', "'"): f for f in formats()}
    for text, f in by_text.items():
        f.precision = text
        f.full = (0, f.last)
        f.all = (0, f.last + min(f.codes, 2))
        f.near = (max(0, f.one - 3 * f.hidden), min(f.last, f.one + 2 * f.hidden))
    floats = [by_text[t] for t in ("format='ieee' significand='3' exponent-bits='3'",
                                   "format='float' significand='4' emin='-6' emax='3'",
                                   "format='e4m3'", "format='ftz' significand='3' exponent-bits='3'")]
    return [fixed(8, 4), floats[0], fixed(6, 5), floats[1], fixed(10, 6), floats[2], fixed(5, 1),
            floats[3]]


def cases():
    turn = 0
    for text, tokens, source in texts():
        plain = text.startswith("<activation")  # one rounding of one function
        for rounding in ("block",) if plain else ("op", "block"):
            fmt = all_formats()[(turn // 2 + turn) % 8]
            turn += 1
            yield dict(fmt=fmt, rounding=rounding, n=3 if turn % 5 else 4, width=2 + turn // 2 % 2
                       if "rope" not in text and "attention" not in text else 2,
                       tokens=tokens, source=source, seed=3000 + turn, text=text,
                       xrange=fmt.full if turn % 3 == 0 else fmt.near, wrange=fmt.near)
    one = dict(n=1, tokens=0, source="input", width=1)
    for k, text in enumerate(["<norm/>", "<norm kind='sphere'/>", "<attention mask='strict-causal'/>",
                              "<norm kind='rms' affine='true'/>"]):
        fmt = all_formats()[2 * k % 8 + k % 2]
        for rounding in ("op", "block"):
            yield dict(one, fmt=fmt, rounding=rounding, text=text, seed=77 + k, xrange=fmt.full,
                       wrange=fmt.full)


def special_cases():
    """infinities and NaN in X, or in the weights"""
    few = [f for f in all_formats() if getattr(f, "codes", 0)]
    for turn, (text, tokens, source) in enumerate(texts()):
        if source == "input":
            fmt = few[turn % len(few)]
            yield dict(fmt=fmt, rounding="block", n=3, width=2, tokens=tokens, source=source,
                       seed=9000 + turn, text=text, xrange=fmt.all if turn % 2 else fmt.near,
                       wrange=fmt.near if turn % 2 else fmt.all)


def main():
    tests, results = [], []
    for case in itertools.chain(cases(), special_cases()):
        fmt = case["fmt"]
        y = run_model(fmt, case)
        tests.append('"%s", TC_%s, %d, %d, %d, %s, %d, {%d, %d}, {%d, %d}, %d,\n     "%s"' % (
            fmt.precision, case["rounding"].upper(), case["n"], case["width"], case["tokens"],
            "true" if case["source"] == "random" else "false", case["seed"], *case["xrange"],
            *case["wrange"], len(results), case["text"]))
        results += y
    print("/* reference_block_vectors.h -- written by reference_block_vectors.py; see there */")
    print("\n/* precision, rounding, n, width, tokens or 0, constant weights, seed, least and most of")
    print(" * X, of the weights, first result, blocks */")
    print("static const struct vector_case vector_case[] = {")
    print("".join("    {%s},\n" % t for t in tests) + "};")
    print("\nstatic const uint64_t vector_result[] = {")
    for k in range(0, len(results), 20):
        print("    " + ", ".join("%d" % v for v in results[k:k + 20]) + ",")
    print("};")


if __name__ == "__main__":
    main()
