/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/expiry.h"

#include "tunnels/tls/validity.h"

/* `kind` and `name` say whose it is: "tunnel", "outbound". */
static void tell(const struct tls_validity *validity, const char *kind, struct span name,
                 int64_t now)
{
    int64_t days = 0;
    enum tls_age age = validity->file ? tls_age(validity, now, &days) : TLS_AGE_GOOD;
    struct tls_date until = tls_date(validity->until), from = tls_date(validity->from);
    if (age == TLS_AGE_EXPIRED)
        log_event(LOG_ERROR, "tls.certificate_expired", LOG_SPAN(kind, name),
                  LOG_WHOLE("file", span_str(validity->file)), LOG_STR("until", until.text),
                  LOG_NUM("days_ago", days));
    else if (age == TLS_AGE_EARLY)
        log_event(LOG_ERROR, "tls.certificate_early", LOG_SPAN(kind, name),
                  LOG_WHOLE("file", span_str(validity->file)), LOG_STR("from", from.text));
    else if (age == TLS_AGE_SOON)
        log_event(LOG_WARNING, "tls.certificate_expires", LOG_SPAN(kind, name),
                  LOG_WHOLE("file", span_str(validity->file)), LOG_STR("until", until.text),
                  LOG_NUM("days_left", days));
}

static void look_at_tunnel(const struct tunnel *tunnel, int64_t now)
{
    const struct tls_server_settings *tls = tunnel->tls;
    if (!tls)
        return;
    for (size_t i = 0; i < tls->identity_count; i++)
        tell(&tls->identities[i].validity, "tunnel", tunnel->name, now);
    tell(&tls->authorities_validity, "tunnel", tunnel->name, now);
}

static void look_at_service(const struct service *service, int64_t now)
{
    const struct tls_client_settings *tls = &service->upstream.tls;
    if (tls->identity)
        tell(&tls->identity->validity, "service", service->name, now);
    tell(&tls->authorities_validity, "service", service->name, now);
}

/* Several tunnels may feed one service. */
static bool is_first_of_service(const struct policy *policy, size_t loading)
{
    const struct service *service = policy->loadings[loading].tunnel->service;
    for (size_t i = 0; i < loading; i++) {
        if (policy->loadings[i].loads && policy->loadings[i].tunnel->service == service)
            return false;
    }
    return true;
}

static void look(void *arg)
{
    struct expiry *expiry = arg;
    const struct policy *policy = expiry->policy;
    int64_t now = expiry->clock();
    for (size_t i = 0; i < policy->loading_count; i++) {
        if (!policy->loadings[i].loads)
            continue;
        look_at_tunnel(policy->loadings[i].tunnel, now);
        if (is_first_of_service(policy, i))
            look_at_service(policy->loadings[i].tunnel->service, now);
    }
    timer_start(&expiry->timer, EXPIRY_LOOK_MS);
}

void expiry_init(struct expiry *expiry, struct loop *loop, int64_t (*clock)(void))
{
    *expiry = (struct expiry){.clock = clock};
    timer_init(&expiry->timer, loop, look, expiry);
}

void expiry_watch(struct expiry *expiry, const struct policy *policy)
{
    expiry->policy = policy;
    look(expiry);
}

void expiry_stop(struct expiry *expiry)
{
    timer_stop(&expiry->timer);
}
