/* workers.c -- a loop's steps shared among processes
 *
 * Processes and not threads: evaluators remember what they made, and a forked process has all of
 * that as it was, for itself. */
#include "compiler.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* worker's steps, until one stops or one before has stopped elsewhere */
static void work(unsigned worker, unsigned workers, uint64_t n, tc_step *step, void *state,
                 _Atomic uint64_t *stopped)
{
    for (uint64_t k = worker; k < n && k < atomic_load(stopped); k += workers) {
        uint64_t first = atomic_load(stopped);

        if (step(state, k))
            continue;
        while (k < first && !atomic_compare_exchange_weak(stopped, &first, k))
            ;
        return;
    }
}

bool tc_share_steps(unsigned workers, uint64_t n, tc_step *step, void *state, uint64_t *stopped,
                    struct tc_error *err)
{
    _Atomic uint64_t *first =
        mmap(NULL, sizeof *first, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child[TC_MOST_WORKERS];
    unsigned nchild = 0;
    bool ok = true;

    if (first == MAP_FAILED)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no memory that processes share: %s",
                       strerror(errno));
    atomic_init(first, n);
    workers = workers < n ? workers : (unsigned)n;
    fflush(NULL); /* what is not written yet, a child that ends early would write again */
    for (unsigned w = 1; ok && w < workers; w++) {
        child[nchild] = fork();
        if (child[nchild] == 0) {
            tc_progress_enable(false);
            work(w, workers, n, step, state, first);
            _exit(0);
        }
        ok = child[nchild] > 0 || tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                                          "process %u of --threads: %s", w + 1, strerror(errno));
        nchild += ok;
    }
    if (ok)
        work(0, workers, n, step, state, first);
    for (unsigned c = 0; c < nchild; c++) {
        int status;

        if (!ok)
            kill(child[c], SIGKILL);
        while (waitpid(child[c], &status, 0) < 0 && errno == EINTR)
            ;
        if (ok && (!WIFEXITED(status) || WEXITSTATUS(status)))
            ok =
                tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                        "process %u of --threads ended (signal %d): too little memory for so many?",
                        c + 2, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    *stopped = atomic_load(first);
    munmap(first, sizeof *first);
    return ok;
}
