/* SPDX-License-Identifier: Apache-2.0 */
/*
 * families: everything that Culvert counts, one line each: the name of the constant, the name that
 * Prometheus reads, the type, up to three labels, and what it is. README.md in this folder is held
 * against it by a test. Labels are names of the configuration or words of ours: never content,
 * never an address of a person, never a client's.
 *
 *   COUNTER   grows while the process lives, over reloads too
 *   SECONDS   the same, counted in microseconds, shown in seconds
 *   GAUGE     goes up and down
 *   TIMES     histogram, observed in microseconds, shown in seconds
 *   SIZES     histogram, in bytes
 *
 * To be included with METRIC(constant, name, type, label, label, label, help) defined.
 */
/* clang-format off */

/* clients */
METRIC(CONNECTIONS_ACCEPTED, "culvert_connections_accepted_total", COUNTER, "tunnel", NULL, NULL,
       "Connections of clients that were taken.")
METRIC(CONNECTIONS_REFUSED, "culvert_connections_refused_total", COUNTER, "tunnel", "reason", NULL,
       "Connections of clients that were refused when they came.")
METRIC(CONNECTIONS, "culvert_connections", GAUGE, "tunnel", NULL, NULL,
       "Connections of clients that are open.")
METRIC(COMMANDS, "culvert_commands_total", COUNTER, "tunnel", "verb", NULL,
       "Commands of clients.")
METRIC(REPLIES, "culvert_replies_total", COUNTER, "tunnel", "class", NULL,
       "Replies to clients by their first digit.")
METRIC(LIMITS, "culvert_limits_total", COUNTER, "tunnel", "reason", NULL,
       "Times that a limit stopped a client, a command or a message.")
METRIC(TLS_HANDSHAKES, "culvert_tls_handshakes_total", COUNTER, "tunnel", "result", "version",
       "TLS handshakes with clients.")
METRIC(AUTHENTICATIONS, "culvert_authentications_total", COUNTER, "tunnel", "result", NULL,
       "Logins of clients that the next hop decided, and those that it could not be asked (error).")

/* mail */
METRIC(MESSAGES, "culvert_messages_total", COUNTER, "tunnel", "verdict", "class",
       "Messages whose text was complete or refused, by the verdict of the rules and the first digit of the reply.")
METRIC(RECIPIENTS, "culvert_recipients_total", COUNTER, "tunnel", "class", NULL,
       "Recipients by the first digit of the reply to RCPT.")
METRIC(RECEIVED_BYTES, "culvert_message_received_bytes_total", COUNTER, "tunnel", NULL, NULL,
       "Bytes of messages that came in.")
METRIC(SENT_BYTES, "culvert_message_sent_bytes_total", COUNTER, "tunnel", NULL, NULL,
       "Bytes of messages that went to the next hop.")
METRIC(MESSAGE_SIZE, "culvert_message_size_bytes", SIZES, "tunnel", NULL, NULL,
       "Sizes of messages as they came.")
METRIC(EVALUATION, "culvert_evaluation_seconds", TIMES, "tunnel", NULL, NULL,
       "Time that the rules took for a message.")
METRIC(DELIVERY, "culvert_delivery_seconds", TIMES, "tunnel", NULL, NULL,
       "Time from the verdict to the answer of the next hop.")
METRIC(RULES_MATCHED, "culvert_rules_matched_total", COUNTER, "tunnel", NULL, NULL,
       "Rules that matched in messages.")
METRIC(EDITS, "culvert_edits_total", COUNTER, "tunnel", NULL, NULL,
       "Changes that rules made in messages.")
METRIC(UNINSPECTED, "culvert_uninspected_total", COUNTER, "tunnel", "reason", NULL,
       "Messages of which something could not be looked at, by reason; one may have several.")
METRIC(UNCERTAIN, "culvert_uncertain_total", COUNTER, "tunnel", "reason", NULL,
       "Messages that can be read in several ways, by reason; one may have several.")
