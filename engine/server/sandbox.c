/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/sandbox.h"

#include "engine/base/mem.h"
#include "engine/server/leaks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Younger than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
/* Before this version files cannot be renamed from folder to folder, which a Maildir lives on. */
#define VERSION_LEAST 2
#define VERSION_TRUNCATE 3

#define ON_FILES                                                                                   \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                                    \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG |   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REFER)
#define OTHERS                                                                                     \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

static int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < VERSION_LEAST ? 0 : (int)version;
}

static bool allow(int ruleset, const struct sandbox_path *path, uint64_t handled, struct error *err)
{
    struct landlock_path_beneath_attr rule = {.allowed_access =
                                                  READING | (path->writable ? WRITING : 0),
                                              .parent_fd = open(path->path, O_PATH | O_CLOEXEC)};
    struct stat about;
    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
               error_set_errno(err, errno, "%s", path->path);
    if (fstat(rule.parent_fd, &about) == 0 && !S_ISDIR(about.st_mode))
        rule.allowed_access &= ON_FILES;
    rule.allowed_access &= handled;
    bool good = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    if (!good)
        (void)error_set_errno(err, errno, "cannot allow %s in the sandbox", path->path);
    (void)close(rule.parent_fd);
    return good;
}

static bool restrict_files(int version, const struct sandbox_path *paths, size_t count,
                           struct error *err)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = READING | WRITING | OTHERS};
    if (version < VERSION_TRUNCATE)
        attr.handled_access_fs &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0)
        return error_set_errno(err, errno, "cannot make a Landlock ruleset");
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = allow(ruleset, &paths[i], attr.handled_access_fs, err);
    if (good && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        good = error_set_errno(err, errno, "cannot enter the Landlock sandbox");
    (void)close(ruleset);
    return good;
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define FOREIGN_FROM 0x40000000u /* calls of x32 */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/* What nothing in here ever calls, and who broke in would like to. A list of what is allowed would
 * break with the next version of the C library. */
static const unsigned denied[] = {
    SYS_execve,
    SYS_execveat,
#if !LOOKS_FOR_LEAKS
    SYS_ptrace,
#endif
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
    SYS_reboot,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_pidfd_getfd,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    SYS_personality,
    SYS_vhangup,
    SYS_fanotify_init,
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};

#ifdef ARCHITECTURE
#define STATEMENT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP(code, k, yes, no))
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* Each denied call is compared and jumps behind the end, where the refusal is. */
static bool filter_calls(struct error *err)
{
    struct sock_filter code[ARRAY_LEN(denied) + 8];
    unsigned short at = 0;
    code[at++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    code[at++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    code[at++] = STATEMENT(BPF_RET | BPF_K, REFUSE);
    code[at++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    size_t last = at + ARRAY_LEN(denied);
#ifdef FOREIGN_FROM
    last++;
    code[at] = JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_FROM, (uint8_t)(last - at), 0);
    at++;
#endif
    for (size_t i = 0; i < ARRAY_LEN(denied); i++) {
        code[at] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], (uint8_t)(last - at), 0);
        at++;
    }
    code[at++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[at++] = STATEMENT(BPF_RET | BPF_K, REFUSE);
    const struct sock_fprog program = {.len = at, .filter = code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ||
           error_set_errno(err, errno, "cannot filter system calls");
}
#endif

bool sandbox_enter(const struct sandbox_path *paths, size_t count,
                   struct sandbox_strength *strength_out, struct error *err)
{
    int version = landlock_version();
    *strength_out = (struct sandbox_strength){.landlock = (unsigned)version};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(err, errno, "cannot give up new privileges");
    if (version > 0 && !restrict_files(version, paths, count, err))
        return false;
#ifdef ARCHITECTURE
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        return true; /* the kernel was built without */
    strength_out->seccomp = true;
    return filter_calls(err);
#else
    return true;
#endif
}
