/* image.h: pictures from elsewhere, fetched on behalf of the reader; see image.c. */
#ifndef OTKLIK_API_IMAGE_H
#define OTKLIK_API_IMAGE_H

#include "api/call.h"

/* Under what address of ours the picture at url is to be had, by this call's message, for half an
 * hour. In the arena. */
str api_image_url(struct api_call *call, struct arena *a, str url);

/* The host that a picture is fetched from, all of its address that may stand in a log: the rest can
 * name a recipient. "" when there is none. Points into url. */
str api_image_host(str url);

/* The pictures of the last hours, at most max bytes of them. Used by several threads. */
struct api_images *api_images_new(size_t max);
void api_images_free(struct api_images *im); /* NULL is fine */
/* False when it is not there (any more). *body: a copy in the arena. */
bool api_images_find(struct api_images *im, struct arena *a, str url, usec now, str *body);
void api_images_keep(struct api_images *im, str url, str body, usec now);

/* One person's share of the threads that fetch: false when so many of the account's wishes wait or
 * are under way already. Each true is given back by one api_images_leave. */
#define API_IMAGES_EACH 64
bool api_images_enter(struct api_images *im, int64_t account_id);
void api_images_leave(struct api_images *im, int64_t account_id);

#endif
