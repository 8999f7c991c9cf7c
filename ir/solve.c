/* solve.c -- programs that solve
 *
 * Formulas and proofs are files in memory: the program is given their names in
 * /dev/fd, and nothing is left behind however it ends. */
#include "equal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

FILE *tc_memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

    if (!f) {
        if (tc_on_exit)
            tc_on_exit();
        fprintf(stderr, "tc0c: error: no file in memory: %s\n", strerror(errno));
        exit(4);
    }
    return f;
}

bool tc_solver_there(const char *program)
{
    const char *path = getenv("PATH");
    size_t room = path ? strlen(path) + strlen(program) + 2 : 0;
    char *name = tc_xcalloc(room + 1, 1);
    bool there = false;

    while (path && *path && !there) {
        size_t n = strcspn(path, ":");

        snprintf(name, room, "%.*s/%s", (int)n, path, program);
        there = n > 0 && !access(name, X_OK);
        path += n + (path[n] == ':');
    }
    free(name);
    return there;
}

/* the program, with the files at descriptors 3 and 4 (NULL: none); what it prints.  NULL if it
 * cannot be run. */
static FILE *start(char *const *argv, FILE *first, FILE *second, pid_t *child)
{
    posix_spawn_file_actions_t files;
    int out[2], fd[2] = {-1, -1};
    bool ok;

    if (pipe2(out, O_CLOEXEC))
        return NULL;
    /* above what they are moved to, so that none is overwritten */
    fd[0] = fcntl(fileno(first), F_DUPFD_CLOEXEC, 10);
    if (second)
        fd[1] = fcntl(fileno(second), F_DUPFD_CLOEXEC, 10);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, fd[0], 3);
    if (second)
        posix_spawn_file_actions_adddup2(&files, fd[1], 4);
    ok = !posix_spawnp(child, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    close(fd[0]);
    if (second)
        close(fd[1]);
    if (ok)
        return fdopen(out[0], "r");
    close(out[0]);
    return NULL;
}

static void set_value(struct tc_solution *s, const char *text)
{
    bool minus = *text == '-';
    size_t var;
    char *end;

    text += minus;
    text += *text == 'x';
    var = strtoul(text, &end, 10);
    if (end == text || var == 0)
        return;
    if (var > s->nvar) {
        size_t n = 2 * var + 64;

        s->value = tc_xrealloc(s->value, n + 1, 1);
        memset(s->value + s->nvar + (s->nvar > 0), 0, n - s->nvar + (s->nvar == 0));
        s->nvar = n;
    }
    s->value[var] = !minus;
}

/* s and v lines */
static void read_answer(FILE *out, struct tc_solution *s)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, out) > 0) {
        if (!strncmp(line, "s UNSATISFIABLE", 15))
            s->answer = TC_UNSATISFIABLE;
        else if (!strncmp(line, "s SATISFIABLE", 13))
            s->answer = TC_SATISFIABLE;
        else if (*line == 'v')
            for (char *word = strtok(line + 1, " \n"); word; word = strtok(NULL, " \n"))
                set_value(s, word);
    }
    free(line);
}

static void solve(char *const *argv, FILE *first, FILE *second, struct tc_solution *s)
{
    pid_t child;
    FILE *out = start(argv, first, second, &child);
    int status = 0;

    *s = (struct tc_solution){.answer = TC_NO_ANSWER};
    if (!out)
        return;
    read_answer(out, s);
    fclose(out);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    /* exit statuses 10 and 20 are those of the competitions; clasp adds 20 to 10 */
    if (!WIFEXITED(status) ||
        !(WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 20 || WEXITSTATUS(status) == 30))
        s->answer = TC_NO_ANSWER;
    if (s->answer != TC_SATISFIABLE) {
        free(s->value);
        s->value = NULL;
        s->nvar = 0;
    }
}

static int whole_seconds(double seconds)
{
    return seconds < 1 ? 1 : seconds > 1e6 ? 1000000 : (int)(seconds + 0.999);
}

void tc_solve_cnf(FILE *cnf, FILE *proof, double seconds, uint64_t conflicts, struct tc_solution *s)
{
    char program[] = "cadical", quiet[] = "-q", text[] = "--no-binary", t[] = "-t", c[] = "-c",
         in[] = "/dev/fd/3", out[] = "/dev/fd/4", limit[20], most[24];
    char *argv[10] = {program, quiet, text, t, limit};
    unsigned n = 5;

    snprintf(limit, sizeof limit, "%d", whole_seconds(seconds));
    snprintf(most, sizeof most, "%llu",
             (unsigned long long)(conflicts < INT32_MAX ? conflicts : INT32_MAX));
    if (conflicts) {
        argv[n++] = c;
        argv[n++] = most;
    }
    argv[n++] = in;
    argv[n] = out;
    solve(argv, cnf, proof, s);
}

void tc_solve_opb(FILE *opb, double seconds, struct tc_solution *s)
{
    char program[] = "clasp", one[] = "1", in[] = "/dev/fd/3", limit[40];
    char *argv[] = {program, one, limit, in, NULL};

    snprintf(limit, sizeof limit, "--time-limit=%d", whole_seconds(seconds));
    solve(argv, opb, NULL, s);
}
