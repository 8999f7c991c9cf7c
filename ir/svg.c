/* svg.c -- pictures laid out by libgvc
 *
 * The layout engine leaks, writes to standard error and may take for ever, so
 * it runs in a child process with limits on time.  The picture and what the
 * engine says come back through pipes; the caller's file is written only when
 * the picture is complete.
 */
#include "dot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wundef"
#include <gvc.h>
#pragma GCC diagnostic pop

#define SECONDS        60
#define MOST_COMPLAINT 200 /* bytes of what the engine says that are kept */
#define MOST_SVG       ((size_t)1 << 30)

/* in the child; never returns */
static _Noreturn void render(const char *dot, unsigned seconds, int out, int err)
{
    struct rlimit cpu = {seconds, seconds + 1};
    int in = open("/dev/null", O_RDONLY);
    GVC_t *gvc;
    Agraph_t *g;
    char *svg = NULL;
    unsigned n = 0;

    setrlimit(RLIMIT_CPU, &cpu);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(err, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0)
        _exit(3);
    gvc = gvContext();
    g = gvc ? tc_dot_read(dot) : NULL;
    if (!g || gvLayout(gvc, g, "dot") != 0 || gvRenderData(gvc, g, "svg", &svg, &n) != 0 || !svg)
        _exit(2);
    for (unsigned done = 0; done < n;) {
        ssize_t k = write(out, svg + done, n - done);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            _exit(3);
        done += (unsigned)k;
    }
    _exit(0); /* what the engine leaked goes with the process */
}

/* Reads both pipes to their ends; false when time is up or the picture too large. */
static bool collect(int out, int err, unsigned seconds, struct tc_text *svg, char *complaint)
{
    struct pollfd p[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    double end = tc_now() + seconds;
    size_t said = 0;

    while (p[0].fd >= 0 || p[1].fd >= 0) {
        double left = end - tc_now();
        char buf[65536];

        if (left <= 0 || svg->n > MOST_SVG)
            return false;
        if (poll(p, 2, (int)(1000 * left) + 1) < 0 && errno != EINTR)
            return false;
        for (unsigned k = 0; k < 2; k++) {
            ssize_t n;

            if (p[k].fd < 0 || !p[k].revents)
                continue;
            n = read(p[k].fd, buf, sizeof buf);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0) {
                p[k].fd = -1; /* poll leaves it out */
            } else if (k == 0) {
                tc_text_add(svg, buf, (size_t)n);
            } else {
                for (ssize_t i = 0; i < n && said < MOST_COMPLAINT; i++)
                    complaint[said++] = (unsigned char)buf[i] < 0x20 ? ' ' : buf[i];
                complaint[said] = '\0';
            }
        }
    }
    return true;
}

static bool run_child(const char *dot, unsigned seconds, struct tc_text *svg, struct tc_error *err)
{
    char complaint[MOST_COMPLAINT + 1] = "";
    struct tc_loc nowhere = {0};
    int out[2], said[2], status = 0;
    bool complete;
    pid_t child;

    if (pipe2(out, O_CLOEXEC) != 0)
        return tc_fail(err, TC_EIO, nowhere, "no pipe to draw a picture through: %s",
                       strerror(errno));
    if (pipe2(said, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return tc_fail(err, TC_EIO, nowhere, "no pipe to draw a picture through: %s",
                       strerror(errno));
    }
    child = fork();
    if (child == 0)
        render(dot, seconds, out[1], said[1]);
    close(out[1]);
    close(said[1]);
    complete = child > 0 && collect(out[0], said[0], seconds, svg, complaint);
    close(out[0]);
    close(said[0]);
    if (child < 0)
        return tc_fail(err, TC_EIO, nowhere, "no process to draw a picture: %s", strerror(errno));
    if (!complete)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!complete ||
        (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)))
        return tc_fail(err, TC_ELIMIT, nowhere,
                       "drawing the picture takes more than %u seconds; its DOT text can be laid "
                       "out by other means",
                       seconds);
    if (WIFSIGNALED(status))
        return tc_fail(err, TC_EIO, nowhere, "the layout engine ended by signal %d%s%s",
                       WTERMSIG(status), *complaint ? ": " : "", complaint);
    if (WEXITSTATUS(status) != 0 || svg->n == 0)
        return tc_fail(err, TC_EIO, nowhere, "the layout engine gave no picture%s%s",
                       *complaint ? ": " : "", complaint);
    return true;
}

bool tc_dot_svg_within(const char *dot, size_t len, FILE *out, unsigned seconds,
                       struct tc_error *err)
{
    struct tc_text svg = {0}, text = {0};
    bool ok;

    tc_text_add(&text, dot, len); /* cgraph wants it ended by '\0' */
    fflush(NULL);                 /* nothing is left for the child to write twice */
    ok = run_child(text.s, seconds, &svg, err);
    if (ok && (fwrite(svg.s, 1, svg.n, out) != svg.n || fflush(out) != 0))
        ok = tc_fail(err, TC_EIO, (struct tc_loc){0}, "the picture cannot be written: %s",
                     strerror(errno));
    free(svg.s);
    free(text.s);
    return ok;
}

bool tc_dot_svg(const char *dot, size_t len, FILE *svg, struct tc_error *err)
{
    return tc_dot_svg_within(dot, len, svg, SECONDS, err);
}
