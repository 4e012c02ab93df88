/* upload.h: files on their way into a message, and out of one. */
#ifndef OTKLIK_DESK_UPLOAD_H
#define OTKLIK_DESK_UPLOAD_H

#include "desk/desk.h"
#include "store/attachment.h"

/* A name that can do no harm: no folders, no control characters, no leading
 * dot, at most 200 bytes; "file" when nothing is left. */
str desk_file_name(struct arena *a, str name);
/* "type/subtype" in lower case, or "application/octet-stream". */
str desk_content_type(struct arena *a, str type);
/* True for the raster images that may be shown in place: png, jpeg, gif, webp, avif, bmp. */
bool desk_is_image(str content_type);

/* Any of ticket.reply, ticket.note, ticket.create; accounts only. The bytes were made ready by
 * blob_prepare_fd on a worker. */
enum err desk_upload_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct blob *blob, str name,
                            str content_type, struct upload *out, struct error *e) MUST_USE;
enum err desk_upload_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, struct error *e) MUST_USE;
/* Drops uploads past their life. */
enum err desk_upload_expire(const struct desk *d, struct db_conn *tx, int64_t *n,
                            struct error *e) MUST_USE;

/* Right ticket.read and a visible ticket; the caller closes the descriptor. */
enum err desk_attachment_open(const struct desk *d, struct arena *a, struct db_conn *c,
                              const struct actor *actor, int64_t id, struct attachment *out,
                              int *fd, int64_t *size, struct error *e) MUST_USE;

#endif
