/* intake_name.c: writers whose names look like ours. See intake_internal.h. */
#include "base/buf.h"
#include "mail/intake_internal.h"
#include "store/account.h"
#include "text/addr.h"
#include "text/fold.h"
#include "text/skeleton.h"

/* Is the address one of our inboxes or accounts? */
static enum err is_ours(struct arena *a, struct db_conn *tx, str address, bool *out,
                        struct error *e)
{
	struct inbox box;
	struct account account;
	struct error why = {0};
	enum err err = inbox_by_address(a, tx, inbox_address_norm(a, address, NULL), &box, &why);
	if (err == ERR_NOT_FOUND)
		err = account_by_email(a, tx, account_email_norm(a, address), &account, &why);
	*out = !err;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err && e)
		*e = why;
	return err;
}

/* An address of ours within the name: "support@shop.test" <x@y.test>. */
static enum err names_address(struct arena *a, struct db_conn *tx, str name, bool *out,
                              struct error *e)
{
	str rest = text_fold(a, str_cut_utf8(str_to_utf8(a, name), 400)), word;
	*out = false;
	for (size_t i = 0; i < rest.n; i++)
		if (strchr("<>()[],;:\"'\t", rest.p[i]))
			((char *)(uintptr_t)rest.p)[i] = ' '; /* the arena's copy */
	while (!*out && str_split(&rest, ' ', &word)) {
		if (str_chr(word, '@') <= 0)
			continue;
		enum err err = is_ours(a, tx, word, out, e);
		if (err)
			return err;
	}
	return ERR_OK;
}

enum err intake_look_alike(struct arena *a, struct db_conn *tx, struct mime_addr from,
                           const char **warning, struct error *e)
{
	struct house_name *names;
	size_t n;
	bool ours, address;
	*warning = NULL;
	if (!str_trim(from.name).n)
		return ERR_OK;
	enum err err = is_ours(a, tx, from.email, &ours, e);
	if (!err && !ours)
		err = names_address(a, tx, str_dup(a, from.name), &address, e);
	if (err || ours)
		return err;
	if (address) {
		*warning = WARNING_ADDRESS_NAME;
		return ERR_OK;
	}
	str look = text_skeleton(a, from.name);
	err = intake_house_names(a, tx, &names, &n, e);
	for (size_t i = 0; !err && look.n && i < n; i++) {
		str mine = text_skeleton(a, names[i].name);
		/* Many are called Anna. */
		if (!str_eq(mine, look) || (names[i].of_person && str_chr(mine, ' ') < 0))
			continue;
		*warning = names[i].of_person ? WARNING_STAFF_NAME : WARNING_HOUSE_NAME;
		if (names[i].of_person)
			break;
	}
	return err;
}

str intake_warnings(struct arena *a, const char *const *list, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++) {
		if (!list[i])
			continue;
		if (b.n)
			buf_addc(&b, ' ');
		buf_addz(&b, list[i]);
	}
	return str_dup(a, buf_str(&b));
}
