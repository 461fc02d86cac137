/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_flow.h"

/* conn_order: what came before what, for an owner who must know what the peer has answered to. */

bool conn_has_input(const struct conn *conn)
{
    return conn->eof || conn->ended || conn->kept.len > 0 ||
           (conn->tls && conn_tls_has_input(conn->tls)) ||
           !(conn->socket && conn_socket_is_quiet(conn->socket));
}

size_t conn_unsent_lines(const struct conn *conn)
{
    return conn_output_lines(&conn->output);
}

bool conn_is_delivered(const struct conn *conn)
{
    return conn_output_is_empty(&conn->output) && (!conn->tls || conn_tls_is_flushed(conn->tls)) &&
           !(conn->socket && conn_socket_has_unacknowledged(conn->socket));
}
