# tc0c -- two commands do everything on a fresh machine:
#
#   make demo   install what is missing, build, compile and run the examples
#   make test   install what is missing, build and run all tests, sanitizers too
#
# Others: all unit test-web bench passes-all epfl-proof vectors bless lectures format clean.  Options: SAN=1
# address and undefined-behaviour sanitizers, CC=clang, WERROR=1, V=1 to see the commands, B=FOLDER to build elsewhere.

PACKAGES = gcc libc6-dev make pkg-config graphviz libgraphviz-dev libxml2-dev libxml2-utils check \
	libgmp-dev libmpfr-dev libjansson-dev libxslt1-dev xsltproc fonts-dejavu-core cadical clasp
LIBS = libxml-2.0 libxslt libcgraph libgvc gmp mpfr jansson

ifeq ($(MAKELEVEL)$(filter -j% --jobs%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

B = build$(if $(SAN),/san)
CC = gcc
PKG = $(shell pkg-config --$(1) $(LIBS) $(2) 2>/dev/null)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wvla -Wformat=2 -Wundef
OPT = $(if $(SAN),-O1 -g -fsanitize=address$(,)undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer,-O2 -g)
, := ,
CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(if $(or $(CI),$(WERROR)),-Werror) $(OPT)

# V=1 shows the commands instead
Q = $(if $(V),,@)
SAY = @$(if $(V),:,echo)

# -isystem: the warnings are about our code, not about the libraries' headers
INCLUDE = -I$B/gen $(patsubst -I%,-isystem %,$(call PKG,cflags,$(1)))

IR = $(wildcard ir/*.c)
PASSES = $(wildcard passes/*.c)
COMPILER = $(filter-out compiler/main.c,$(wildcard compiler/*.c))
LIB_OBJ = $(patsubst %.c,$B/%.o,$(IR) $(PASSES) $(COMPILER) drat/drat.c)
UNIT = $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/test_*.c))
BENCH = $(patsubst tests/bench/%.c,$B/tests/bench/%,$(wildcard tests/bench/*.c))
# Each compiler/NAME.xsd becomes gen/NAME_xsd.h, included as "NAME_xsd.h": it
# defines `static const char tc_NAME_xsd[]`, the schema's text, ended by 0.
# Stylesheets, NAME.xsl, likewise.
GEN = $(patsubst compiler/%.xsd,$B/gen/%_xsd.h,$(wildcard compiler/*.xsd)) \
	$(patsubst compiler/%.xsl,$B/gen/%_xsl.h,$(wildcard compiler/*.xsl))

all: $B/tc0c $B/drat-check

$B/tc0c: $B/compiler/main.o $B/libtc0.a
	$(SAY) $@
	$Q$(CC) $(CFLAGS) -o $@ $^ $(call PKG,libs) -lm

# stands by itself: it shares nothing with what it checks
$B/drat-check: $B/drat/main.o $B/drat/drat.o
	$(SAY) $@
	$Q$(CC) $(CFLAGS) -o $@ $^

$B/libtc0.a: $(LIB_OBJ)
	@rm -f $@
	$Qar rcs $@ $^

$B/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(SAY) $<
	$Q$(CC) $(CFLAGS) $(INCLUDE) -MMD -MP -c -o $@ $<

define EMBED
	@mkdir -p $(@D)
	@{ echo 'static const char tc_$(notdir $(@:.h=))[] = {'; \
	   od -An -v -tx1 $< | sed "s/ \(..\)/'\\\\x\1',/g"; \
	   echo '0};'; } > $@.new
	@mv $@.new $@
endef

$B/gen/%_xsd.h: compiler/%.xsd
	$(EMBED)
$B/gen/%_xsl.h: compiler/%.xsl
	$(EMBED)

$B/tests/unit/%: tests/unit/%.c $B/libtc0.a
	@mkdir -p $(@D)
	$(SAY) $<
	$Q$(CC) $(CFLAGS) $(call INCLUDE,check) -MMD -MP -o $@ $< $B/libtc0.a $(call PKG,libs,check) -lm

$B/tests/bench/%: tests/bench/%.c $B/libtc0.a
	@mkdir -p $(@D)
	$(SAY) $<
	$Q$(CC) $(CFLAGS) $(INCLUDE) -MMD -MP -o $@ $< $B/libtc0.a $(call PKG,libs) -lm

# ------------------------------------------------------------------- targets

demo: packages
	@$(MAKE) --no-print-directory all
	@sh examples/demo.sh $B/tc0c $B/demo

# warnings are errors in all of these; clang looks too, where there is one
test: browser
	@$(MAKE) --no-print-directory WERROR=1 all units benches
	@$(MAKE) --no-print-directory WERROR=1 SAN=1 B=$B/san all units
	@! command -v clang >/dev/null 2>&1 || \
		$(MAKE) --no-print-directory WERROR=1 CC=clang OPT=-O0 B=$B/clang all units benches
	@sh tests/all.sh $B $B/san

# the page is clicked in a browser, if one can be had
test-web: browser
	@$(MAKE) --no-print-directory all
	@sh tests/web/run.sh $B/tc0c

browser: packages
	@sh tests/web/browser.sh

# what the program writes of examples/lectures/
lectures: $B/tc0c
	@sh examples/lectures/make.sh $B/tc0c examples/lectures

units: $(UNIT)
benches: $(BENCH)

unit: $(UNIT)
	@for t in $(UNIT); do echo "== $$t"; CK_FORK=$(if $(SAN),no,yes) $$t || exit 1; done

bench: $(BENCH) all
	@for t in $(BENCH); do $$t || exit 1; done

# every pass on every example: the same on all inputs, or on 10,048; what has been done stays done
PASSED = $(patsubst examples/%.xml,$B/passed/%.txt,$(wildcard $(addprefix examples/,*.xml blocks/*.xml clustering/*.xml)))
$B/passed/%.txt: examples/%.xml $B/tests/bench/bench_passes
	@mkdir -p $(@D)
	@$B/tests/bench/bench_passes $< >$@.part || { cat $@.part; exit 1; }
	@cat $@.part && mv $@.part $@
passes-all: $(PASSED)
	@cat $(PASSED) | awk '/ runs, /{n++; for (i = 2; i < NF; i++) if ($$(i + 1) ~ /^(runs|vectors|differ),/) \
	  s[$$(i + 1)] += $$i} END {print n, "specifications:", s["runs,"], "runs,", s["vectors,"], "vectors,", s["differ,"], "differ"}'

# what passes make of the EPFL's circuits, proved to be what it was; hours
epfl-proof: all
	@sh tests/epfl/proof.sh $B/tc0c

# every block in every wide format, 2,000 vectors each; FORMATS='ieee:12,6 binary32' are others; hours
vectors: all
	@sh tests/vectors/vectors.sh $B/tc0c $(FORMATS)

# what is expected becomes what is: read the difference before committing it
bless: all
	@TC_BLESS=1 sh tests/golden/run.sh $B/tc0c
	@sh tests/errors/run.sh --bless $B/tc0c
	@sh examples/lectures/make.sh $B/tc0c examples/lectures

format:
	clang-format -i $(wildcard ir/*.[ch] passes/*.[ch] compiler/*.[ch] tests/unit/*.[ch] tests/bench/*.[ch])

packages:
	@sh tests/packages.sh "$(CC)" "$(LIBS) check" $(PACKAGES)

clean:
	rm -rf build

.PHONY: all demo test test-web browser units benches unit bench passes-all epfl-proof vectors bless lectures format packages clean
.SECONDARY: $(GEN)
-include $(shell find $B -name '*.d' 2>/dev/null)
