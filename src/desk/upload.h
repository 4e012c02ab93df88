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

/* True for letters, business cards and calendars, by type or by the name's ending: their bytes
 * hold addresses, so that they are kept from actors without contact.reveal. */
bool desk_holds_addresses(struct arena *a, str content_type, str name);

/* Any of ticket.reply, ticket.note, ticket.create; accounts only. The bytes were made ready by
 * blob_prepare_fd on a worker. */
enum err desk_upload_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct blob *blob, str name,
                            str content_type, struct upload *out, struct error *e) MUST_USE;
enum err desk_upload_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, struct error *e) MUST_USE;

/* Right ticket.read and a visible ticket; the caller closes the descriptor. ERR_DENIED
 * "error.locked_file" for what desk_holds_addresses when the actor sees addresses masked. */
enum err desk_attachment_open(const struct desk *d, struct arena *a, struct db_conn *c,
                              const struct actor *actor, int64_t id, struct attachment *out,
                              int *fd, int64_t *size, struct error *e) MUST_USE;

#endif
