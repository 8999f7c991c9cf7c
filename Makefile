# tc0c -- `make demo` compiles and runs the examples, `make test` runs all tests.
# Options: SAN=1 address and undefined-behaviour sanitizers, CC=clang, WERROR=1.

PACKAGES = gcc make pkg-config graphviz libgraphviz-dev libxml2-dev libxml2-utils check \
	libgmp-dev libmpfr-dev libjansson-dev fonts-dejavu-core
LIBS = libxml-2.0 libcgraph libgvc gmp mpfr jansson

B = build$(if $(SAN),/san)
CC = gcc
PKG = $(shell pkg-config --$(1) $(LIBS) $(2) 2>/dev/null)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wvla -Wformat=2 -Wundef
OPT = $(if $(SAN),-O1 -g -fsanitize=address$(,)undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer,-O2 -g)
, := ,
CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(if $(or $(CI),$(WERROR)),-Werror) $(OPT)

IR = $(wildcard ir/*.c)
PASSES = $(wildcard passes/*.c)
COMPILER = $(filter-out compiler/main.c,$(wildcard compiler/*.c))
LIB_OBJ = $(patsubst %.c,$B/%.o,$(IR) $(PASSES) $(COMPILER))
UNIT = $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/test_*.c))

all: $B/tc0c

$B/tc0c: $B/compiler/main.o $B/libtc0.a
	$(CC) $(CFLAGS) -o $@ $^ $(call PKG,libs) -lm

$B/libtc0.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call PKG,cflags) -MMD -MP -c -o $@ $<

$B/tests/unit/%: tests/unit/%.c $B/libtc0.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call PKG,cflags,check) -MMD -MP -o $@ $< $B/libtc0.a $(call PKG,libs,check) -lm

unit: $(UNIT)
	@for t in $(UNIT); do echo "== $$t"; $$t || exit 1; done

clean:
	rm -rf build

.PHONY: all unit clean
-include $(shell find build -name '*.d' 2>/dev/null)
