/* merge_test.c: merges and splits, and that undoing brings everything back. */
#include "base/buf.h"
#include "desk/contact.h"
#include "desk/merge_moved.h"
#include "desk/ticket_testing.h"

DB_TEST(two_tickets_become_one_and_two_again)
{
	struct world *w = world_new(engine);
	int64_t one =
	    world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?");
	world_answer(w, one, "Here.");
	int64_t two = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Again", "Hello?");
	struct ticket_change solve = {.has_status = true, .status = TICKET_SOLVED};
	struct ticket t;
	struct merge m, undone;
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), one, &solve, &t, &w->e), &w->e);
	world_commit(w);
	struct ticket old_one = world_ticket(w, one), old_two = world_ticket(w, two);
	world_begin(w);
	CHECK_REFUSED(desk_ticket_merge(W(w, &w->anna), one, one, &m, &w->e), w, ERR_INVALID,
	              "error.merge_self");
	CHECK_INT(desk_ticket_merge(W(w, &w->oleg), two, one, &m, &w->e), ERR_DENIED);
	CHECK_OK(desk_ticket_merge(W(w, &w->anna), two, one, &m, &w->e), &w->e);
	CHECK_REFUSED(desk_ticket_merge(W(w, &w->anna), two, one, &undone, &w->e), w, ERR_CONFLICT,
	              "error.merged_already");
	world_commit(w);
	t = world_ticket(w, two);
	CHECK_INT(t.status, TICKET_CLOSED);
	CHECK_INT(t.merged_into, one);
	CHECK_INT(t.message_count, 0);
	t = world_ticket(w, one);
	CHECK_INT(t.status, TICKET_OPEN); /* somebody waits */
	CHECK_INT(t.waiting_since, old_two.waiting_since);
	CHECK_INT(t.message_count, 3);
	world_check_derived(w, one);
	/* What comes for the old one lands in the new one, and stays there. */
	int64_t later = world_more(w, two, "ivan@shop.example", "Anybody?");
	struct message msg;
	world_read(w);
	CHECK_OK(message_get(w->a, w->reader, actor_system(), later, &msg, &w->e), &w->e);
	world_read_end(w);
	CHECK_INT(msg.ticket_id, one);

	world_begin(w);
	CHECK_INT(desk_merge_undo(W(w, &w->vera), m.id, &undone, &w->e), ERR_NOT_FOUND);
	CHECK_OK(desk_merge_undo(W(w, &w->anna), m.id, &undone, &w->e), &w->e);
	world_commit(w);
	t = world_ticket(w, two);
	CHECK_INT(t.status, TICKET_NEW);
	CHECK_INT(t.merged_into, 0);
	CHECK_INT(t.waiting_since, old_two.waiting_since);
	CHECK_INT(t.message_count, 1);
	t = world_ticket(w, one);
	CHECK_INT(t.status, TICKET_OPEN); /* not solved: somebody wrote since and waits */
	CHECK_INT(t.message_count, old_one.message_count + 1);
	CHECK_INT(t.last_message_id, later);
	world_check_derived(w, one);
	world_check_derived(w, two);
	world_begin(w);
	CHECK_REFUSED(desk_merge_undo(W(w, &w->anna), m.id, &undone, &w->e), w, ERR_CONFLICT,
	              "error.undone_already");
	world_rollback(w);
	int64_t foreign = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_two, "X", "Y");
	world_begin(w);
	CHECK_REFUSED(desk_ticket_merge(W(w, &w->anna), foreign, one, &m, &w->e), w, ERR_INVALID,
	              "error.other_brand");
	world_rollback(w);
	world_free(w);
}

