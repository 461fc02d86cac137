/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/delivery.h"

#include "engine/base/log.h"
#include "tunnels/delivery/maildir_file.h"
#include "tunnels/place.h"

#include <errno.h>

/*
 * maildir: a delivery into a Maildir, for demonstrations and tests: takes every address, writes the
 * message on a worker thread and says 250 after fsync.
 */

struct maildir {
    struct delivery delivery;
    struct delivery_place place;
    struct job job;
    bool busy; /* the job is with the workers */
    bool ended;
    struct span *recipients;
    size_t count, cap;
    struct maildir_message message;
    bool written;
    struct error err;
};

static const struct reply sender_ok = REPLY(250, "2.1.0", "Sender ok");
static const struct reply recipient_ok = REPLY(250, "2.1.5", "Recipient ok");
static const struct reply delivered = REPLY(250, "2.0.0", "Delivered");
static const struct reply overload = REPLY(451, "4.3.2", "Too busy, try again later");
static const struct reply disk_full = REPLY(452, "4.3.1", "Not enough disk space, try again later");
static const struct reply failed = REPLY(451, "4.3.0", "Cannot store the message, try again later");

static struct maildir *maildir_of(struct delivery *delivery)
{
    return CONTAINER_OF(delivery, struct maildir, delivery);
}

static void maildir_mail(struct delivery *delivery)
{
    delivery->events->on_mail(delivery->user, &sender_ok);
}

static void maildir_rcpt(struct delivery *delivery, struct span recipient,
                         const struct rcpt_params *params)
{
    (void)params; /* nothing of it was offered */
    struct maildir *maildir = maildir_of(delivery);
    maildir->recipients = arena_grow(maildir->place.arena, maildir->recipients, maildir->count,
                                     &maildir->cap, sizeof *maildir->recipients);
    maildir->recipients[maildir->count++] = recipient;
    delivery->events->on_rcpt(delivery->user, maildir->count - 1, &recipient_ok);
}

static void maildir_again(struct delivery *delivery)
{
    maildir_of(delivery)->count = 0;
}

static void run_on_worker(struct job *job)
{
    struct maildir *maildir = CONTAINER_OF(job, struct maildir, job);
    maildir->written = maildir_write(&maildir->message, &maildir->err);
}

static const struct reply *verdict(const struct maildir *maildir)
{
    if (maildir->written)
        return &delivered;
    log_event(LOG_ERROR, "maildir.failed", LOG_SPAN("tunnel", maildir->place.tunnel->name),
              LOG_STR("reason", maildir->err.text));
    int code = maildir->err.code;
    return code == ENOSPC || code == EDQUOT || code == EFBIG ? &disk_full : &failed;
}

static void done_on_loop(struct job *job)
{
    struct maildir *maildir = CONTAINER_OF(job, struct maildir, job);
    const struct delivery *delivery = &maildir->delivery;
    maildir->busy = false;
    if (maildir->ended)
        delivery->events->on_idle(delivery->user);
    else
        delivery->events->on_final(delivery->user, verdict(maildir));
}

static void maildir_message(struct delivery *delivery, const struct outgoing *outgoing)
{
    struct maildir *maildir = maildir_of(delivery);
    struct tunnel_loop *loop = maildir->place.loop;
    maildir->message = (struct maildir_message){.path = maildir->place.route->hops[0].path,
                                                .sender = delivery->sender,
                                                .recipients = maildir->recipients,
                                                .recipient_count = maildir->count,
                                                .original = outgoing->original,
                                                .edits = outgoing->edits};
    maildir->job.run = run_on_worker;
    maildir->job.done = done_on_loop;
    maildir->busy = workers_submit(loop->workers, loop->loop, &maildir->job);
    if (!maildir->busy)
        delivery->events->on_final(delivery->user, &overload);
}

static bool maildir_end(struct delivery *delivery)
{
    struct maildir *maildir = maildir_of(delivery);
    maildir->ended = true;
    return !maildir->busy;
}

static const char *maildir_hop(struct delivery *delivery)
{
    return maildir_of(delivery)->place.route->hops[0].text;
}

static const struct delivery_ops maildir_ops = {.mail = maildir_mail,
                                                .rcpt = maildir_rcpt,
                                                .again = maildir_again,
                                                .message = maildir_message,
                                                .end = maildir_end,
                                                .hop = maildir_hop};

struct delivery *maildir_new(const struct delivery_place *place)
{
    struct maildir *maildir = ARENA_NEW(place->arena, struct maildir);
    maildir->delivery.ops = &maildir_ops;
    maildir->place = *place;
    return &maildir->delivery;
}
