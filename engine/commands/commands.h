/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands: the commands of the program. argv[0] is the command's name; each returns the exit
 * status (0 done, 1 error, 2 usage; `apply` has more, see config/README.md). Main thread, once a
 * process.
 */
#ifndef CULVERT_COMMANDS_COMMANDS_H
#define CULVERT_COMMANDS_COMMANDS_H

enum exit_status {
    EXIT_STATUS_OK = 0,
    EXIT_STATUS_ERROR = 1,
    EXIT_STATUS_USAGE = 2,
    EXIT_STATUS_INCOMPLETE = 3, /* done, but for some of what was to be read */
    EXIT_STATUS_REJECT = 10,
    EXIT_STATUS_HOLD = 11,
    EXIT_STATUS_DISCARD = 12,
    EXIT_STATUS_TEMPFAIL = 75 /* EX_TEMPFAIL of sysexits.h */
};

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_tunnels(int argc, char **argv);
int command_tls(int argc, char **argv);
int command_apply(int argc, char **argv);
int command_test(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_scan(int argc, char **argv);
int command_entities(int argc, char **argv);
int command_index(int argc, char **argv);
/* Its kinds; argv[0] is "exact", "documents". */
int command_index_exact(int argc, char **argv);
int command_index_documents(int argc, char **argv);

/* Program and libraries, a line each, on standard output. */
int command_version(void);

#endif
