/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/index_key.h"

#include "transforms/keyed_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LEAST 16u
#define KEY_MOST 4096u

_Static_assert(INDEX_KEY_SIZE == KEYED_HASH_SIZE, "a key is a hash");

static void hash(struct span key, struct span bytes, unsigned char out[INDEX_KEY_SIZE])
{
    struct keyed_hash *keyed = keyed_hash_new(key);
    keyed_hash_add(keyed, bytes);
    keyed_hash_end(&keyed, out);
}

void index_key_of(struct span bytes, struct index_key *out)
{
    hash(bytes, SPAN("culvert index key"), out->secret);
}

void index_key_derive(const struct index_key *key, const char *purpose,
                      unsigned char out[INDEX_KEY_SIZE])
{
    hash(span_of((const char *)key->secret, sizeof key->secret), span_str(purpose), out);
}

void index_key_wipe(struct index_key *key)
{
    explicit_bzero(key, sizeof *key);
}

/* A key of root's may be open to one group, which is how a system shares it with a server that
 * does not run as root; any other is its owner's alone. */
static bool is_private(const struct stat *info, const char *path, uid_t owner, struct error *err)
{
    bool by_root = info->st_uid == 0;
    mode_t refused = by_root ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if (!S_ISREG(info->st_mode))
        return error_set(err, "expected a file with a key, got something else at %s", path);
    if (info->st_mode & refused)
        return error_set(err,
                         "%s holds a key and others than its owner have access to it (mode %04o); "
                         "chmod 600 it",
                         path, (unsigned)(info->st_mode & 07777));
    if (!by_root && info->st_uid != geteuid() && info->st_uid != owner)
        return error_set(err,
                         "%s holds a key and belongs to another user (number %lu); chown it to "
                         "root or to the user of this program",
                         path, (unsigned long)info->st_uid);
    return true;
}

static bool read_key(int fd, const char *path, struct index_key *out, struct error *err)
{
    char bytes[KEY_MOST + 1];
    size_t len = 0;
    ssize_t got = 1;
    while (got != 0 && len < sizeof bytes) {
        got = read(fd, bytes + len, sizeof bytes - len);
        if (got < 0 && errno != EINTR)
            return error_set_errno(err, errno, "cannot read %s", path);
        len += got > 0 ? (size_t)got : 0;
    }
    bool too_long = len > KEY_MOST;
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    bool good = !too_long && len >= KEY_LEAST;
    if (good)
        index_key_of(span_of(bytes, len), out);
    else
        (void)error_set(err, "expected a key of %u to %u bytes in %s", KEY_LEAST, KEY_MOST, path);
    explicit_bzero(bytes, sizeof bytes);
    return good;
}

bool index_key_read(const char *path, uid_t owner, struct index_key *out, struct error *err)
{
    struct stat info;
    /* Opening a pipe must not wait for its other end. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return error_set_code(err, ENOENT,
                              "there is no key %s; make one: (umask 077; head -c 32 /dev/urandom "
                              ">%s)",
                              path, path);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot read the key %s", path);
    bool good = fstat(fd, &info) == 0 ? is_private(&info, path, owner, err)
                                      : error_set_errno(err, errno, "cannot read %s", path);
    good = good && read_key(fd, path, out, err);
    (void)close(fd);
    return good;
}
