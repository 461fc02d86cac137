/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_release: what becomes of a connection when its user is done: it is reset where that is
 * needed, then waits for the next user, goes to one who waits for it, or is closed.
 */
#include "tunnels/upstream/upstream_link.h"

#define MS 1000u

/* Refusals without a message taken, before those at which servers slow the connection down for all
 * that comes on it (Postfix: 10) or hang up (Postfix: 20): who made them may be another client. */
#define REFUSALS_KEPT 5u

/* Whether another mail may go on this connection, by the settings and by RFC 9422. Where the peer
 * counts the domains of a session, the next mail's are not known when it begins: it gets a
 * connection of its own. */
static bool takes_another(const struct upstream *upstream)
{
    const struct smtp_limits *limits = &upstream->capabilities.limits;
    if (!upstream_is_of_use(upstream))
        return false;
    if (upstream->mails == 0)
        return true;
    if (upstream->refusals >= REFUSALS_KEPT)
        return false;
    unsigned most = upstream->peer->settings.connection_mails;
    if (limits->mail_max > 0 && (most == 0 || limits->mail_max < most))
        most = limits->mail_max;
    return limits->rcpt_domain_max == 0 && (most == 0 || upstream->mails < most);
}

/* Nothing is owed and nobody uses it: into the pool. */
void upstream_become_idle(struct upstream *upstream)
{
    if (upstream->keeper) {
        upstream_return(upstream);
        return;
    }
    struct quota_wait *next = NULL;
    upstream->kept = true;
    enum idle idle = IDLE_CLOSE;
    /* What came behind the last reply was not asked for. */
    if (takes_another(upstream) && !upstream->more)
        idle = peer_keep(upstream->peer, upstream, &next);
    if (idle == IDLE_WANTED)
        upstream_hand_over(upstream, next ? CONTAINER_OF(next, struct upstream, wait)
                                          : peer_line_first(upstream->peer));
    if (idle != IDLE_KEPT) {
        upstream_retire(upstream);
        return;
    }
    upstream_enter(upstream, UPSTREAM_IDLE);
    reply_reader_fini(&upstream->reader);
    conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.idle_timeout_s * MS);
}

/* Replies to abandoned commands are dropped; the last one is RSET's. */
void upstream_resetting_reply(struct upstream *upstream, const struct reply *reply)
{
    if (upstream->outstanding > 0)
        upstream->outstanding--;
    if (upstream->outstanding > 0)
        return;
    if (upstream->reset_wanted) {
        upstream->reset_wanted = false;
        upstream_send_line(upstream, SPAN("RSET\r\n"));
    } else if (reply->code == 250) {
        upstream_become_idle(upstream);
    } else {
        upstream_lose(upstream, PEER_UNREACHABLE, "RSET was refused");
    }
}

static void reset(struct upstream *upstream)
{
    bool may_send = upstream->outstanding == 0 || upstream->capabilities.pipelining;
    upstream_enter(upstream, UPSTREAM_RESETTING);
    upstream->reset_wanted = !may_send;
    if (may_send)
        upstream_send_line(upstream, SPAN("RSET\r\n"));
}

void upstream_release(struct upstream **slot, enum upstream_release how)
{
    struct upstream *upstream = *slot;
    *slot = NULL;
    if (!upstream || upstream->state == UPSTREAM_CLOSED)
        return;
    bool by_keeper = upstream->user == upstream->keeper;
    bool comes_back = how != RELEASE_CLOSE && upstream->state >= UPSTREAM_LEASED;
    upstream->events = NULL;
    upstream->user = NULL;
    if (upstream->keeper && !by_keeper && comes_back) {
        if (how == RELEASE_RESET && upstream->state == UPSTREAM_LEASED)
            reset(upstream);
        upstream_hand_back(upstream);
        return;
    }
    if (upstream->keeper && !by_keeper)
        upstream_tell_keeper(upstream, "given up");
    /* One that is not greeted yet goes, too: a peer that never greets must not collect them. */
    if (how == RELEASE_CLOSE || upstream->state != UPSTREAM_LEASED)
        upstream_shut(upstream);
    else if (how == RELEASE_RESET)
        reset(upstream);
    else
        upstream_become_idle(upstream);
}

void upstream_retire(struct upstream *upstream)
{
    /* Where QUIT would have to wait for a reply it is better left out. */
    if (upstream->conn && (upstream->outstanding == 0 || upstream->capabilities.pipelining))
        conn_write(upstream->conn, SPAN("QUIT\r\n"));
    upstream_shut(upstream);
}

void upstreams_retire_all(struct list *all)
{
    while (!list_is_empty(all)) {
        struct upstream *first = LIST_FIRST(all, struct upstream, of_peer);
        if (first->state == UPSTREAM_IDLE || first->state == UPSTREAM_RESETTING)
            upstream_retire(first);
        else
            upstream_shut(first);
    }
}

void upstreams_close_all(struct list *all)
{
    while (!list_is_empty(all))
        upstream_shut(LIST_FIRST(all, struct upstream, of_peer));
}