DB_TEST(a_ticket_is_split)
{
	struct world *w = world_new(engine);
	int64_t one =
	    world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "Where?");
	int64_t second = world_more(w, one, "ivan@shop.example", "And my refund?");
	struct ticket before = world_ticket(w, one);
	struct merge m, undone;
	int64_t none = 999999, all[] = {before.last_message_id, second, second - 1};
	world_begin(w);
	CHECK_REFUSED(desk_ticket_split(W(w, &w->anna), one, &none, 1, STR("Refund"), &m, &w->e), w,
	              ERR_INVALID, "error.no_such_reference");
	CHECK_REFUSED(desk_ticket_split(W(w, &w->anna), one, all, 3, STR("Refund"), &m, &w->e), w,
	              ERR_INVALID, "error.split_all");
	CHECK_OK(desk_ticket_split(W(w, &w->anna), one, &second, 1, STR("Refund"), &m, &w->e),
	         &w->e);
	world_commit(w);
	struct ticket new = world_ticket(w, m.into_id);
	CHECK_STR(new.subject, "Refund");
	CHECK_INT(new.split_from, one);
	CHECK_INT(new.contact_id, before.contact_id);
	CHECK_STR(new.snippet, "And my refund?");
	CHECK(new.waiting_since > 0);
	CHECK_INT(world_ticket(w, one).message_count, 1);
	world_check_derived(w, one);
	world_check_derived(w, new.id);
	world_begin(w);
	CHECK_OK(desk_merge_undo(W(w, &w->anna), m.id, &undone, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_ticket(w, one).message_count, 2);
	CHECK_INT(world_ticket(w, new.id).merged_into, one);
	world_check_derived(w, one);
	world_free(w);
}

/* ---- at random ---- */

enum { TICKETS = 6, STEPS = 25 };

static uint32_t next(uint32_t *seed)
{
	return *seed = *seed * 1664525u + 1013904223u;
}

static uint32_t below(uint32_t *seed, uint32_t n)
{
	return (next(seed) >> 8) % n;
}

static const char tickets_sql[] =
    "SELECT id, status, waiting_since, first_reply_at, solved_at, closed_at, message_count, "
    "last_message_id, last_message_at, last_from, snippet, merged_into, has_attachments, "
    "contact_id FROM ticket WHERE split_from IS NULL ORDER BY id";

/* All that merges and splits may touch, as one text. */
static str picture(struct world *w)
{
	static const char *const sql[] = {
	    tickets_sql, "SELECT id, ticket_id, contact_id FROM message ORDER BY id",
	    "SELECT id, ticket_id FROM side_thread ORDER BY id",
	    "SELECT id, ticket_id, removed_at FROM participant ORDER BY id",
	    "SELECT tt.ticket_id, tt.tag_id FROM ticket_tag tt ORDER BY tt.ticket_id, tt.tag_id"};
	static const int columns[] = {14, 3, 2, 3, 2};
	BUF_AUTO b;
	buf_init(&b, 0);
	world_read(w);
	for (size_t i = 0; i < COUNT_OF(sql); i++) {
		struct db_rows r;
		db_rows_open_text(&r, w->reader, str_of(sql[i]), DB_NO_ARGS);
		while (db_rows_next(&r)) {
			for (int c = 0; c < columns[i]; c++) {
				buf_add(&b, db_get_str(&r, c));
				buf_addc(&b, ' ');
				buf_add_i64(&b, db_get_int(&r, c));
				buf_addc(&b, '|');
			}
			buf_addc(&b, '\n');
		}
		CHECK_OK(db_rows_close(&r, &w->e), &w->e);
	}
	world_read_end(w);
	return str_dup(w->a, buf_str(&b));
}

