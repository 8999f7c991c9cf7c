/* output.c -- files that are written whole or not at all */
#include "compiler.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names of temporary files that exist.  This is the one list at file
 * scope that changes: a signal handler and an allocator that has nothing left
 * must be able to find it.  Only the process that made the files removes them,
 * not a child that draws a picture. */
#define MAX_TEMPS 16
static char *volatile temps[MAX_TEMPS];
static volatile pid_t temps_owner;

void tc_sink_cleanup(void)
{
    if (temps_owner != getpid())
        return;
    for (int i = 0; i < MAX_TEMPS; i++) {
        char *temp = temps[i];

        if (temp)
            unlink(temp);
    }
}

static bool fail(struct tc_error *err, const char *path, const char *what, int code)
{
    struct tc_loc loc = {.file = path ? path : "standard output"};
    /* memory that ran out under a stream is a limit, not a bad file */
    enum tc_errkind kind = code == ENOMEM ? TC_ELIMIT : TC_EIO;

    return tc_fail(err, kind, loc, "%s: %s", what, strerror(code));
}

/* Creates the file and notes its name, with no signal between the two. */
static int make_temp(char *temp)
{
    sigset_t all, before;
    int fd, code;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    fd = mkostemp(temp, O_CLOEXEC);
    code = errno;
    if (fd >= 0) {
        int i = 0;

        temps_owner = getpid();
        while (i < MAX_TEMPS && temps[i])
            i++;
        assert(i < MAX_TEMPS);
        temps[i] = temp;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return fd;
}

static void forget_temp(const char *temp)
{
    for (int i = 0; i < MAX_TEMPS; i++)
        if (temps[i] == temp)
            temps[i] = NULL;
}

/* folder/.name.XXXXXX, in the folder of the target, so that it can be renamed */
static char *temp_name(const char *target)
{
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    size_t folder = (size_t)(name - target);
    size_t size = strlen(target) + sizeof "..XXXXXX";
    char *temp = tc_xcalloc(size, 1);

    snprintf(temp, size, "%.*s.%.200s.XXXXXX", (int)folder, target, name);
    return temp;
}

static bool open_temp(struct tc_sink *s, mode_t mode, struct tc_error *err)
{
    int fd;

    s->temp = temp_name(s->target);
    fd = make_temp(s->temp);
    if (fd < 0) {
        fail(err, s->path, "cannot create it", errno);
        free(s->temp);
        s->temp = NULL;
        return false;
    }
    fchmod(fd, mode);
    s->file = fdopen(fd, "w");
    if (!s->file) {
        fail(err, s->path, "cannot open it", errno);
        close(fd);
        return false;
    }
    return true;
}

bool tc_sink_open(struct tc_sink *s, const char *path, struct tc_error *err)
{
    struct stat st;
    mode_t mask = umask(0);
    bool ok;

    umask(mask);
    memset(s, 0, sizeof *s);
    if (!path || !strcmp(path, "-")) {
        s->file = stdout;
        return true;
    }
    s->path = path;
    s->target = realpath(path, NULL);
    if (!s->target && errno != ENOENT)
        return fail(err, path, "cannot open it", errno);
    if (!s->target) { /* new; or a link to nothing, which is then replaced */
        s->target = strcpy(tc_xcalloc(strlen(path) + 1, 1), path);
        ok = *path ? open_temp(s, 0666 & ~mask, err) : fail(err, path, "cannot open it", ENOENT);
    } else if (stat(s->target, &st)) {
        ok = fail(err, path, "cannot open it", errno);
    } else if (S_ISDIR(st.st_mode)) {
        ok = fail(err, path, "cannot write it", EISDIR);
    } else if (access(s->target, W_OK)) {
        /* renaming would replace it all the same, which nobody expects */
        ok = fail(err, path, "cannot write it", errno);
    } else if (S_ISREG(st.st_mode)) {
        ok = open_temp(s, st.st_mode & 0777, err);
    } else {
        s->file = fopen(s->target, "we");
        ok = s->file ? true : fail(err, path, "cannot open it", errno);
    }
    if (!ok)
        tc_sink_abandon(s);
    return ok;
}

bool tc_sink_failed(const struct tc_sink *s, struct tc_error *err)
{
    return fail(err, s->path, "cannot write it", errno ? errno : EIO);
}

bool tc_sink_finish(struct tc_sink *s, struct tc_error *err)
{
    bool ok;

    if (!s->file)
        return true;
    errno = 0;
    ok = !fflush(s->file) && !ferror(s->file);
    if (!ok)
        tc_sink_failed(s, err);
    if (s->file != stdout && fclose(s->file) && ok)
        ok = tc_sink_failed(s, err);
    s->file = NULL;
    return ok;
}

bool tc_sink_commit(struct tc_sink *s, struct tc_error *err)
{
    bool ok = tc_sink_finish(s, err);

    if (ok && s->temp) {
        if (rename(s->temp, s->target)) {
            ok = fail(err, s->path, "cannot write it", errno);
        } else {
            forget_temp(s->temp);
            free(s->temp);
            s->temp = NULL;
        }
    }
    tc_sink_abandon(s);
    return ok;
}

void tc_sink_abandon(struct tc_sink *s)
{
    if (s->file && s->file != stdout)
        fclose(s->file);
    if (s->temp) {
        unlink(s->temp);
        forget_temp(s->temp);
    }
    free(s->temp);
    free(s->target);
    memset(s, 0, sizeof *s);
}
