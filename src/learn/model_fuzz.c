/* model_fuzz.c: bytes that say they are a model. The digest is mended, so that what is behind it is
 * read too; what opens must predict. */
#include <xxhash.h>

#include "learn/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e;
	struct model *m = NULL;
	struct model_prediction p;
	if (size < 36 || size > 1 << 20)
		return 0;
	char *copy = xmalloc(size);
	memcpy(copy, data, size);
	uint64_t length = size;
	uint32_t version = MODEL_VERSION;
	XXH128_canonical_t digest;
	XXH128_canonicalFromHash(&digest, XXH3_128bits(copy + 36, size - 36));
	memcpy(copy, MODEL_MAGIC, 8);
	memcpy(copy + 8, &version, 4);
	memcpy(copy + 12, &length, 8);
	memcpy(copy + 20, &digest, 16);
	if (model_open(str_n(copy, size), &m, &e) == ERR_OK) {
		struct model_scratch *s = model_scratch_new();
		struct arena *a = arena_new();
		struct model_reason *r;
		size_t n;
		model_predict(m, s, STR("parcel courier late деньги"), 0, &p);
		model_explain(a, m, s, STR("parcel late"), 0, 5, &r, &n);
		arena_free(a);
		model_scratch_free(s);
	}
	model_free(m);
	free(copy);
	/* The same bytes as a text and as a training file. */
	struct arena *a = arena_new();
	struct learn_example *x = NULL;
	size_t n = 0;
	if (learn_read_tsv(a, str_n((const char *)data, size), &x, &n, &e) != ERR_OK)
		n = 0;
	struct feature_reader *r = feature_reader_new();
	struct feature_text f;
	feature_read(r, str_n((const char *)data, size), 0, &f);
	feature_reader_free(r);
	arena_free(a);
	return 0;
}