static void some_step(struct world *w, uint32_t *seed, int64_t *tickets, size_t *n_tickets,
                      int64_t *merges, size_t *n_merges)
{
	struct merge m;
	enum err err;
	int64_t x = tickets[below(seed, (uint32_t)*n_tickets)];
	int64_t y = tickets[below(seed, (uint32_t)*n_tickets)];
	world_wait(w, USEC_SECOND);
	world_begin(w);
	switch (below(seed, 3)) {
	case 0:
		err = desk_ticket_merge(W(w, &w->anna), x, y, &m, &w->e);
		if (!err)
			merges[(*n_merges)++] = m.id;
		break;
	case 1: {
		struct message *page;
		size_t n;
		bool more;
		int64_t some[3];
		size_t n_some = 0;
		CHECK_OK(
		    message_page(w->a, w->tx, actor_system(), x, 0, 50, &page, &n, &more, &w->e),
		    &w->e);
		for (size_t i = 0; i < n && n_some < 3; i++)
			if (!page[i].thread_id && below(seed, 2))
				some[n_some++] = page[i].id;
		err = desk_ticket_split(W(w, &w->anna), x, some, n_some, STR("Part"), &m, &w->e);
		if (!err) {
			merges[(*n_merges)++] = m.id;
			tickets[(*n_tickets)++] = m.into_id;
		}
		break;
	}
	default: {
		if (!*n_merges) {
			err = ERR_CONFLICT;
			break;
		}
		size_t at = below(seed, (uint32_t)*n_merges);
		err = desk_merge_undo(W(w, &w->anna), merges[at], &m, &w->e);
		if (!err) {
			for (size_t i = at; i + 1 < *n_merges; i++)
				merges[i] = merges[i + 1];
			--*n_merges;
		}
	}
	}
	if (err) {
		CHECK(err == ERR_CONFLICT || err == ERR_INVALID);
		world_rollback(w);
	} else {
		world_commit(w);
	}
}

/* Undoes all that is left, in whatever order is allowed. */
static void undo_all(struct world *w, int64_t *merges, size_t n)
{
	while (n) {
		size_t left = n;
		for (size_t i = n; i-- > 0;) {
			struct merge m;
			world_begin(w);
			enum err err = desk_merge_undo(W(w, &w->anna), merges[i], &m, &w->e);
			if (err) {
				CHECK_INT(err, ERR_CONFLICT);
				world_rollback(w);
				continue;
			}
			world_commit(w);
			for (size_t k = i; k + 1 < n; k++)
				merges[k] = merges[k + 1];
			n--;
		}
		CHECK(n < left);
	}
}

static void random_round(enum db_engine engine, uint32_t seed)
{
	struct world *w = world_new(engine);
	int64_t tickets[TICKETS + STEPS], merges[STEPS];
	size_t n_tickets = 0, n_merges = 0;
	static const char *const who[] = {"ivan@shop.example", "petra@x.example"};
	static const char *const tags[] = {"late", "lost", "paid"};
	for (int i = 0; i < TICKETS; i++) {
		int64_t id =
		    world_letter(w, who[i % 2], "X", w->inbox_one, "Subject", "First words");
		tickets[n_tickets++] = id;
		for (uint32_t k = below(&seed, 4); k > 0; k--)
			if (below(&seed, 2))
				world_more(w, id, who[i % 2], "More words");
			else
				world_answer(w, id, "Answer");
		str tag = str_of(tags[below(&seed, 3)]);
		struct ticket_change in = {.has_tags = true,
		                           .tags = &tag,
		                           .n_tags = 1,
		                           .has_status = true,
		                           .status = (enum ticket_status)below(&seed, 6)};
		struct ticket t;
		struct participant p;
		struct participant_input cc = {.address = str_of(i % 3 ? "cc@x.example" : who[1]),
		                               .role = STR("cc")};
		struct address partner = {STR(""), STR("ops@courier.example")};
		struct thread_input side = {
		    .subject = STR("s"), .text = STR("x"), .to = &partner, .n_to = 1};
		struct side_thread_full th;
		int64_t m;
		world_begin(w);
		CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
		if (i % 3 || i % 2 == 0)
			CHECK_OK(desk_participant_add(W(w, &w->anna), id, &cc, &p, &w->e), &w->e);
		if (i % 2)
			CHECK_OK(desk_thread_create(W(w, &w->anna), id, &side, &th, &m, &w->e),
			         &w->e);
		world_commit(w);
	}
	str before = picture(w);
	for (int i = 0; i < STEPS; i++) {
		some_step(w, &seed, tickets, &n_tickets, merges, &n_merges);
		if (i % 5 == 4)
			for (size_t k = 0; k < n_tickets; k++)
				world_check_derived(w, tickets[k]);
	}
	undo_all(w, merges, n_merges);
	CHECK_STRS(picture(w), before);
	world_free(w);
}

