/* assets.h: the files of the browser interface inside the program (tools/gen_assets.py). */
#ifndef OTKLIK_SITE_ASSETS_H
#define OTKLIK_SITE_ASSETS_H

#include "base/str.h"

struct asset {
	const char *path; /* "/assets/index-1a2b3c.js" */
	const char *content_type;
	const char *etag;        /* with quotes */
	bool hashed;             /* the name changes with the content: may be kept for ever */
	const char *p, *end;     /* the bytes */
	const char *gz, *gz_end; /* the same compressed; NULL where that saves nothing */
};

/* Sorted by path. */
extern const struct asset site_assets[];
extern const size_t site_n_assets;

/* NULL when there is no such file. */
const struct asset *site_asset_find(str path);

#endif