METRIC(EVALUATION_ERRORS, "culvert_evaluation_errors_total", COUNTER, "tunnel", NULL, NULL,
       "Messages that could not be changed as the rules wanted.")
METRIC(LOOPS, "culvert_mail_loops_total", COUNTER, "tunnel", "result", NULL,
       "Messages that came back to us, by what was done with them.")

/* next hops */
METRIC(UPSTREAM_CONNECTIONS, "culvert_upstream_connections_total", COUNTER, "upstream", "result", NULL,
       "Connections to next hops: made, taken again (kept), lost, failed before they could be used.")
METRIC(UPSTREAM_FAILURES, "culvert_upstream_failures_total", COUNTER, "upstream", "reason", NULL,
       "Connections to next hops that failed or were lost, by what was wrong.")
METRIC(UPSTREAM_OPEN, "culvert_upstream_connections", GAUGE, "upstream", NULL, NULL,
       "Connections to next hops that are open.")
METRIC(UPSTREAM_WAITING, "culvert_upstream_waiting", GAUGE, "upstream", NULL, NULL,
       "Messages that wait for a connection to a next hop.")
METRIC(UPSTREAM_DOWN, "culvert_upstream_down", GAUGE, "upstream", NULL, NULL,
       "Event loops for which a next hop is down: its last connection failed.")

/* the engine */
METRIC(SPOOL_BYTES, "culvert_spool_bytes", GAUGE, NULL, NULL, NULL,
       "Bytes of messages under way that are in files of the spool directory.")
METRIC(SPOOL_FILES, "culvert_spool_files", GAUGE, NULL, NULL, NULL,
       "Files of the spool directory that are open; they have no names.")
METRIC(MEMORY_BYTES, "culvert_message_memory_bytes", GAUGE, NULL, NULL, NULL,
       "Bytes of messages under way that are in memory.")
METRIC(WORKERS_WAITING, "culvert_workers_waiting", GAUGE, NULL, NULL, NULL,
       "Jobs that wait for a worker.")
METRIC(WORKERS_REFUSED, "culvert_workers_refused_total", COUNTER, NULL, NULL, NULL,
       "Jobs that found the workers' queue full.")
METRIC(LOG_LOST, "culvert_log_lines_dropped_total", COUNTER, NULL, NULL, NULL,
       "Lines of the log that nobody took in time.")
METRIC(RELOADS, "culvert_reloads_total", COUNTER, "result", NULL, NULL,
       "Reloads of the configuration or of its files: taken, refused.")
METRIC(POLICY_SINCE, "culvert_policy_loaded_timestamp_seconds", GAUGE, NULL, NULL, NULL,
       "When the policy in force was loaded.")
METRIC(CERTIFICATE_EXPIRY, "culvert_certificate_expiry_timestamp_seconds", GAUGE, "owner", "name", "file",
       "When a certificate of a tunnel or a service expires.")
METRIC(BUILD, "culvert_build_info", GAUGE, "version", NULL, NULL,
       "1; the label says which version runs.")

/* the process, under the names that all exporters use */
METRIC(PROCESS_START, "process_start_time_seconds", GAUGE, NULL, NULL, NULL,
       "When the process started.")
METRIC(PROCESS_CPU, "process_cpu_seconds_total", SECONDS, NULL, NULL, NULL,
       "Processor time of the process.")
METRIC(PROCESS_DESCRIPTORS, "process_open_fds", GAUGE, NULL, NULL, NULL,
       "Descriptors that are open.")
METRIC(PROCESS_DESCRIPTORS_MAX, "process_max_fds", GAUGE, NULL, NULL, NULL,
       "Descriptors that may be open.")
METRIC(PROCESS_RESIDENT, "process_resident_memory_bytes", GAUGE, NULL, NULL, NULL,
       "Memory of the process that is in RAM.")
METRIC(PROCESS_VIRTUAL, "process_virtual_memory_bytes", GAUGE, NULL, NULL, NULL,
       "Address space of the process.")
/* clang-format on */