DB_TEST(random_merges_and_splits_can_all_be_undone)
{
	for (uint32_t seed = 1; seed <= (engine == DB_SQLITE ? 6 : 2); seed++)
		random_round(engine, seed * 7919);
}

/* ---- contacts ---- */

DB_TEST(two_contacts_become_one_and_two_again)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "a");
	int64_t two = world_letter(w, "vanya@home.example", "", w->inbox_one, "B", "b");
	int64_t ivan = world_ticket(w, one).contact_id, vanya = world_ticket(w, two).contact_id;
	struct contact_change note = {
	    .has_note = true, .note = STR("Kind"), .has_vip = true, .vip = true};
	struct contact c;
	struct merge m, undone;
	world_begin(w);
	CHECK_OK(desk_contact_patch(W(w, &w->anna), ivan, &note, &c, &w->e), &w->e);
	CHECK_INT(desk_contact_merge(W(w, &w->oleg), ivan, vanya, &m, &w->e), ERR_DENIED);
	CHECK_INT(desk_contact_merge(W(w, &w->vera), ivan, vanya, &m, &w->e), ERR_NOT_FOUND);
	CHECK_OK(desk_contact_merge(W(w, &w->anna), ivan, vanya, &m, &w->e), &w->e);
	world_commit(w);
	world_read(w);
	struct contact_full full;
	CHECK_OK(desk_contact_full(R(w, &w->anna), vanya, &full, &w->e), &w->e);
	CHECK_STR(full.c.name, "Ivan");
	CHECK_STR(full.c.note, "Kind");
	CHECK(full.c.vip);
	CHECK_INT(full.c.n_identities, 2);
	CHECK_INT(full.c.ticket_count, 2);
	CHECK_INT(full.n_merges, 1);
	world_read_end(w);
	/* A letter from the old address finds the one person. */
	int64_t three = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "C", "c");
	CHECK_INT(world_ticket(w, three).contact_id, vanya);
	world_begin(w);
	CHECK_OK(desk_merge_undo(W(w, &w->anna), m.id, &undone, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_ticket(w, one).contact_id, ivan);
	CHECK_INT(world_ticket(w, two).contact_id, vanya);
	CHECK_INT(world_ticket(w, three).contact_id, vanya); /* came later: stays */
	world_read(w);
	CHECK_OK(desk_contact_full(R(w, &w->anna), vanya, &full, &w->e), &w->e);
	CHECK_STR(full.c.name, "");
	CHECK(!full.c.vip);
	CHECK_INT(full.c.n_identities, 1);
	CHECK_OK(desk_contact_full(R(w, &w->anna), ivan, &full, &w->e), &w->e);
	CHECK_STR(full.c.note, "Kind");
	CHECK_INT(full.c.n_identities, 1);
	world_read_end(w);
	world_free(w);
}

DB_TEST(an_identity_has_one_owner)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_two, "A", "a");
	int64_t mine = world_letter(w, "petra@x.example", "Petra", w->inbox_one, "B", "b");
	int64_t ivan = world_ticket(w, one).contact_id, petra = world_ticket(w, mine).contact_id;
	struct contact c;
	struct actor oleg = w->oleg;
	oleg.rights |= (uint64_t)1 << RIGHT_CONTACT_EDIT;
	world_begin(w);
	CHECK_REFUSED(desk_identity_add(W(w, &w->anna), petra, IDENTITY_EMAIL,
	                                STR(" IVAN@shop.example "), &c, &w->e),
	              w, ERR_CONFLICT, "error.identity_taken");
	CHECK_STRS(str_of(w->e.arg), str_printf(w->a, "%lld", (long long)ivan));
	/* Who does not see the holder does not learn who it is. */
	CHECK_REFUSED(desk_identity_add(W(w, &oleg), petra, IDENTITY_EMAIL,
	                                STR("ivan@shop.example"), &c, &w->e),
	              w, ERR_CONFLICT, "error.identity_taken");
	CHECK_STR(str_of(w->e.arg), "");
	CHECK_INT(
	    desk_identity_add(W(w, &oleg), ivan, IDENTITY_PHONE, STR("+74951234567"), &c, &w->e),
	    ERR_NOT_FOUND);
	CHECK_REFUSED(
	    desk_identity_add(W(w, &w->anna), petra, IDENTITY_PHONE, STR("12"), &c, &w->e), w,
	    ERR_INVALID, "error.not_a_phone");
	CHECK_OK(desk_identity_add(W(w, &w->anna), petra, IDENTITY_PHONE, STR("8 495 123-45-67"),
	                           &c, &w->e),
	         &w->e);
	CHECK_INT(c.n_identities, 2);
	CHECK_OK(desk_identity_add(W(w, &w->anna), petra, IDENTITY_PHONE, STR("+7(495)1234567"), &c,
	                           &w->e),
	         &w->e);
	CHECK_INT(c.n_identities, 2); /* the same number */
	CHECK_OK(desk_identity_remove(W(w, &w->anna), c.identities[1].id, &c, &w->e), &w->e);
	CHECK_INT(c.n_identities, 1);
	world_rollback(w);
	world_free(w);
}

