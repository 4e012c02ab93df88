/* Tests of site/: the table of files. */
#include "base/test.h"
#include "site/assets.h"

TEST(the_table_of_files_is_sorted_and_each_is_found)
{
	for (size_t i = 0; i < site_n_assets; i++) {
		const struct asset *a = &site_assets[i];
		CHECK(i == 0 || strcmp(site_assets[i - 1].path, a->path) < 0);
		CHECK(site_asset_find(str_of(a->path)) == a);
		CHECK(a->end > a->p || strcmp(a->path, "/index.html") != 0);
		CHECK(!a->gz || (unsigned char)a->gz[0] == 0x1f);
	}
	CHECK(!site_asset_find(STR("/no/such/file.js")));
	CHECK(!site_asset_find(STR("")));
}
