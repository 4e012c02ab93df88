/* service_testing.h: a whole service on a loopback port, and a plain HTTP client, for tests. */
#ifndef OTKLIK_MAIN_SERVICE_TESTING_H
#define OTKLIK_MAIN_SERVICE_TESTING_H

#include "base/test.h"
#include "json/read.h"
#include "main/service.h"

struct served {
	struct app app;
	struct service *service;
	struct arena *arena; /* of answers */
	int port;
};

/* A fresh database of this engine, without mail and jobs; the account
 * "admin@x.test" with the password "correct horse battery". */
void served_start(struct served *s, enum db_engine engine);
/* The same with further options of the command line ("--lmtp.allow=::1"); they win. NULL ends
 * the list. */
void served_start_with(struct served *s, enum db_engine engine, const char *const *options);
void served_stop(struct served *s);
/* A second process on the same database (PostgreSQL), until served_stop_beside. */
void served_start_beside(struct served *second, const struct served *first);
void served_stop_beside(struct served *second);

/* Who asks. */
struct who {
	str cookie; /* "name=value" */
	str token;  /* bearer */
};

struct answer {
	int status;
	str head, body;
	const struct json *json; /* NULL when the body is none */
};
/* body NULL: none. extra: further header lines with their line ends, or NULL. */
struct answer ask(struct served *s, const struct who *who, const char *method, const char *path,
                  const char *body, const char *extra);
/* The header's value, "" when absent. */
str answer_header(const struct answer *a, const char *name);
/* Fails the test unless the status is this one. */
void check_status(const char *file, int line, const struct answer *a, int status);
#define CHECK_STATUS(a, status) check_status(__FILE__, __LINE__, (a), (status))
int64_t answer_int(const struct answer *a, const char *key);
str answer_str(const struct answer *a, const char *key);
/* Signs in; fails the test when that is refused. */
struct who sign_in(struct served *s, const char *email, const char *password);

/* An open stream: a connection after its request was sent. */
struct stream {
	int fd;
	bool websocket;
	str text; /* read and not yet taken */
	struct served *s;
};
void stream_open(struct stream *t, struct served *s, const struct who *who, const char *path,
                 bool websocket);
/* The next message's JSON; NULL when the stream has ended or nothing comes for seconds. */
const struct json *stream_next(struct stream *t);
void stream_close(struct stream *t);

#endif