DB_TEST(organisations_are_found_by_domain)
{
	struct world *w = world_new(engine);
	struct organisation_input in = {.has_name = true,
	                                .name = STR("Shop Ltd"),
	                                .has_domain = true,
	                                .domain = STR("@Shop.Example")};
	struct organisation o;
	struct contact c;
	struct attribute_input attrs[] = {{STR("plan"), STR("gold")}, {STR("city"), STR("Омск")}};
	world_begin(w);
	CHECK_OK(desk_organisation_create(W(w, &w->anna), &in, &o, &w->e), &w->e);
	CHECK_STR(o.domain, "shop.example");
	world_commit(w);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "a");
	int64_t ivan = world_ticket(w, id).contact_id;
	world_begin(w);
	struct contact_change patch = {.attributes = attrs, .n_attributes = 2};
	CHECK_OK(desk_contact_patch(W(w, &w->anna), ivan, &patch, &c, &w->e), &w->e);
	CHECK_STR(c.organisation_name, "Shop Ltd");
	CHECK_STR(c.attributes, "{\"plan\":\"gold\",\"city\":\"Омск\"}");
	patch.version = c.version;
	attrs[0].value = STR("");
	patch.n_attributes = 1;
	CHECK_OK(desk_contact_patch(W(w, &w->anna), ivan, &patch, &c, &w->e), &w->e);
	CHECK_STR(c.attributes, "{\"city\":\"Омск\"}");
	CHECK_REFUSED(desk_contact_patch(W(w, &w->anna), ivan, &patch, &c, &w->e), w, ERR_CONFLICT,
	              "error.stale");
	struct contact_list list;
	CHECK_OK(desk_contact_list(W(w, &w->anna), STR("ИВАН%"), STR(""), 10, &list, &w->e), &w->e);
	CHECK_INT(list.n, 0);
	CHECK_OK(desk_contact_list(W(w, &w->anna), STR("iva"), STR(""), 10, &list, &w->e), &w->e);
	CHECK_INT(list.n, 1);
	CHECK_INT(list.items[0].n_identities, 1);
	CHECK_OK(desk_contact_list(W(w, &w->vera), STR("iva"), STR(""), 10, &list, &w->e), &w->e);
	CHECK_INT(list.n, 0);
	/* Whoever sees none of its customers does not see the organisation. */
	struct organisation_list all;
	CHECK_OK(desk_organisation_list(W(w, &w->oleg), STR(""), &all, &w->e), &w->e);
	CHECK_INT(all.n, 1);
	CHECK_OK(desk_organisation_list(W(w, &w->vera), STR("shop"), &all, &w->e), &w->e);
	CHECK_INT(all.n, 0);
	CHECK_INT(desk_organisation_patch(W(w, &w->vera), o.id, &in, &o, &w->e), ERR_NOT_FOUND);
	struct contact_input new = {.name = STR("Petra"), .organisation_id = 1};
	CHECK_REFUSED(desk_contact_create(W(w, &w->vera), &new, &c, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	world_rollback(w);
	world_free(w);
}
